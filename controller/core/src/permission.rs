//! Which operator may do what: one `match` over every command says what right it takes, one over (right, role, scope) who
//! has it. Who the caller is, the shell has established before (peer credentials of the Unix socket, session cookie).
//! Whether what a command names lies within the caller's organisation needs the records and is asked right after, in
//! `engine/reach.rs`. What a *person* may pass is decided in `decide.rs`.

use crate::engine::command::{Caller, Command, Scope};
use crate::people::{CredentialState, PersonStatus};

/// Who did something, as the journal keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The daemon itself.
    System,
    /// A user of the machine, by Unix user id, over the local socket.
    LocalUser(u32),
    /// A signed-in session of the console, by its number.
    Session(u32),
}

/// What an operator may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperatorRole {
    /// Everything.
    Admin,
    /// Answers alarms, opens doors, orders modes, stops people and cards; does not give rights.
    Security,
    /// Reads.
    Auditor,
}

/// A command whose caller was found to have the right to give it; only [`authorise`] makes one.
#[derive(Debug)]
pub struct AuthorisedCommand {
    pub(crate) by: Actor,
    pub(crate) scope: Scope,
    pub(crate) command: Command,
}

/// The right a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    /// To say who may pass, within the caller's scope.
    Rights,
    /// To change what the whole site goes by.
    SiteRights,
    /// To guard: to let in, to stop and to forgive, within the caller's scope.
    Guard,
    /// To guard the whole site.
    SiteGuard,
}

/// Checks that a caller's role and scope allow `command`.
///
/// # Errors
/// The command back, when they do not.
pub fn authorise(caller: Caller, command: Command) -> Result<AuthorisedCommand, Command> {
    if has(right(&command), caller) {
        Ok(AuthorisedCommand { by: caller.actor, scope: caller.scope, command })
    } else {
        Err(command)
    }
}

/// Who has which right.
fn has(right: Right, caller: Caller) -> bool {
    match (right, caller.role, caller.scope) {
        (Right::Rights | Right::Guard, OperatorRole::Admin, Scope::Site | Scope::Organisation(_)) => true,
        (Right::SiteRights | Right::SiteGuard, OperatorRole::Admin, Scope::Site) => true,
        (Right::SiteRights | Right::SiteGuard, OperatorRole::Admin, Scope::Organisation(_)) => false,
        (Right::Guard, OperatorRole::Security, Scope::Site | Scope::Organisation(_)) => true,
        (Right::SiteGuard, OperatorRole::Security, Scope::Site) => true,
        (Right::SiteGuard, OperatorRole::Security, Scope::Organisation(_)) => false,
        (Right::Rights | Right::SiteRights, OperatorRole::Security, Scope::Site | Scope::Organisation(_)) => false,
        (
            Right::Rights | Right::SiteRights | Right::Guard | Right::SiteGuard,
            OperatorRole::Auditor,
            Scope::Site | Scope::Organisation(_),
        ) => false,
    }
}

/// Whether a caller may put firmware in place for a job: whoever may begin that job.
pub fn may_send_firmware(caller: Caller) -> bool {
    has(Right::SiteRights, caller)
}

const fn right(command: &Command) -> Right {
    match command {
        Command::CreatePerson { .. }
        | Command::ChangePersonDetails { .. }
        | Command::SetPin { .. }
        | Command::AssignCredential { .. }
        | Command::CreateGrant(_)
        | Command::ApproveGrant { .. }
        | Command::DenyGrant { .. }
        | Command::RevokeGrant { .. }
        | Command::ChangeGrantEnd { .. }
        | Command::CloseTicket { .. }
        | Command::BreakGlass { .. }
        | Command::SetProfile { .. }
        | Command::RemoveProfile { .. }
        | Command::MakeAgreement { .. }
        | Command::EndAgreement { .. } => Right::Rights,
        // Stopping somebody is guarding; taking the person back or letting them go for good is a matter of rights.
        Command::SetPersonStatus { status, .. } => match status {
            PersonStatus::Suspended => Right::Guard,
            PersonStatus::Enabled | PersonStatus::Expected | PersonStatus::Left => Right::Rights,
        },
        // Taking a card out of use stops somebody; putting it back is a change of rights.
        Command::SetCredentialState { state, .. } => match state {
            CredentialState::Enabled => Right::Rights,
            CredentialState::Disabled
            | CredentialState::Lost
            | CredentialState::Stolen
            | CredentialState::Damaged
            | CredentialState::Returned
            | CredentialState::Destroyed => Right::Guard,
        },
        Command::SetSchedule { .. }
        | Command::RemoveSchedule { .. }
        | Command::SetCalendar { .. }
        | Command::RemoveCalendar { .. } => Right::SiteRights,
        // Whoever commissions, updates or accepts a device says whom the site believes; a trace shows who passes.
        Command::AcceptDevice { .. }
        | Command::StartJob { .. }
        | Command::StopJob { .. }
        | Command::OfferEnrolment { .. }
        | Command::RedeemEnrolment { .. }
        | Command::RevokeCertificates { .. }
        | Command::InspectBus { .. } => Right::SiteRights,
        Command::Locate { .. }
        | Command::EndLockout { .. }
        | Command::OpenDoor { .. }
        | Command::SetDoorMode { .. } => Right::Guard,
        Command::ForgivePassback { person: None, area: None, .. } => Right::SiteGuard,
        Command::ForgivePassback { .. } => Right::Guard,
        // The site's own desk answers alarms and reviews emergencies; an organisation sees those at its places.
        Command::AcknowledgeAlarm { .. }
        | Command::TryCanaries { .. }
        | Command::ReviewBreakGlass { .. }
        | Command::LockDownArea { .. }
        | Command::ReleaseArea { .. }
        | Command::SetThreatLevel { .. } => Right::SiteGuard,
    }
}
