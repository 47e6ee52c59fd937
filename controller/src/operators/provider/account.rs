//! Which account at the provider is which operator's. An admin binds one, which is then kept as a factor's secret is, in a
//! table that can be erased; or the site file names it. A subject is unique at its issuer alone (OpenID Connect Core 1.0,
//! clause 2), so both are kept: another provider's accounts are nobody's.

use rackward_core::engine::command::SealedSecret;
use rackward_core::id::OperatorId;
use rackward_core::operator::Factor;
use rackward_dashboard::proofs::{BindRefused, Proofs as _};
use serde::{Deserialize, Serialize};

use super::Operators;
use crate::operators::secrets::Kept;

/// The longest subject, in characters.
const SUBJECT_MAX_CHARS: usize = 255;

/// An account, as it is kept.
#[derive(Serialize, Deserialize)]
struct Account {
    issuer: String,
    subject: String,
}

impl Account {
    fn read(kept: &SealedSecret) -> Option<Self> {
        serde_json::from_slice(kept.as_bytes()).ok()
    }
}

impl Operators {
    /// Everybody whose account this subject is, by an admin's word or the site file's: one, or nobody signs in.
    pub(super) fn with_account(&self, subject: &str) -> Vec<OperatorId> {
        let Some(issuer) = self.0.provider.issuer() else { return Vec::new() };
        let named = self.0.provider.subjects().iter().filter(|(known, _)| known == subject);
        let named: Vec<OperatorId> = named.filter_map(|(_, name)| self.named(name)).collect();
        let known = self.read();
        let is_it = |kept: &Kept| {
            Account::read(&kept.secret).is_some_and(|known| known.issuer == issuer && known.subject == subject)
        };
        let bound = known.secrets.accounts().filter(|(_, kept)| is_it(kept)).map(|(operator, _)| operator);
        let mut holders: Vec<OperatorId> = named.into_iter().chain(bound).collect();
        holders.sort_unstable();
        holders.dedup();
        holders
    }

    pub(in crate::operators) fn new_account(
        &self,
        operator: OperatorId,
        subject: &str,
    ) -> Result<SealedSecret, BindRefused> {
        let issuer = self.0.provider.issuer().ok_or(BindRefused::NoProvider)?.to_owned();
        let visible = !subject.is_empty() && subject.len() <= SUBJECT_MAX_CHARS;
        if !visible || !subject.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BindRefused::Malformed);
        }
        if let Some(other) = self.with_account(subject).into_iter().find(|holder| *holder != operator) {
            return Err(BindRefused::Taken(other));
        }
        let account = Account { issuer, subject: subject.to_owned() };
        // Two texts: there is nothing in them that JSON cannot hold.
        Ok(SealedSecret::new(serde_json::to_vec(&account).unwrap_or_default()))
    }

    pub(in crate::operators) fn account_of(&self, operator: OperatorId) -> Option<String> {
        let known = self.read();
        Account::read(&known.secrets.of(operator, Factor::Provider)?.secret).map(|account| account.subject)
    }
}
