//! Which operator may do what: one `match` over (command, role). Who the caller is, the shell has established before
//! (peer credentials of the Unix socket, session cookie); what a *person* may pass is decided in `decide.rs`.

use crate::engine::command::Command;
use crate::people::CredentialState;

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
    /// Answers alarms and opens doors; does not change rights.
    Security,
    /// Reads.
    Auditor,
}

/// A command whose caller was found to have the right to give it; only [`authorise`] makes one.
#[derive(Debug)]
pub struct AuthorisedCommand {
    pub(crate) by: Actor,
    pub(crate) command: Command,
}

/// Checks that `role` may give `command`.
///
/// # Errors
/// The command back, when the role has no right to it.
pub fn authorise(by: Actor, role: OperatorRole, command: Command) -> Result<AuthorisedCommand, Command> {
    let allowed = match (&command, role) {
        (_, OperatorRole::Admin) => true,
        (Command::AcknowledgeAlarm { .. } | Command::OpenDoor { .. }, OperatorRole::Security) => true,
        // Taking a card out of use stops somebody; putting it back is a change of rights.
        (Command::SetCredentialState { state, .. }, OperatorRole::Security) => *state != CredentialState::Enabled,
        (
            Command::CreatePerson { .. }
            | Command::SetPersonStatus { .. }
            | Command::SetPin { .. }
            | Command::AssignCredential { .. }
            | Command::CreateGrant { .. }
            | Command::RevokeGrant { .. },
            OperatorRole::Security,
        ) => false,
        (_, OperatorRole::Auditor) => false,
    };
    if allowed { Ok(AuthorisedCommand { by, command }) } else { Err(command) }
}
