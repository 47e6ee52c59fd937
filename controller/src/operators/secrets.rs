//! What the factors of all operators are checked by, each with its version. What was used up is taken here before it is
//! durable, so that it never works twice, and the durable word of it changes nothing here any more: it may be older than
//! what was used since. Only a factor that is set anew or taken away puts another secret in its place.

use std::collections::HashMap;

use rackward_core::engine::command::SealedSecret;
use rackward_core::id::OperatorId;
use rackward_core::operator::{Factor, SecretVersion};

/// The secrets, by whose they are and by kind of factor: recovery codes are one secret, however many are left.
#[derive(Default)]
pub(super) struct Secrets {
    kept: HashMap<(OperatorId, Factor), Kept>,
    /// Versions of factors that were taken away go on: what is set in their place is another one.
    versions: HashMap<(OperatorId, Factor), SecretVersion>,
}

/// A secret.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) secret: SealedSecret,
    pub(super) version: SecretVersion,
}

impl Secrets {
    pub(super) fn of(&self, operator: OperatorId, factor: Factor) -> Option<&Kept> {
        self.kept.get(&(operator, factor.kind()))
    }

    /// Every passkey, with whose it is and its number.
    pub(super) fn passkeys(&self) -> impl Iterator<Item = (OperatorId, u8, &Kept)> {
        self.kept.iter().filter_map(|((operator, factor), kept)| match factor {
            Factor::Passkey(number) => Some((*operator, *number, kept)),
            Factor::Password | Factor::Totp | Factor::RecoveryCodes(_) | Factor::Provider | Factor::Certificate(_) => {
                None
            }
        })
    }

    /// Every account at the outside provider, with whose it is.
    pub(super) fn accounts(&self) -> impl Iterator<Item = (OperatorId, &Kept)> {
        self.kept.iter().filter_map(|((operator, factor), kept)| match factor {
            Factor::Provider => Some((*operator, kept)),
            Factor::Password
            | Factor::Totp
            | Factor::Passkey(_)
            | Factor::RecoveryCodes(_)
            | Factor::Certificate(_) => None,
        })
    }

    /// Every certificate, with whose it is and its number.
    pub(super) fn certificates(&self) -> impl Iterator<Item = (OperatorId, u8, &Kept)> {
        self.kept.iter().filter_map(|((operator, factor), kept)| match factor {
            Factor::Certificate(number) => Some((*operator, *number, kept)),
            Factor::Password | Factor::Totp | Factor::Passkey(_) | Factor::RecoveryCodes(_) | Factor::Provider => None,
        })
    }

    /// The factor was set anew, or taken away where there is no secret.
    pub(super) fn set(&mut self, operator: OperatorId, factor: Factor, secret: Option<SealedSecret>) {
        let place = (operator, factor.kind());
        let version = self.versions.entry(place).or_default();
        *version = version.set_anew();
        match secret {
            Some(secret) => drop(self.kept.insert(place, Kept { secret, version: *version })),
            None => drop(self.kept.remove(&place)),
        }
    }

    /// Takes the state of a secret after a use; `None` where it is not the one that was `read` any more.
    pub(super) fn used(
        &mut self,
        operator: OperatorId,
        factor: Factor,
        read: SecretVersion,
        secret: SealedSecret,
    ) -> Option<SecretVersion> {
        let kept = self.kept.get_mut(&(operator, factor.kind())).filter(|kept| kept.version == read)?;
        *kept = Kept { secret, version: read.used_once_more() };
        Some(kept.version)
    }
}

impl FromIterator<((OperatorId, Factor), SealedSecret)> for Secrets {
    fn from_iter<T: IntoIterator<Item = ((OperatorId, Factor), SealedSecret)>>(stored: T) -> Self {
        let first = |((operator, factor), secret): ((OperatorId, Factor), SealedSecret)| {
            ((operator, factor.kind()), Kept { secret, version: SecretVersion::default() })
        };
        Self { kept: stored.into_iter().map(first).collect(), versions: HashMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use rackward_core::engine::command::OperatorCommand;
    use rackward_core::operator::SignInFailure;
    use rackward_core::{Monotonic, Now, RecordChange, Records, Wall};
    use rackward_dashboard::proofs::{Proofs as _, Tried, Typed};

    use super::super::app::AppSecret;
    use super::super::{Means, Operators, OperatorsKey, Provider};
    use super::*;

    const WHO: OperatorId = OperatorId::new(7);

    fn sealed(byte: u8) -> SealedSecret {
        SealedSecret::new(vec![byte])
    }

    fn bytes(secrets: &Secrets, factor: Factor) -> Option<Vec<u8>> {
        secrets.of(WHO, factor).map(|kept| kept.secret.as_bytes().to_vec())
    }

    #[test]
    fn only_what_was_read_last_is_used_up() {
        let mut secrets: Secrets = [((WHO, Factor::Totp), sealed(1))].into_iter().collect();
        let read = secrets.of(WHO, Factor::Totp).unwrap().version;
        let first = secrets.used(WHO, Factor::Totp, read, sealed(2)).unwrap();
        assert!(first.follows(read));
        assert_eq!(secrets.used(WHO, Factor::Totp, read, sealed(3)), None, "another one was faster");
        assert_eq!(bytes(&secrets, Factor::Totp), Some(vec![2]));
        secrets.set(WHO, Factor::Totp, Some(sealed(4)));
        assert_eq!(secrets.used(WHO, Factor::Totp, first, sealed(5)), None, "it is another app now");
        assert_eq!(bytes(&secrets, Factor::Totp), Some(vec![4]));
        secrets.set(WHO, Factor::Totp, None);
        assert_eq!(bytes(&secrets, Factor::Totp), None);
        secrets.set(WHO, Factor::Totp, Some(sealed(6)));
        let anew = secrets.of(WHO, Factor::Totp).unwrap().version;
        assert_eq!(anew, SecretVersion::default().set_anew().set_anew().set_anew(), "as the engine counts");
    }

    #[tokio::test]
    async fn what_becomes_durable_late_makes_no_code_work_twice() {
        let key = OperatorsKey::of_test(3);
        let base32 = super::super::app::draw().unwrap();
        let app = AppSecret::of_base32(&base32).unwrap().seal(&key).unwrap();
        let (console, site, provider) = (String::new(), String::new(), Provider::None);
        let means = Means { key: Some(key), console, site, provider, clients: None };
        let operators = Operators::new(&Records::default(), [], [((WHO, Factor::Totp), app.clone())], means, now);
        let tried = async |code: &str| operators.try_again(WHO, None, Some(Typed::new(code.to_owned()))).await.unwrap();
        let code = |step: i64| {
            let secret = totp_rs::Secret::try_from_base32(base32.as_str()).unwrap();
            let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
            totp.generate(u64::try_from(now().wall.as_seconds() + 30 * step).unwrap()).to_string()
        };
        let Tried::Right { first: Some(OperatorCommand::KeepSecret { operator, factor, secret, version }), .. } =
            tried(&code(-1)).await
        else {
            panic!("the first code is right")
        };
        assert!(version.follows(SecretVersion::default()));
        assert!(matches!(tried(&code(0)).await, Tried::Right { .. }));
        operators.apply(&RecordChange::OperatorSecretUsed(operator, factor, secret));
        for step in [-1, 0] {
            assert_eq!(tried(&code(step)).await, Tried::Failed(SignInFailure::Replayed), "{step}");
        }
        operators.apply(&RecordChange::OperatorSecret(WHO, Factor::Totp, Some(app)));
        assert!(matches!(tried(&code(0)).await, Tried::Right { .. }), "set anew, it begins anew");
    }

    fn now() -> Now {
        Now { wall: Wall::from_seconds(1_784_898_202), monotonic: Monotonic::from_micros(0) }
    }

    #[test]
    fn recovery_codes_are_one_secret_however_many_are_left() {
        let mut secrets: Secrets = [((WHO, Factor::RecoveryCodes(10)), sealed(1))].into_iter().collect();
        let read = secrets.of(WHO, Factor::RecoveryCodes(3)).unwrap().version;
        assert!(secrets.used(WHO, Factor::RecoveryCodes(9), read, sealed(2)).is_some());
        assert_eq!(bytes(&secrets, Factor::RecoveryCodes(10)), Some(vec![2]));
        secrets.set(WHO, Factor::Passkey(2), Some(sealed(3)));
        assert_eq!(secrets.passkeys().map(|(who, number, _)| (who, number)).collect::<Vec<_>>(), [(WHO, 2)]);
    }
}
