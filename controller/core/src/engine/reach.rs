//! What an operator's scope reaches: of an organisation, its own people with their credentials and grants, the doors and
//! areas it owns, and those shared with it by an agreement in force. Whatever lies outside does not exist for that operator,
//! so a refusal says no more than that. Which roles may give which commands is `permission.rs`; whether a command fits the
//! records is checked in `engine/commands/`.

use super::Engine;
use super::commands::not_found;
use super::sharing::Sharing;
use crate::alarm::AlarmSource;
use crate::alert::{Alert, AlertPlace};
use crate::engine::command::{
    Command, CommandError, LocateWish, OperatorCommand, PrivacyCommand, RegisterCommand, Scope, SetMode,
};
use crate::id::{AgreementId, AreaId, CredentialId, DeviceId, DoorId, GrantId, OrganisationId, PersonId};
use crate::people::{Grant, GrantRight, PersonDetails, Policy, Profile, ThreatLevel};
use crate::site::{Door, OPERATOR, Role};
use crate::time::Wall;
use crate::visitor::Visitor;

/// What one scope reaches at one moment.
#[derive(Clone, Copy)]
pub(super) struct Reach<'a> {
    engine: &'a Engine,
    scope: Scope,
    sharing: Sharing<'a>,
}

type Checked = Result<(), CommandError>;

impl Engine {
    pub(super) fn reach(&self, at: Wall, scope: Scope) -> Reach<'_> {
        Reach { engine: self, scope, sharing: self.sharing(at) }
    }

    pub(super) fn sharing(&self, at: Wall) -> Sharing<'_> {
        Sharing { site: &self.site, agreements: &self.records.agreements, at }
    }
}

impl Reach<'_> {
    /// Whether everything a command names lies within the scope.
    ///
    /// # Errors
    /// `NotFound` for what the scope does not see, `Forbidden` for what it sees and may not change.
    pub(super) fn check(&self, command: &Command) -> Checked {
        let Scope::Organisation(own) = self.scope else { return Ok(()) };
        match command {
            Command::CreatePerson { details, .. } => self.details(own, ThreatLevel::Normal, details),
            Command::ChangePersonDetails { person, details, .. } => {
                self.person(*person)?;
                let before = self.engine.records.persons.get(person).map(|person| person.details.clearance);
                self.details(own, before.unwrap_or(ThreatLevel::Normal), details)
            }
            Command::SetPersonStatus { person, .. }
            | Command::SetPin { person, .. }
            | Command::AssignCredential { person, .. } => self.person(*person),
            Command::SetCredentialState { credential, .. } | Command::EndLockout { credential } => {
                seen(self.sees_credential(*credential), credential)
            }
            Command::CreateGrant(wish) => {
                self.person(wish.person)?;
                self.right(own, &wish.right)
            }
            Command::BreakGlass { person, doors, .. } => {
                self.person(*person)?;
                self.doors(doors.iter().copied())
            }
            // Less right for one's own people is always theirs to say; more is so only where they may give it.
            Command::DenyGrant { grant, .. } | Command::RevokeGrant { grant, .. } => self.grant(*grant),
            Command::ApproveGrant { grant, .. } => self.approval(own, *grant),
            Command::ChangeGrantEnd { grant, to, .. } => {
                self.grant(*grant)?;
                let before = self.engine.records.grants.get(grant).map(|grant| grant.validity.to);
                if before.is_some_and(|before| *to > before) { self.more_of_grant(own, *grant) } else { Ok(()) }
            }
            // It ends what own people hold on the ticket.
            Command::CloseTicket { .. } => Ok(()),
            Command::SetProfile { name, owner, policies, mode, .. } => {
                self.profile_draft(own, name, *owner, policies, *mode)
            }
            Command::RemoveProfile { profile, .. } => {
                let row = self.engine.records.profiles.get(profile);
                seen(row.is_some_and(|row| row.owner == own), profile)
            }
            Command::MakeAgreement { owner, areas, .. } => {
                seen(*owner == own, owner)?;
                areas.iter().try_for_each(|area| self.own_area(own, *area))
            }
            Command::EndAgreement { agreement, .. } => self.agreement_end(own, *agreement),
            Command::ForgivePassback { person, area, .. } => {
                person.map_or(Ok(()), |person| self.person(person))?;
                area.map_or(Ok(()), |area| self.own_area(own, area))
            }
            Command::OpenDoor { door, .. } | Command::SetDoorMode { door, .. } => self.own_door(own, *door),
            Command::Locate { what, .. } => self.locate(what),
            Command::TryPattern { device, .. } => seen(self.sees_device(*device), device),
            Command::ReviewBreakGlass { .. }
            | Command::SetSchedule { .. }
            | Command::RemoveSchedule { .. }
            | Command::SetCalendar { .. }
            | Command::RemoveCalendar { .. }
            | Command::LockDownArea { .. }
            | Command::ReleaseArea { .. }
            | Command::SetThreatLevel { .. }
            | Command::AcceptDevice { .. }
            | Command::StartJob { .. }
            | Command::StopJob { .. }
            | Command::OfferEnrolment { .. }
            | Command::RedeemEnrolment { .. }
            | Command::RevokeCertificates { .. }
            | Command::TryCanaries { .. }
            | Command::InspectBus { .. }
            | Command::Webhook(_)
            | Command::Desk(_)
            | Command::Plan(_)
            | Command::Review(_)
            | Command::Alert(_)
            | Command::Still(_)
            | Command::Alarm(_) => Err(CommandError::Forbidden),
            Command::Operator(command) => self.operators(command),
            Command::Privacy(PrivacyCommand::Look { person, .. })
            | Command::Register(RegisterCommand::Rename { person, .. } | RegisterCommand::SetKey { person, .. }) => {
                self.person(*person)
            }
            Command::Register(RegisterCommand::TakeRacks { .. }) => Err(CommandError::Forbidden),
            // Each of its changes is looked at when its turn comes.
            Command::ChangeSet(_) => Ok(()),
            Command::Privacy(PrivacyCommand::ShowNames { .. } | PrivacyCommand::HideNames { .. }) => Ok(()),
        }
    }

    /// One's own password, keys and tokens are within every reach; whose they are is looked at where they are changed, and
    /// what is confirmed where it is known. What takes the whole site the table of permissions has refused before.
    fn operators(&self, command: &OperatorCommand) -> Checked {
        match command {
            OperatorCommand::Reveal { person, .. } => self.person(*person),
            OperatorCommand::SetFactor { .. }
            | OperatorCommand::RemoveFactor { .. }
            | OperatorCommand::IssueToken { .. }
            | OperatorCommand::SignInByToken { .. }
            | OperatorCommand::RevokeToken { .. }
            | OperatorCommand::RevokeSession { .. }
            | OperatorCommand::Confirm { .. }
            | OperatorCommand::Drop { .. } => Ok(()),
            OperatorCommand::Create { .. }
            | OperatorCommand::Change { .. }
            | OperatorCommand::SetState { .. }
            | OperatorCommand::Reset { .. }
            | OperatorCommand::BindProvider { .. }
            | OperatorCommand::BindCertificate { .. }
            | OperatorCommand::UnbindCertificate { .. }
            | OperatorCommand::ReturnToken { .. }
            | OperatorCommand::LinkPerson { .. }
            | OperatorCommand::EndLockout { .. }
            | OperatorCommand::NoteLink { .. }
            | OperatorCommand::SetUp { .. }
            | OperatorCommand::NoteSignIn { .. }
            | OperatorCommand::NoteSignInFailure { .. }
            | OperatorCommand::NoteStepUp { .. }
            | OperatorCommand::NoteSessionEnd { .. }
            | OperatorCommand::NoteSessions { .. }
            | OperatorCommand::UseRecoveryCode { .. }
            | OperatorCommand::KeepSecret { .. } => Err(CommandError::Forbidden),
        }
    }

    fn locate(&self, what: &LocateWish) -> Checked {
        match what {
            LocateWish::Door(door) => seen(self.sees_door(*door), door),
            LocateWish::Area(area) => seen(self.sees_area(*area), area),
            LocateWish::Grant(grant) => self.grant(*grant),
            // Which handles it means is found among those that the scope sees.
            LocateWish::Ticket(_) => Ok(()),
        }
    }

    /// Whoever shares may stop sharing; the other side may only let it end.
    fn agreement_end(&self, own: OrganisationId, agreement: AgreementId) -> Checked {
        match self.engine.records.agreements.get(&agreement) {
            Some(row) if row.owner == own => Ok(()),
            Some(row) if row.guest == own => Err(CommandError::Forbidden),
            Some(_) | None => Err(not_found(agreement)),
        }
    }

    /// An organisation keeps its people to itself, and how far they are exempt from a threat is not its to say.
    fn details(&self, own: OrganisationId, before: ThreatLevel, details: &PersonDetails) -> Checked {
        seen(details.organisation == own, details.organisation)?;
        if details.clearance > before { Err(CommandError::Forbidden) } else { Ok(()) }
    }

    fn person(&self, person: PersonId) -> Checked {
        seen(self.sees_person(person), person)
    }

    fn grant(&self, grant: GrantId) -> Checked {
        seen(self.sees_grant(grant), grant)
    }

    fn doors(&self, mut doors: impl Iterator<Item = DoorId>) -> Checked {
        doors.try_for_each(|door| seen(self.sees_door(door), door))
    }

    fn right(&self, own: OrganisationId, right: &GrantRight) -> Checked {
        match right {
            GrantRight::Doors { doors, .. } => self.doors(doors.iter().copied()),
            GrantRight::Member(profile) => {
                let row = self.engine.records.profiles.get(profile);
                seen(row.is_some_and(|row| self.sees_profile(row) && row.owner == own), profile)
            }
        }
    }

    /// The policy that asks for approval is the owner's of the door, and so is the approval.
    fn approval(&self, own: OrganisationId, grant: GrantId) -> Checked {
        self.grant(grant)?;
        let row = self.engine.records.grants.get(&grant);
        let is_own = |door: DoorId| self.engine.site.owner_of(door) == own;
        let all_own = row.is_some_and(|row| self.engine.doors_of(&row.right).all(is_own));
        if all_own { Ok(()) } else { Err(CommandError::Forbidden) }
    }

    fn more_of_grant(&self, own: OrganisationId, grant: GrantId) -> Checked {
        self.grant(grant)?;
        let Some(row) = self.engine.records.grants.get(&grant) else { return Err(not_found(grant)) };
        self.right(own, &row.right).map_err(|_| CommandError::Forbidden)
    }

    fn profile_draft(
        &self,
        own: OrganisationId,
        name: &str,
        owner: OrganisationId,
        policies: &[Policy],
        mode: SetMode,
    ) -> Checked {
        seen(owner == own, owner)?;
        let existing = self.engine.profile_named(name.trim());
        if mode == SetMode::Edit && existing.is_some_and(|row| row.owner != own) {
            return Err(not_found(format!("profile \"{}\"", name.trim())));
        }
        self.doors(policies.iter().map(|policy| policy.door))
    }

    fn own_door(&self, own: OrganisationId, door: DoorId) -> Checked {
        seen(self.sees_door(door), door)?;
        if self.engine.site.owner_of(door) == own { Ok(()) } else { Err(CommandError::Forbidden) }
    }

    fn own_area(&self, own: OrganisationId, area: AreaId) -> Checked {
        seen(self.sees_area(area), area)?;
        let owner = self.engine.site.area(area).map(|area| area.owner);
        if owner == Some(own) { Ok(()) } else { Err(CommandError::Forbidden) }
    }

    /// The moment it is asked for.
    pub(super) fn at(&self) -> Wall {
        self.sharing.at
    }

    /// Whether a person belongs to the scope. One who does not exist belongs to the whole site.
    pub(super) fn sees_person(&self, person: PersonId) -> bool {
        let row = || self.engine.records.persons.get(&person);
        self.owns(|own| row().is_some_and(|person| person.details.organisation == own))
    }

    /// A visitor is their host's; one without a host is the site's.
    pub(super) fn sees_visitor(&self, visitor: &Visitor) -> bool {
        self.owns(|_| visitor.host.is_some_and(|host| self.sees_person(host)))
    }

    pub(super) fn sees_credential(&self, credential: CredentialId) -> bool {
        let row = || self.engine.records.credentials.get(&credential);
        self.owns(|_| row().is_some_and(|credential| self.sees_person(credential.person)))
    }

    pub(super) fn sees_grant(&self, grant: GrantId) -> bool {
        let row = || self.engine.records.grants.get(&grant);
        // Whose door it opens may know of it and end it, whoever holds it.
        let opens_own =
            |own, grant: &Grant| self.engine.doors_of(&grant.right).any(|door| self.engine.site.owner_of(door) == own);
        self.owns(|own| row().is_some_and(|grant| self.sees_person(grant.person) || opens_own(own, grant)))
    }

    /// Whether a door leads into an area that is the scope's own or shared with it.
    pub(super) fn sees_door(&self, door: DoorId) -> bool {
        self.owns(|_| self.engine.site.door(door).is_some_and(|door| self.sees_area(door.area)))
    }

    pub(super) fn sees_area(&self, area: AreaId) -> bool {
        self.owns(|own| {
            let owner = self.engine.site.area(area).map(|area| area.owner);
            owner == Some(own) || self.sharing.agreement(own, area).is_some()
        })
    }

    pub(super) fn sees_profile(&self, profile: &Profile) -> bool {
        self.owns(|own| profile.owner == own)
    }

    /// Whether an organisation is the scope's own, the operator of the site or a partner of an agreement.
    pub(super) fn sees_organisation(&self, organisation: OrganisationId) -> bool {
        self.owns(|own| {
            let mut agreements = self.sharing.agreements.values();
            organisation == own
                || organisation == OPERATOR
                || agreements.any(|row| {
                    (row.owner == own && row.guest == organisation) || (row.guest == own && row.owner == organisation)
                })
        })
    }

    /// Whether a device serves a door that the scope sees.
    pub(super) fn sees_device(&self, device: DeviceId) -> bool {
        self.owns(|_| {
            let door = match self.engine.site.device(device).map(|device| &device.role) {
                Some(Role::Lock { door } | Role::Handle { door, .. }) => Some(*door),
                Some(Role::Reader { point }) => self.engine.site.point(*point).map(|point| point.door),
                Some(Role::Inputs { .. }) | None => None,
            };
            door.is_some_and(|door| self.sees_door(door))
        })
    }

    /// Whether devices are seen that the site file no longer has: nobody knows whose they were.
    pub(super) fn sees_departed(&self) -> bool {
        self.scope == Scope::Site
    }

    pub(super) fn sees_source(&self, source: AlarmSource) -> bool {
        self.owns(|_| match source {
            AlarmSource::Site
            | AlarmSource::Zone(_)
            | AlarmSource::Line(_)
            | AlarmSource::Operator(_)
            | AlarmSource::Camera(_) => false,
            AlarmSource::Point(point) => self.engine.site.point(point).is_some_and(|point| self.sees_door(point.door)),
            AlarmSource::Door(door) => self.sees_door(door),
            AlarmSource::Device(device) => self.sees_device(device),
            AlarmSource::Area(area) => self.sees_area(area),
            AlarmSource::Grant(grant) => self.sees_grant(grant),
            AlarmSource::Credential(credential) => self.sees_credential(credential),
            AlarmSource::Alert { alert, place } => {
                let whole = matches!(place, AlertPlace::Site);
                let is_own = self.engine.records.alerts.get(&alert).is_some_and(|row| self.sees_alert(row));
                is_own && (whole || self.sees_source(place.source()))
            }
        })
    }

    /// An alert is its organisation's; one without is the site's.
    pub(super) fn sees_alert(&self, alert: &Alert) -> bool {
        self.owns(|own| alert.terms.organisation == Some(own))
    }

    /// Every door that the scope sees.
    pub(super) fn doors_seen(&self) -> impl Iterator<Item = &Door> {
        self.engine.site.doors().filter(|door| self.sees_door(door.id))
    }

    fn owns(&self, by_organisation: impl FnOnce(OrganisationId) -> bool) -> bool {
        match self.scope {
            Scope::Site => true,
            Scope::Organisation(own) => by_organisation(own),
        }
    }
}

fn seen(sees: bool, id: impl core::fmt::Display) -> Checked {
    if sees { Ok(()) } else { Err(not_found(id)) }
}
