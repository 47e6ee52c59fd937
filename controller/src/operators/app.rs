//! Codes of authenticator apps (RFC 6238: SHA-1, six digits, thirty seconds). A code of the step before or after now is taken
//! for clocks that differ (clause 5.2), each step once, and never one before a step that was taken; that is kept beside the
//! secret, so a restart forgets nothing.

use rackward_core::Wall;
use rackward_core::engine::command::SealedSecret;
use rackward_core::operator::SignInFailure;
use rackward_dashboard::backend::Unavailable;
use rackward_dashboard::proofs::Typed;
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use super::key::OperatorsKey;

/// Length of a secret in bytes (RFC 4226, clause 4, R6).
const SECRET_BYTES: usize = 20;

const DIGITS: usize = 6;
const STEP_SECONDS: u64 = 30;
/// Steps before and after now that are taken.
const SKEW_STEPS: u16 = 1;

const PURPOSE: &str = "authenticator app";

/// A secret, and the last step of which a code was taken.
pub(super) struct AppSecret {
    secret: Zeroizing<[u8; SECRET_BYTES]>,
    last_step: u64,
}

/// Draws a secret, in base32.
pub(super) fn draw() -> Result<Zeroizing<String>, Unavailable> {
    let mut secret = Zeroizing::new([0; SECRET_BYTES]);
    getrandom::fill(secret.as_mut_slice()).map_err(|_| Unavailable)?;
    Ok(Zeroizing::new(data_encoding::BASE32_NOPAD.encode(secret.as_slice())))
}

/// Whether it is six digits, however they are grouped; anything else may be a recovery code.
pub(super) fn looks_like_a_code(typed: &Typed) -> bool {
    plain(typed).is_some()
}

fn plain(typed: &Typed) -> Option<Zeroizing<String>> {
    let text = Some(typed.reveal()).filter(|text| text.len() <= 2 * DIGITS)?;
    let digits: Zeroizing<String> = Zeroizing::new(text.chars().filter(|c| *c != ' ').collect());
    (digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

impl AppSecret {
    pub(super) fn of_base32(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(data_encoding::BASE32_NOPAD.decode(text.as_bytes()).ok()?);
        Some(Self { secret: Zeroizing::new(bytes.as_slice().try_into().ok()?), last_step: 0 })
    }

    pub(super) fn open(key: &OperatorsKey, sealed: &SealedSecret) -> Option<Self> {
        let plain = key.open_sealed(PURPOSE, sealed.as_bytes())?;
        let (secret, step) = plain.split_at_checked(SECRET_BYTES)?;
        Some(Self {
            secret: Zeroizing::new(secret.try_into().ok()?),
            last_step: u64::from_be_bytes(step.try_into().ok()?),
        })
    }

    pub(super) fn seal(&self, key: &OperatorsKey) -> Option<SealedSecret> {
        let mut plain = Zeroizing::new(self.secret.to_vec());
        plain.extend_from_slice(&self.last_step.to_be_bytes());
        key.seal(PURPOSE, &plain).map(SealedSecret::new)
    }

    /// What is left of the secret once a code has been taken.
    pub(super) fn check(&self, code: &Typed, now: Wall) -> Result<Self, SignInFailure> {
        let digits = plain(code).ok_or(SignInFailure::Wrong)?;
        let seconds = u64::try_from(now.as_seconds()).map_err(|_| SignInFailure::Wrong)?;
        let step = self.totp().and_then(|totp| totp.check(&digits, seconds)).ok_or(SignInFailure::Wrong)?;
        if step <= self.last_step {
            return Err(SignInFailure::Replayed);
        }
        Ok(Self { secret: self.secret.clone(), last_step: step })
    }

    fn totp(&self) -> Option<Totp> {
        let secret = Secret::new_stack(*self.secret);
        let builder = Builder::new().with_secret(secret).with_step_duration(STEP_SECONDS).with_skew(SKEW_STEPS);
        builder.with_digits(6).with_account_name("operator").build().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, SHA-1: the last six of the eight digits.
    const SECRET: &[u8; 20] = b"12345678901234567890";

    fn app() -> AppSecret {
        AppSecret { secret: Zeroizing::new(*SECRET), last_step: 0 }
    }

    fn typed(code: &str) -> Typed {
        Typed::new(code.to_owned())
    }

    #[test]
    fn the_codes_of_the_standard_are_taken_at_their_time() {
        let check = |seconds: i64, code: &str, right: bool| {
            assert_eq!(app().check(&typed(code), Wall::from_seconds(seconds)).is_ok(), right, "{seconds} {code}");
        };
        check(59, "287082", true);
        check(1_111_111_109, "081804", true);
        check(1_234_567_890, "005924", true);
        check(1_234_567_890, "005 924", true);
        check(1_234_567_890 + 30, "005924", true);
        check(1_234_567_890 - 30, "005924", true);
        check(1_234_567_890 + 60, "005924", false);
        check(1_234_567_890 - 60, "005924", false);
        check(1_234_567_890, "005925", false);
        check(1_234_567_890, "5924", false);
        check(1_234_567_890, "00592４", false);
        check(-1, "005924", false);
    }

    #[test]
    fn a_code_works_once_and_none_before_it_any_more() {
        let now = Wall::from_seconds(1_234_567_890);
        let spent = app().check(&typed("005924"), now).unwrap();
        assert_eq!(spent.check(&typed("005924"), now).err(), Some(SignInFailure::Replayed));
        let before = app().totp().unwrap().generate(1_234_567_890 - 30).to_string();
        assert_eq!(spent.check(&typed(&before), now).err(), Some(SignInFailure::Replayed));
        let next = app().totp().unwrap().generate(1_234_567_890 + 30).to_string();
        assert!(spent.check(&typed(&next), now).is_ok());
    }

    #[test]
    fn what_was_spent_stays_spent_once_sealed() {
        let (key, now) = (OperatorsKey::of_test(3), Wall::from_seconds(59));
        let sealed = app().check(&typed("287082"), now).unwrap().seal(&key).unwrap();
        let opened = AppSecret::open(&key, &sealed).unwrap();
        assert_eq!(opened.check(&typed("287082"), now).err(), Some(SignInFailure::Replayed));
        assert!(AppSecret::open(&OperatorsKey::of_test(4), &sealed).is_none());
        assert!(!sealed.as_bytes().windows(20).any(|bytes| bytes == SECRET), "the secret is not to be read");
    }
}
