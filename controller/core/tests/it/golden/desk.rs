//! One of every fact about alarms after they were raised, about operators and webhooks.

use rackward_core::alarm::life::{
    Assignee, CauseLabel, DesignRule, EscalationLevel, ShelfKind, UnshelveCause, Verdict,
};
use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::engine::command::Scope;
use rackward_core::engine::input::SinkHealth;
use rackward_core::engine::preconditions::Revision;
use rackward_core::entry::{AlarmEntry, FilesEntry, OperatorEntry, PlaceKind, PlanEntry, WebhookEntry};
use rackward_core::id::{
    AgreementId, AlarmId, AreaId, CalendarId, CredentialId, DeviceId, DoorId, Generation, GrantId, LineId, OperatorId,
    OrganisationId, PersonId, PlanId, PointId, ProfileId, ProposalId, ScheduleId, Seq, SessionId, TokenId,
};
use rackward_core::operator::{
    Factor, IssuedToken, OperatorRole, OperatorState, Proposed, ProviderFault, SessionEnd, SignInFailure, SignInMethod,
    TokenState,
};
use rackward_core::people::Validity;
use rackward_core::permission::{Actor, Permission, PermissionSet};
use rackward_core::plan::{Binding, PlanSlug};
use rackward_core::site_files::{Claim, FileRecord};
use rackward_core::{Entry, Wall};

use crate::site::reason;

const UNTIL: Wall = Wall::from_seconds(1_784_905_200);

pub(super) fn alarms() -> Vec<AlarmEntry> {
    let (alarm, by) = (AlarmId::new(7), Actor::Operator(OperatorId::new(4)));
    let shelved = |kind, second| AlarmEntry::Shelved { alarm, until: UNTIL, kind, reason: reason("wind"), by, second };
    vec![
        AlarmEntry::Noted { alarm, note: reason("guard is on the way"), by },
        shelved(ShelfKind::OneShot, None),
        shelved(ShelfKind::Timed, Some(Actor::Operator(OperatorId::new(5)))),
        AlarmEntry::Unshelved { alarm, cause: UnshelveCause::TimeOver },
        AlarmEntry::Unshelved { alarm, cause: UnshelveCause::Operator(by) },
        AlarmEntry::SuppressedByDesign { alarm, rule: DesignRule::LineLost, behind: AlarmId::new(6) },
        AlarmEntry::Unsuppressed { alarm },
        AlarmEntry::TakenOutOfService { alarm, until: UNTIL, work_order: reason("WO-17"), by, second: None },
        AlarmEntry::ReturnedToService { alarm, by: Actor::System },
        AlarmEntry::Assigned { alarm, to: Assignee::Operator(OperatorId::new(5)), by },
        AlarmEntry::Assigned { alarm, to: Assignee::Desk, by: Actor::System },
        AlarmEntry::Escalated { alarm, level: EscalationLevel::DutyManager, by: Actor::System },
        AlarmEntry::Closed { alarm, verdict: Verdict::FalsePositive, note: "wind".into(), by },
        AlarmEntry::Labelled { alarm, label: CauseLabel::LateExit },
        AlarmEntry::StepDone { alarm, step: 2, by },
    ]
}

/// What came after the first of them.
pub(super) fn later() -> Vec<Entry> {
    let (alarm, kind) = (AlarmId::new(8), AlarmKind::LineLost);
    let raised = |kind, source| Entry::AlarmRaised { alarm, kind, source };
    vec![
        AlarmEntry::VerdictAwaited { alarm }.into(),
        Entry::PlaceNamed { kind: PlaceKind::Line, number: 2, path: "bus/north".into() },
        raised(kind, AlarmSource::Line(LineId::new(2))),
        raised(AlarmKind::RepeatedDenials, AlarmSource::Point(PointId::new(3))),
        raised(AlarmKind::OperatorLockedOut, AlarmSource::Operator(OperatorId::new(4))),
        raised(AlarmKind::SinkFailing, AlarmSource::Site),
        raised(AlarmKind::EmergencySignIn, AlarmSource::Site),
        raised(AlarmKind::SessionMoved, AlarmSource::Operator(OperatorId::new(4))),
        AlarmEntry::Unshelved { alarm, cause: UnshelveCause::Returned }.into(),
        AlarmEntry::Unshelved { alarm, cause: UnshelveCause::Damaged }.into(),
        OperatorEntry::CameTooLate {
            source: AlarmSource::Door(DoorId::new(3)),
            until: UNTIL,
            by: Actor::Operator(OperatorId::new(4)),
        }
        .into(),
    ]
}

/// What came after them.
pub(super) fn last() -> Vec<Entry> {
    let (operator, by) = (OperatorId::new(4), Actor::Operator(OperatorId::new(1)));
    let (session, proposal, alarm) = (SessionId::new(12), ProposalId::new(3), AlarmId::new(7));
    let what = Proposed::TakeOutOfService(alarm);
    [
        OperatorEntry::Proposed { proposal, what, until: UNTIL, reason: reason("WO-17"), by },
        OperatorEntry::SessionEnded { session, operator: Some(operator), cause: SessionEnd::Lost },
        OperatorEntry::Reset { operator, reason: reason("lost the phone"), by },
        OperatorEntry::SessionRevoked { session, operator: Some(operator), reason: reason("lost laptop"), by },
        OperatorEntry::SignInFailed { operator: None, cause: SignInFailure::ProviderFault(ProviderFault::Nonce) },
        OperatorEntry::ProviderBound { operator, reason: reason("staff account"), by },
    ]
    .map(Entry::Operator)
    .into()
}

/// What came after those.
pub(super) fn newest() -> Vec<Entry> {
    let (alarm, site) = (AlarmId::new(9), AlarmSource::Site);
    let (device, area) = (AlarmSource::Device(DeviceId::new(6)), AlarmSource::Area(AreaId::new(2)));
    let (operator, credential) = (OperatorId::new(4), AlarmSource::Credential(CredentialId::new(5531)));
    let (by, second) = (Actor::Operator(operator), Some(Actor::Operator(OperatorId::new(5))));
    let raised = |kind, source| Entry::AlarmRaised { alarm, kind, source };
    let behind = |rule| AlarmEntry::SuppressedByDesign { alarm, rule, behind: AlarmId::new(8) }.into();
    vec![
        raised(AlarmKind::SiteClockOff, site),
        raised(AlarmKind::SupplyFailing, device),
        raised(AlarmKind::AreaOverfull, area),
        raised(AlarmKind::MassUnlock, site),
        raised(AlarmKind::RightsRaised, AlarmSource::Operator(operator)),
        raised(AlarmKind::CredentialExpiring, credential),
        raised(AlarmKind::StorageFilling, site),
        behind(DesignRule::SiteClock),
        behind(DesignRule::Worsened),
        behind(DesignRule::Together),
        AlarmEntry::TakenOutOfService { alarm, until: UNTIL, work_order: reason("WO-17"), by, second }.into(),
    ]
}

pub(super) fn webhooks() -> Vec<WebhookEntry> {
    let (by, webhook) = (Actor::Operator(OperatorId::new(1)), || "desk".to_owned());
    let (from, to) = (Seq::new(8_841), Some(Seq::new(9_000)));
    let health = |health| WebhookEntry::HealthChanged { webhook: webhook(), health };
    vec![
        WebhookEntry::Replayed { webhook: webhook(), from, to, by },
        WebhookEntry::Replayed { webhook: webhook(), from: Seq::new(0), to: None, by },
        WebhookEntry::Tested { webhook: webhook(), by },
        WebhookEntry::Enabled { webhook: webhook(), by },
        WebhookEntry::Disabled { webhook: webhook(), by: Actor::System },
        health(SinkHealth::Failing),
        health(SinkHealth::Delivering),
    ]
}

pub(super) fn plans() -> Vec<PlanEntry> {
    let (plan, area, by) = (PlanId::new(2), AreaId::new(6), Actor::Operator(OperatorId::new(1)));
    let slug = PlanSlug::parse("hall-a-ground").unwrap();
    let binding = |element: &str, place: &str| Binding { element: element.into(), place: place.into() };
    let bindings = Box::new([binding("r7", "lon1/hall-a/r07"), binding("rack-7-3", "lon1/hall-a/r07/c03")]);
    vec![
        PlanEntry::Uploaded {
            plan,
            slug,
            name: "Hall A".into(),
            area,
            floor: -1,
            digest: [0x9d; 32],
            bytes: 812_044,
            by,
        },
        PlanEntry::Bound { plan, bindings, by },
        PlanEntry::Removed { plan, by },
    ]
}

pub(super) fn files() -> Vec<FilesEntry> {
    let claim = |record, name: &str, digest| Claim { record, name: name.into(), revision: digest };
    let digest = Some(Revision::Digest([1, 2, 3, 4, 5, 6, 7, 8]));
    let claims = Box::new([
        claim(FileRecord::Schedule(ScheduleId::new(4)), "nights", digest),
        claim(FileRecord::Calendar(CalendarId::new(2)), "holidays", digest),
        claim(FileRecord::Profile(ProfileId::new(9)), "crew", digest),
        claim(FileRecord::Grant(GrantId::new(88)), "khan", None),
        claim(FileRecord::Agreement(AgreementId::new(5)), "cage", Some(Revision::Count(3))),
    ]);
    let (by, second) = (Actor::Operator(OperatorId::new(4)), Some(Actor::Operator(OperatorId::new(1))));
    let released = Box::new([FileRecord::Grant(GrantId::new(77))]);
    let before = Box::new(["{\"objects\":[]".to_owned(), ",\"absent\":[]}".to_owned()]);
    let generation = Generation::new(5_121);
    vec![FilesEntry::Applied { digest: [0x9d; 32], changes: 41, claims, released, before, generation, by, second }]
}

pub(super) fn looks() -> Vec<OperatorEntry> {
    let (person, session, by) = (PersonId::new(1042), SessionId::new(12), Actor::Operator(OperatorId::new(4)));
    vec![
        OperatorEntry::Viewed { person, reason: Some(reason("lost card")), by },
        OperatorEntry::Viewed { person, reason: None, by },
        OperatorEntry::NamesShown { session, until: UNTIL, reason: reason("lost card"), ticket: None, by },
        OperatorEntry::NamesHidden { session, by },
    ]
}

pub(super) fn operators() -> Vec<OperatorEntry> {
    let (operator, by) = (OperatorId::new(4), Actor::Operator(OperatorId::new(1)));
    let (session, proposal) = (SessionId::new(12), ProposalId::new(3));
    let scope = Scope::Organisation(OrganisationId::new(2));
    let token = IssuedToken {
        id: TokenId::new(3),
        owner: operator,
        limits: PermissionSet::NONE.with(Permission::ViewSite).with(Permission::ViewMetrics),
        validity: Validity { from: Wall::from_seconds(1_784_901_600), to: UNTIL },
        digest: [0xd1; 32],
        state: TokenState::Issued,
    };
    vec![
        OperatorEntry::Created { operator, role: OperatorRole::Security, scope: Scope::Site, by },
        OperatorEntry::Changed { operator, role: OperatorRole::Facilities, scope, reason: reason("moved"), by },
        OperatorEntry::StateChanged { operator, state: OperatorState::Disabled, reason: reason("left"), by },
        OperatorEntry::FactorSet { operator, factor: Factor::Passkey(2), by },
        OperatorEntry::FactorRemoved { operator, factor: Factor::Totp, reason: reason("lost"), by },
        OperatorEntry::RecoveryCodeUsed { operator, left: 9 },
        OperatorEntry::LinkMade { operator: Some(operator), by: Actor::LocalUser(0) },
        OperatorEntry::SignedIn { operator: Some(operator), session, method: SignInMethod::PasswordTotp },
        OperatorEntry::SignedIn { operator: None, session, method: SignInMethod::Link },
        OperatorEntry::SignInFailed { operator: None, cause: SignInFailure::Wrong },
        OperatorEntry::LockedOut { operator, until: UNTIL },
        OperatorEntry::LockoutEnded { operator, by },
        OperatorEntry::SteppedUp { session, operator, method: SignInMethod::Passkey },
        OperatorEntry::SessionEnded { session, operator: Some(operator), cause: SessionEnd::Moved },
        OperatorEntry::TokenIssued { token, reason: reason("dashboards"), by },
        OperatorEntry::TokenRevoked { token: TokenId::new(3), reason: reason("leaked"), by },
        OperatorEntry::Proposed {
            proposal,
            what: Proposed::Shelve(AlarmId::new(7)),
            until: UNTIL,
            reason: reason("drill"),
            by,
        },
        OperatorEntry::Proposed { proposal, what: Proposed::Command(14), until: UNTIL, reason: reason("drill"), by },
        OperatorEntry::Confirmed { proposal, by },
        OperatorEntry::Dropped { proposal, by: Actor::System },
        OperatorEntry::Revealed {
            person: PersonId::new(1042),
            reason: reason("police"),
            by: Actor::Token(TokenId::new(3)),
        },
    ]
}

#[test]
fn a_token_of_before_its_maker_was_kept_was_made_by_its_owner() {
    use rackward_core::journal::canonical::{record_bytes, record_from_bytes};
    let issued = operators().into_iter().find_map(|entry| match entry {
        OperatorEntry::TokenIssued { token, .. } => Some(token),
        _ => None,
    });
    let issued = issued.unwrap();
    let (owner, other) = (Actor::Operator(issued.owner), Actor::Operator(OperatorId::new(1)));
    assert_eq!(record_from_bytes(&record_bytes(&issued)), Ok(issued.clone().made_by(owner)));
    let kept = issued.made_by(other);
    assert_eq!(record_from_bytes(&record_bytes(&kept)), Ok(kept));
}
