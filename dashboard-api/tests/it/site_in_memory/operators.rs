//! Operators of the site in memory: who they are, from the engine's own records, and a session or token for each. Nobody
//! here has a key, and all have one password (`signing_in.rs`): what proves somebody is tried on the real daemon.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use rackward_core::engine::command::{OperatorCommand, OperatorName, Scope, SealedSecret};
use rackward_core::entry::ReasonText;
use rackward_core::id::{OperatorId, TokenId};
use rackward_core::operator::{ApiToken, Factor, Operator, OperatorRole};
use rackward_core::people::Validity;
use rackward_core::permission::{Actor, Permission, PermissionSet};
use rackward_core::{Caller, Command, Reply};
use rackward_dashboard::proofs::{
    Begun, BindRefused, BoundTo, Brought, Errand, FactorRefused, NoJourney, Proofs, ShownCertificate, Tried, Typed,
    Vouched, Ways,
};
use rackward_dashboard::{Backend as _, Pending, Unavailable};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::premises::draft;
use super::signing_in::{CODE, tried, tried_again};
use super::{START_SECONDS, SiteInMemory};

/// The daemon itself, whom nothing keeps from anything.
pub(super) const DAEMON: Caller = Caller::new(Actor::System, OperatorRole::Admin, Scope::Site);

impl SiteInMemory {
    /// A site of the same records where these take two operators, and operators can sign in.
    pub(crate) fn where_two_confirm(&self, two_operators: PermissionSet) -> Arc<Self> {
        let mut draft = draft();
        draft.two_operators = two_operators;
        let site = draft.build(&BTreeMap::new()).unwrap();
        let inside = self.lock();
        let again = Self::start_of(site, inside.engine.records().clone(), START_SECONDS);
        again.lock().names.clone_from(&inside.names);
        again.lock().operator_names.clone_from(&inside.operator_names);
        again.know_operators();
        again
    }

    /// The bodies of all answers that are kept, as text.
    pub(crate) fn kept_answers(&self) -> String {
        let inside = self.lock();
        let kept = inside.answers.values().filter_map(|(_, answer)| answer.as_ref()?.body.as_deref());
        kept.map(|body| String::from_utf8_lossy(body).into_owned() + "\n").collect()
    }

    /// Nobody is called anything any more.
    pub(crate) fn erase_names(&self) {
        self.lock().names.clear();
    }

    /// Operators can sign in from now on; routers that exist already do not know it.
    pub(crate) fn know_operators(self: &Arc<Self>) {
        let known = OperatorsInMemory { site: Arc::downgrade(self), changes: watch::Sender::new(0) };
        let _ = self.proofs.set(Arc::new(known));
    }

    /// A new operator, as the daemon makes the first one.
    pub(crate) fn operator(&self, name: &str, role: OperatorRole) -> OperatorId {
        let name = OperatorName::parse(name).unwrap();
        let create = OperatorCommand::Create { name, role, scope: Scope::Site };
        let Ok(Reply::Operator(operator)) = self.command(DAEMON, Command::Operator(create)) else {
            panic!("no operator")
        };
        operator
    }

    /// Calls an operator something that no operator could choose.
    pub(crate) fn rename(&self, operator: OperatorId, name: &str) {
        let mut inside = self.lock();
        inside.operator_names.retain(|(known, _)| *known != operator);
        inside.operator_names.push((operator, name.to_owned()));
    }

    /// A token for these permissions, in the form in which a program shows it.
    pub(crate) fn token(&self, owner: OperatorId, permissions: &[Permission]) -> String {
        let limits = permissions.iter().fold(PermissionSet::NONE, |set, permission| set.with(*permission));
        let secret = format!("secret-{}-{}", limits.bits(), self.mark());
        let now = self.now().wall;
        let validity = Validity { from: now, to: now.after(core::time::Duration::from_secs(3_600)) };
        let digest = Sha256::digest(secret.as_bytes()).into();
        let reason = ReasonText::parse("x").unwrap();
        let issue = OperatorCommand::IssueToken { owner, limits, validity, digest, reason };
        self.command(DAEMON, Command::Operator(issue)).unwrap();
        format!("Bearer rwt_{secret}")
    }

    /// Takes the token back that was issued last.
    pub(crate) fn revoke_last_token(&self) {
        let token = *self.lock().engine.records().tokens.keys().next_back().unwrap();
        let reason = ReasonText::parse("lost").unwrap();
        self.command(DAEMON, Command::Operator(OperatorCommand::RevokeToken { token, reason })).unwrap();
    }

    /// What the engine has on record, as text.
    pub(crate) fn records_text(&self) -> String {
        let inside = self.lock();
        let records = inside.engine.records();
        let people = (&records.persons, &records.credentials, &records.grants, &records.profiles, &records.agreements);
        let times = (&records.schedules, &records.calendars, &records.standing, &records.modes, &records.lockdowns);
        let desk = (&records.operators, &records.tokens, &records.devices, &records.certificates, &records.alarms);
        format!("{people:?}{times:?}{desk:?}")
    }

    /// The names of the entries after the first so many.
    pub(crate) fn told_since(&self, mark: usize) -> Vec<&'static str> {
        self.lock().journal.iter().skip(mark).map(|stamped| stamped.entry.event_name()).collect()
    }

    /// How many entries there are.
    pub(crate) fn mark(&self) -> usize {
        self.lock().journal.len()
    }
}

struct OperatorsInMemory {
    site: Weak<SiteInMemory>,
    changes: watch::Sender<u64>,
}

impl OperatorsInMemory {
    fn records<T>(&self, look: impl Fn(&rackward_core::Records) -> T) -> T {
        look(self.site.upgrade().unwrap().lock().engine.records())
    }
}

impl Proofs for OperatorsInMemory {
    fn operator(&self, operator: OperatorId) -> Option<Operator> {
        self.records(|records| records.operators.get(&operator).cloned())
    }

    fn operators(&self) -> Vec<Operator> {
        self.records(|records| records.operators.values().cloned().collect())
    }

    fn name_of(&self, operator: OperatorId) -> Option<String> {
        self.site.upgrade().unwrap().operator_name(operator)
    }

    fn named(&self, name: &str) -> Option<OperatorId> {
        self.site.upgrade().unwrap().operator_named(name)
    }

    fn token(&self, digest: &[u8; 32]) -> Option<ApiToken> {
        self.records(|records| records.tokens.values().find(|token| token.digest == *digest).cloned())
    }

    fn issued_token(&self, token: TokenId) -> Option<ApiToken> {
        self.records(|records| records.tokens.get(&token).cloned())
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn ways(&self) -> Ways {
        Ways::default()
    }

    fn try_password(
        &self,
        operator: Option<OperatorId>,
        password: Typed,
        code: Typed,
    ) -> Pending<Result<Tried, Unavailable>> {
        Box::pin(std::future::ready(Ok(tried(operator, &password, &code))))
    }

    fn try_again(
        &self,
        _: OperatorId,
        password: Option<Typed>,
        code: Option<Typed>,
    ) -> Pending<Result<Tried, Unavailable>> {
        Box::pin(std::future::ready(Ok(tried_again(password.as_ref(), code.as_ref()))))
    }

    fn new_password(&self, _: Typed) -> Pending<Result<SealedSecret, Unavailable>> {
        Box::pin(std::future::ready(Ok(SealedSecret::new(vec![1]))))
    }

    fn draw_app_secret(&self) -> Result<Zeroizing<String>, Unavailable> {
        Ok(Zeroizing::new("ABCDEFGHIJKLMNOP".to_owned()))
    }

    fn accept_app(&self, _: &str, code: &Typed) -> Option<SealedSecret> {
        (code.reveal() == CODE).then(|| SealedSecret::new(vec![2]))
    }

    fn draw_recovery_codes(&self) -> Result<(Vec<String>, SealedSecret), Unavailable> {
        Ok((vec!["0000-0000-0000-0000".to_owned(); 10], SealedSecret::new(vec![3])))
    }

    fn begin_passkey(&self, _: Option<OperatorId>, _: &str) -> Result<Begun<Value>, FactorRefused> {
        Err(FactorRefused::NoPasskeys)
    }

    fn finish_passkey(&self, _: Option<OperatorId>, _: &str, _: &str) -> Result<(Factor, SealedSecret), FactorRefused> {
        Err(FactorRefused::NoPasskeys)
    }

    fn begin_sign_in(&self) -> Result<Begun<Value>, FactorRefused> {
        Err(FactorRefused::NoPasskeys)
    }

    fn finish_sign_in(&self, _: &str, _: &str) -> (Option<OperatorId>, Tried) {
        (None, Tried::Failed(rackward_core::operator::SignInFailure::Wrong))
    }

    fn begin_journey(&self, _: Errand) -> Pending<Result<Begun<String>, NoJourney>> {
        Box::pin(async { Err(NoJourney::NoProvider) })
    }

    fn finish_journey(&self, _: Brought) -> Pending<Vouched> {
        Box::pin(async { Vouched::Stray })
    }

    fn half_way(&self, _: &str) -> Option<OperatorId> {
        None
    }

    fn finish_half_way(&self, _: &str, _: OperatorId, _: &Typed) -> Tried {
        Tried::Failed(rackward_core::operator::SignInFailure::Wrong)
    }

    fn provider_account(&self, _: OperatorId, _: &str) -> Result<SealedSecret, BindRefused> {
        Err(BindRefused::NoProvider)
    }

    fn provider_subject(&self, _: OperatorId) -> Option<String> {
        None
    }

    fn certificate(&self, _: &[Vec<u8>]) -> ShownCertificate {
        ShownCertificate::refused(rackward_core::operator::CertificateFault::Foreign)
    }

    fn new_certificate(&self, operator: OperatorId, _: &BoundTo) -> Result<(u8, SealedSecret), BindRefused> {
        let number = self.operator(operator).and_then(|row| row.certificates.free());
        Ok((number.unwrap_or(8), SealedSecret::new(vec![4])))
    }

    fn bound_certificate(&self, _: OperatorId, _: u8) -> Option<BoundTo> {
        Some(BoundTo::Subject("CN=build7".to_owned()))
    }
}
