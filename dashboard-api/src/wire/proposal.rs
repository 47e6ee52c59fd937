//! What waits for a second operator, as the API shows it. What a proposal would do is said in words here, with what it is
//! about and what it gives, because its second operator answers for it as well. Names of people are in them only for whoever
//! may see those anyway.

use rackward_core::Site;
use rackward_core::alarm::Alarm;
use rackward_core::alarm::life::{Assignee, ShelfKind};
use rackward_core::engine::command::{
    AlarmCommand, AlarmOrder, AlertCommand, ChangeSet, Command, DeskCommand, GrantWish, LocateWish, OperatorCommand,
    PlanCommand, PrivacyCommand, RegisterCommand, ReviewCommand, Scope, StillCommand, WebhookCommand, WebhookOrder,
};
use rackward_core::engine::query::Proposal as CoreProposal;
use rackward_core::entry::Inspected;
use rackward_core::id::{DoorId, OperatorId, PersonId};
use rackward_core::job::JobWish;
use rackward_core::operator::{Factor, OperatorRole, OperatorState};
use rackward_core::people::{EscortNeed, GrantRight, PersonDetails, Uses};
use rackward_core::shift::ShiftAnswer;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::desk::{factor_words, level_words, reach_words, verdict_words};
use super::names::{Places, actor_words, credential_state_word, is_extended, person_status_word};
use super::sentence::counted;

/// Something that waits for a second operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Proposal {
    /// The id, such as `prp-4`.
    pub id: String,
    /// What would be done.
    pub words: String,
    /// What whoever confirms it must be allowed to do; see `/api/v1/permissions`.
    pub permission: String,
    /// Why.
    pub reason: String,
    /// Who proposed it.
    pub by: String,
    /// Until when it waits.
    pub until_at: At,
}

/// What a proposal's words may draw on, as far as whoever reads them may see it.
pub(crate) struct Sight<'a> {
    pub(crate) site: &'a Site,
    /// An operator with name, role and reach.
    pub(crate) operator: &'a dyn Fn(OperatorId) -> Option<String>,
    /// A person's name.
    pub(crate) person: &'a dyn Fn(PersonId) -> Option<String>,
    /// Whether the reader may see names of operators.
    pub(crate) sees_operators: bool,
    /// Whether the reader may see names of persons.
    pub(crate) sees_people: bool,
    /// The alarm that it is about.
    pub(crate) alarm: Option<Alarm>,
}

impl Proposal {
    /// A proposal of the core.
    pub(crate) fn of(proposal: &CoreProposal, sight: &Sight<'_>) -> Self {
        Self {
            id: proposal.id.to_string(),
            words: sight.command(&proposal.command),
            permission: proposal.takes.word().to_owned(),
            reason: proposal.reason.as_str().to_owned(),
            by: actor_words(proposal.by),
            until_at: At(proposal.until),
        }
    }
}

impl Sight<'_> {
    const fn places(&self) -> Places<'_> {
        Places(self.site)
    }

    fn person(&self, id: PersonId) -> String {
        (self.person)(id).map_or_else(|| id.to_string(), |name| format!("{id} ({name})"))
    }

    fn operator(&self, id: OperatorId) -> String {
        (self.operator)(id).map_or_else(|| id.to_string(), |more| format!("{id} ({more})"))
    }

    /// What a command would do.
    fn command(&self, command: &Command) -> String {
        let places = self.places();
        match command {
            Command::CreatePerson { name, status, details, key: _ } => {
                let name = if self.sees_people { format!(" {},", name.reveal()) } else { String::new() };
                format!("add a person,{name} {}: {}", person_status_word(*status), self.details(*details))
            }
            Command::SetPersonStatus { person, status, .. } => {
                format!("set {} to {}", self.person(*person), person_status_word(*status))
            }
            Command::ChangePersonDetails { person, details, .. } => {
                format!("change {}: {}", self.person(*person), self.details(*details))
            }
            // Which PIN it is, is nobody's to see by the way.
            Command::SetPin { person, .. } => format!("set a PIN of {}", self.person(*person)),
            Command::AssignCredential { person, validity, .. } => {
                format!("give a card to {} until {}", self.person(*person), At(validity.to))
            }
            Command::SetCredentialState { credential, state, .. } => {
                format!("set {credential} to {}", credential_state_word(*state))
            }
            Command::EndLockout { credential } => format!("end the lock-out of {credential}"),
            Command::CreateGrant(wish) => self.grant(wish),
            Command::ApproveGrant { grant, .. } => format!("approve {grant}"),
            Command::DenyGrant { grant, .. } => format!("deny {grant}"),
            Command::RevokeGrant { grant, .. } => format!("revoke {grant}"),
            Command::ChangeGrantEnd { grant, to, .. } => format!("let {grant} end at {}", At(*to)),
            Command::CloseTicket { ticket, .. } => format!("end every right of ticket {}", ticket.as_str()),
            Command::BreakGlass { person, doors, to, .. } => {
                let doors = doors_words(doors.iter().copied(), places);
                format!("give {} an emergency right at {doors} until {}", self.person(*person), At(*to))
            }
            Command::ReviewBreakGlass { grant, .. } => format!("review the emergency right {grant}"),
            Command::SetSchedule { draft, .. } => format!("set the schedule {}", draft.name),
            Command::RemoveSchedule { schedule } => format!("remove {schedule}"),
            Command::SetCalendar { draft, .. } => format!("set the calendar {}", draft.name),
            Command::RemoveCalendar { calendar } => format!("remove {calendar}"),
            Command::SetProfile { name, policies, .. } => {
                let doors = doors_words(policies.iter().map(|policy| policy.door), places);
                format!("set the access profile {name}, at {doors}")
            }
            Command::RemoveProfile { profile, .. } => format!("remove {profile} and every right by it"),
            Command::MakeAgreement { owner, guest, areas, validity, .. } => {
                let areas: Vec<String> = areas.iter().map(|area| places.area(*area)).collect();
                let (owner, guest) = (places.organisation(*owner), places.organisation(*guest));
                format!("share {} of {owner} with {guest} until {}", some(&areas), At(validity.to))
            }
            Command::EndAgreement { agreement, .. } => format!("end {agreement}"),
            Command::ForgivePassback { person: Some(person), .. } => {
                format!("forget where {} is", self.person(*person))
            }
            Command::ForgivePassback { area: Some(area), .. } => format!("forget who is in {}", places.area(*area)),
            Command::ForgivePassback { .. } => "forget where everybody is".to_owned(),
            Command::OpenDoor { door, lasting: Some(lasting), .. } => {
                format!("open {} for {} s", places.door(*door), lasting.as_secs())
            }
            Command::OpenDoor { door, .. } => format!("open {}", places.door(*door)),
            Command::SetDoorMode { door, order, .. } => format!("order {}: {}", places.door(*door), order.word()),
            Command::LockDownArea { area, .. } => format!("lock down {}", places.area(*area)),
            Command::ReleaseArea { area, .. } => format!("release {} from its lockdown", places.area(*area)),
            Command::SetThreatLevel { level, .. } => format!("set the threat level to {}", level.word()),
            Command::Alarm(command) => self.alarm(command),
            Command::Operator(command) => self.operator_command(command),
            Command::AcceptDevice { device, .. } => format!("accept another device as {}", places.device(*device)),
            Command::StartJob { device, job, .. } => format!("{} {}", job_words(job), places.device(*device)),
            Command::StopJob { device, .. } => format!("stop the job with {}", places.device(*device)),
            Command::OfferEnrolment { device, .. } => format!("make an enrolment code for {}", places.device(*device)),
            Command::RedeemEnrolment { device, .. } => format!("enrol {}", places.device(*device)),
            Command::RevokeCertificates { device, .. } => {
                format!("revoke the certificates of {}", places.device(*device))
            }
            Command::Locate { what, .. } => self.locate(what),
            Command::TryPattern { device, pattern } => {
                format!("show pattern {} at {}", pattern.id(), places.device(*device))
            }
            Command::TryCanaries { .. } => "try a card that nobody has on every device".to_owned(),
            Command::InspectBus { bus, what: Inspected::Trace, .. } => format!("watch bus {}", bus.as_str()),
            Command::InspectBus { bus, what: Inspected::Scan, .. } => {
                format!("search bus {} for devices", bus.as_str())
            }
            Command::Webhook(command) => webhook_words(command),
            Command::Desk(command) => desk_words(command, places),
            Command::Plan(command) => plan_words(command),
            Command::Still(command) => still_words(*command, places),
            Command::Privacy(command) => self.privacy(command),
            Command::Register(command) => self.register(command),
            Command::Review(command) => review_words(command),
            Command::Alert(command) => alert_words(command),
            Command::ChangeSet(set) => self.set(set),
        }
    }

    fn set(&self, set: &ChangeSet) -> String {
        const NAMED: usize = 3;
        let named: Vec<String> = set.changes.iter().take(NAMED).map(|change| self.command(change)).collect();
        let more = set.changes.len().saturating_sub(NAMED);
        let rest = if more > 0 { format!("; and {more} more") } else { String::new() };
        format!("{} changes together: {}{rest}", set.changes.len(), named.join("; "))
    }

    fn privacy(&self, command: &PrivacyCommand) -> String {
        match command {
            PrivacyCommand::Look { person, .. } => format!("look at the record of {}", self.person(*person)),
            PrivacyCommand::ShowNames { session, .. } => format!("show names in {session}"),
            PrivacyCommand::HideNames { session } => format!("hide names in {session}"),
        }
    }

    fn register(&self, command: &RegisterCommand) -> String {
        match command {
            RegisterCommand::Rename { person, .. } => format!("change the name of {}", self.person(*person)),
            RegisterCommand::SetKey { person, .. } => {
                format!("set what another register knows {} by", self.person(*person))
            }
            RegisterCommand::TakeRacks { racks, .. } => {
                format!("take over {} from the asset register", counted(racks.len(), "rack"))
            }
        }
    }

    fn details(&self, details: PersonDetails) -> String {
        let longer = if is_extended(details.extended_time) { ", with more time at doors" } else { "" };
        let organisation = self.places().organisation(details.organisation);
        format!("of {organisation}, clearance {}{longer}", details.clearance.word())
    }

    fn grant(&self, wish: &GrantWish) -> String {
        let what = match &wish.right {
            GrantRight::Doors { doors, .. } => format!("at {}", doors_words(doors.iter().copied(), self.places())),
            GrantRight::Member(profile) => format!("by {profile}"),
        };
        let uses = match wish.uses {
            Uses::Left(count) => format!(", {count} times"),
            Uses::Unlimited => String::new(),
        };
        let escort = match wish.escort {
            EscortNeed::Required => ", escorted",
            EscortNeed::No => "",
        };
        format!("give {} a right {what} until {}{uses}{escort}", self.person(wish.person), At(wish.validity.to))
    }

    fn locate(&self, what: &LocateWish) -> String {
        let whose = match what {
            LocateWish::Door(door) => self.places().door(*door),
            LocateWish::Area(area) => self.places().area(*area),
            LocateWish::Grant(grant) => grant.to_string(),
            LocateWish::Ticket(ticket) => format!("ticket {}", ticket.as_str()),
        };
        format!("let the handles of {whose} show where they are")
    }

    fn alarm(&self, command: &AlarmCommand) -> String {
        let id = command.alarm;
        let alarm = match &self.alarm {
            Some(alarm) => {
                let (priority, words) = (alarm.kind.priority().number(), alarm.kind.words());
                format!("{id} (P{priority}, {words} at {})", self.places().source(alarm.source))
            }
            None => id.to_string(),
        };
        match &command.order {
            AlarmOrder::Acknowledge { .. } => format!("acknowledge {alarm}"),
            AlarmOrder::Note { .. } => format!("note something of {alarm}"),
            AlarmOrder::Shelve { until, kind: ShelfKind::Timed, .. } => {
                format!("put {alarm} on the shelf until {}", At(*until))
            }
            AlarmOrder::Shelve { until, kind: ShelfKind::OneShot, .. } => {
                format!("put {alarm} on the shelf until its condition ends, {} at most", At(*until))
            }
            AlarmOrder::Unshelve { .. } => format!("bring {alarm} back from the shelf"),
            AlarmOrder::TakeOutOfService { until, .. } => {
                format!("take what {alarm} is about out of service until {}", At(*until))
            }
            AlarmOrder::ReturnToService => format!("say that the work on {alarm} is over"),
            AlarmOrder::Assign { to: Assignee::Desk } => format!("give {alarm} to the desk"),
            AlarmOrder::Assign { to: Assignee::Operator(operator) } => {
                format!("give {alarm} to {}", self.operator(*operator))
            }
            AlarmOrder::Escalate { to: Some(level), .. } => format!("carry {alarm} up to {}", level_words(*level)),
            AlarmOrder::Escalate { to: None, .. } => format!("carry {alarm} up"),
            AlarmOrder::FinishStep { step } => format!("say that step {step} of {alarm} was done"),
            AlarmOrder::Close { verdict, .. } => format!("put {alarm} away as {}", verdict_words(*verdict)),
        }
    }

    fn operator_command(&self, command: &OperatorCommand) -> String {
        let whose = |id: OperatorId| self.operator(id);
        match command {
            OperatorCommand::Create { name, role, scope } => {
                let name = if self.sees_operators { format!(" {},", name.reveal()) } else { String::new() };
                format!("add an operator,{name} {}", self.role(*role, *scope))
            }
            OperatorCommand::SetUp { .. } => "set what an operator signs in with".to_owned(),
            OperatorCommand::RevokeSession { session, .. } => format!("end {session}"),
            OperatorCommand::Change { operator, role, scope, .. } => {
                format!("make {} {}", whose(*operator), self.role(*role, *scope))
            }
            OperatorCommand::SetState { operator, state: OperatorState::Enabled, .. } => {
                format!("let {} sign in again", whose(*operator))
            }
            OperatorCommand::SetState { operator, state: OperatorState::Disabled, .. } => {
                format!("disable {}, which ends their sessions and tokens", whose(*operator))
            }
            OperatorCommand::SetFactor { operator, factor, .. } => {
                format!("set {} of {}", factor_words(*factor), whose(*operator))
            }
            OperatorCommand::RemoveFactor { operator, factor, .. } => self.without(*operator, *factor),
            OperatorCommand::BindProvider { operator, .. } => {
                format!("set the account by which {} signs in at the provider", whose(*operator))
            }
            OperatorCommand::LinkPerson { operator, person: Some(person), .. } => {
                format!("say that {} is {}", whose(*operator), self.person(*person))
            }
            OperatorCommand::LinkPerson { operator, person: None, .. } => {
                format!("say that {} is no person on record", whose(*operator))
            }
            OperatorCommand::Reset { operator, .. } => {
                format!("take away all that {} signs in with, and end their sessions and tokens", whose(*operator))
            }
            OperatorCommand::EndLockout { operator } => format!("end the lock-out of {}", whose(*operator)),
            OperatorCommand::NoteLink { operator: Some(operator) } => {
                format!("make a link by which {} signs in or begins anew", whose(*operator))
            }
            OperatorCommand::NoteLink { operator: None } => "make a sign-in link of nobody's".to_owned(),
            OperatorCommand::IssueToken { owner, limits, validity, .. } => {
                let what: Vec<&str> = limits.iter().map(|one| one.word()).collect();
                let (owner, what) = (whose(*owner), what.join(", "));
                format!("issue a token in the name of {owner}, for {what}, until {}", At(validity.to))
            }
            OperatorCommand::BindCertificate { operator, until, .. } => {
                format!("bind a certificate to {} until {}", whose(*operator), At(*until))
            }
            OperatorCommand::UnbindCertificate { operator, number, .. } => {
                format!("take certificate {number} of {} away", whose(*operator))
            }
            OperatorCommand::RevokeToken { token, .. } => format!("revoke {token}"),
            OperatorCommand::Confirm { proposal } => format!("confirm {proposal}"),
            OperatorCommand::Drop { proposal } => format!("drop {proposal}"),
            OperatorCommand::Reveal { person, .. } => format!("show what is kept hidden of {}", self.person(*person)),
            // What only the daemon tells takes nobody's word.
            OperatorCommand::UseRecoveryCode { operator, .. }
            | OperatorCommand::KeepSecret { operator, .. }
            | OperatorCommand::NoteStepUp { operator, .. } => format!("note that {} signed in", whose(*operator)),
            OperatorCommand::SignInByToken { owner, .. } => format!("sign {} in at a command line", whose(*owner)),
            OperatorCommand::ReturnToken { token, .. } => format!("take {token} back"),
            OperatorCommand::NoteSignIn { .. }
            | OperatorCommand::NoteSignInFailure { .. }
            | OperatorCommand::NoteSessionEnd { .. }
            | OperatorCommand::NoteSessions { .. } => "note who signed in or out".to_owned(),
        }
    }

    fn without(&self, operator: OperatorId, factor: Factor) -> String {
        format!(
            "take away {} of {}, so that they no longer sign in by it",
            factor_words(factor),
            self.operator(operator)
        )
    }

    fn role(&self, role: OperatorRole, scope: Scope) -> String {
        format!("{} of {}", role.word(), reach_words(scope, self.places()))
    }
}

fn alert_words(command: &AlertCommand) -> String {
    match command {
        AlertCommand::Create(wish) => format!("leave the alert {} standing", wish.name),
        AlertCommand::End { alert, .. } => format!("end {alert}"),
        AlertCommand::Matched(_) | AlertCommand::Read { .. } => "raise what alerts say".to_owned(),
    }
}

fn review_words(command: &ReviewCommand) -> String {
    match command {
        ReviewCommand::Open(_) => "open an access review".to_owned(),
        ReviewCommand::Assign { review, reviewer, .. } => format!("give lines of {review} to {reviewer}"),
        ReviewCommand::Decide { review, decisions, .. } => {
            format!("decide of {} of {review}", counted(decisions.len(), "line"))
        }
        ReviewCommand::Close { review, .. } => format!("close {review}"),
    }
}

/// What a job does, before the device's name.
const fn job_words(job: &JobWish) -> &'static str {
    match job {
        JobWish::Commission { .. } => "give its first key to",
        JobWish::RollKey => "give a new key to",
        JobWish::SetLine { .. } => "change the address or speed of",
        JobWish::SendFirmware { .. } => "send firmware to",
    }
}

/// Doors named in a sentence.
fn doors_words(doors: impl Iterator<Item = DoorId>, places: Places<'_>) -> String {
    some(&doors.map(|door| places.door(door)).collect::<Vec<String>>())
}

/// Things named in a sentence; of many, how many more there are.
fn some(names: &[String]) -> String {
    const NAMED: usize = 5;
    match names.split_at_checked(NAMED) {
        Some((named, more)) if !more.is_empty() => format!("{} and {} more", named.join(", "), more.len()),
        Some(_) | None => names.join(", "),
    }
}

/// What would be done with a webhook.
/// Nothing of the desk takes two operators; it is said all the same.
fn desk_words(command: &DeskCommand, places: Places<'_>) -> String {
    match command {
        DeskCommand::StartMuster { kind, area, .. } => {
            format!("start a muster ({}) in {}", kind.word(), places.area(*area))
        }
        DeskCommand::Mark { muster, .. } => format!("say how people on the list of {muster} are"),
        DeskCommand::EndMuster { muster, .. } => format!("end {muster}"),
        DeskCommand::FindVisitor { muster, .. } => format!("put a visitor on the list of {muster}"),
        DeskCommand::EnterVisitor { area, .. } => format!("enter a visitor into {}", places.area(*area)),
        DeskCommand::LetVisitorGo { visitor } => format!("say that {visitor} has left"),
        DeskCommand::NoteShift { .. } => "leave a note for whoever comes".to_owned(),
        DeskCommand::AnswerShift { answer: ShiftAnswer::Accepted } => "take the desk over".to_owned(),
        DeskCommand::AnswerShift { answer: ShiftAnswer::Rejected(_) } => "not take the desk over".to_owned(),
    }
}

fn still_words(command: StillCommand, places: Places<'_>) -> String {
    match command {
        StillCommand::AskAgain { alarm } => format!("ask again for stills of {alarm}"),
        StillCommand::Look { camera, .. } => format!("look through {}", places.camera(camera)),
    }
}

fn webhook_words(command: &WebhookCommand) -> String {
    let name = command.webhook.as_str();
    match command.order {
        WebhookOrder::Replay { .. } => format!("send webhook {name} again what was given up"),
        WebhookOrder::Test => format!("send a test to webhook {name}"),
        WebhookOrder::Enable => format!("send to webhook {name} again"),
        WebhookOrder::Disable => format!("send webhook {name} nothing more"),
    }
}

/// What would be done with a floor plan.
fn plan_words(command: &PlanCommand) -> String {
    match command {
        PlanCommand::Set(draft) => format!("show a drawing as floor plan {}", draft.slug),
        PlanCommand::Bind { slug, .. } => format!("say what stands for what on floor plan {slug}"),
        PlanCommand::Remove { slug } => format!("remove floor plan {slug}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rackward_core::alarm::{Acknowledged, AlarmKind, AlarmLife, AlarmSource, Condition};
    use rackward_core::engine::command::OperatorName;
    use rackward_core::entry::ReasonText;
    use rackward_core::id::{AlarmId, Seq, TokenId};
    use rackward_core::people::Validity;
    use rackward_core::permission::{Permission, PermissionSet};
    use rackward_core::site::draft::SiteDraft;
    use rackward_core::time::Wall;
    use std::collections::BTreeMap;

    const END: Wall = Wall::from_seconds(1_784_901_600);

    fn reason() -> ReasonText {
        ReasonText::parse("x").unwrap()
    }

    fn forced() -> Alarm {
        Alarm {
            id: AlarmId::new(2),
            kind: AlarmKind::DoorForced,
            source: AlarmSource::Site,
            raised_at: END,
            raised_by: Seq::new(7),
            condition: Condition::Active,
            acknowledged: Acknowledged::No,
            life: AlarmLife::begin(END),
        }
    }

    #[test]
    fn whoever_confirms_reads_what_it_is_and_what_it_gives() {
        let draft = SiteDraft { name: "lon1".to_owned(), time_zone: "UTC".to_owned(), ..SiteDraft::default() };
        let site = draft.build(&BTreeMap::new()).unwrap();
        let (eve, ann) = (OperatorId::new(5), PersonId::new(1));
        let check = |command: Command, seen: &str, unseen: &str| {
            for (sees, expect) in [(true, seen), (false, unseen)] {
                let sight = Sight {
                    site: &site,
                    operator: &|_| sees.then(|| "eve".to_owned()),
                    person: &|_| sees.then(|| "Ann".to_owned()),
                    sees_operators: sees,
                    sees_people: sees,
                    alarm: sees.then(forced),
                };
                assert_eq!(sight.command(&command), expect);
            }
        };
        let of = Command::Operator;
        let name = OperatorName::parse("eve").unwrap();
        check(
            of(OperatorCommand::Create { name, role: OperatorRole::Admin, scope: Scope::Site }),
            "add an operator, eve, admin of the whole site",
            "add an operator, admin of the whole site",
        );
        check(
            of(OperatorCommand::SetState { operator: eve, state: OperatorState::Disabled, reason: reason() }),
            "disable opr-5 (eve), which ends their sessions and tokens",
            "disable opr-5, which ends their sessions and tokens",
        );
        check(
            of(OperatorCommand::RemoveFactor { operator: eve, factor: Factor::Password, reason: reason() }),
            "take away the password of opr-5 (eve), so that they no longer sign in by it",
            "take away the password of opr-5, so that they no longer sign in by it",
        );
        check(
            of(OperatorCommand::Reveal { person: ann, reason: reason() }),
            "show what is kept hidden of p-1 (Ann)",
            "show what is kept hidden of p-1",
        );
        check(
            of(OperatorCommand::IssueToken {
                owner: eve,
                limits: PermissionSet::NONE.with(Permission::ViewSite).with(Permission::GiveRights),
                validity: Validity { from: Wall::from_seconds(0), to: END },
                digest: [0; 32],
                reason: reason(),
            }),
            "issue a token in the name of opr-5 (eve), for view_site, give_rights, until 2026-07-24T14:00:00.000Z",
            "issue a token in the name of opr-5, for view_site, give_rights, until 2026-07-24T14:00:00.000Z",
        );
        check(
            of(OperatorCommand::RevokeToken { token: TokenId::new(3), reason: reason() }),
            "revoke tok-3",
            "revoke tok-3",
        );
        let shelve = AlarmOrder::Shelve { until: END, kind: ShelfKind::Timed, reason: reason() };
        let source = Places(&site).source(AlarmSource::Site);
        check(
            Command::Alarm(AlarmCommand { alarm: AlarmId::new(2), seen: None, order: shelve }),
            &format!("put alm-2 (P1, door forced open at {source}) on the shelf until 2026-07-24T14:00:00.000Z"),
            "put alm-2 on the shelf until 2026-07-24T14:00:00.000Z",
        );
    }
}
