//! Operators: those who run the site at the console, the command line and the API, and the programs that ask in their name.
//! What each may do is `permission.rs`; how they prove who they are is the shell's to check and `engine/operators.rs`'s to
//! judge. Passwords, keys and names are not here: only whether there are any.

use crate::engine::command::Scope;
use crate::id::{AlarmId, OperatorId, TokenId};
use crate::people::Validity;
use crate::permission::PermissionSet;
use crate::time::Wall;

/// What an operator is at the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperatorRole {
    /// A screen on a wall: sees doors and alarms, no people, does nothing.
    WallScreen,
    /// Sees and reads everything, does nothing.
    Auditor,
    /// Looks after doors and racks: sees the site, answers what needs a hand, finds racks.
    Facilities,
    /// Answers alarms, opens doors, orders modes, stops people and cards; does not give rights.
    Security,
    /// As security, and reviews emergencies, takes things out of service, sees what is hidden.
    SecuritySupervisor,
    /// Gives rights, looks after devices and operators.
    Admin,
}

impl OperatorRole {
    /// Every role, the narrowest first.
    pub const ALL: [Self; 6] =
        [Self::WallScreen, Self::Auditor, Self::Facilities, Self::Security, Self::SecuritySupervisor, Self::Admin];

    /// The word for it in the API, on the command line and on screens.
    pub const fn word(self) -> &'static str {
        match self {
            Self::WallScreen => "wall_screen",
            Self::Auditor => "auditor",
            Self::Facilities => "facilities",
            Self::Security => "security",
            Self::SecuritySupervisor => "security_supervisor",
            Self::Admin => "admin",
        }
    }
}

/// Somebody who runs the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Who.
    pub id: OperatorId,
    /// With which role.
    pub role: OperatorRole,
    /// Over what.
    pub scope: Scope,
    /// Whether they may sign in.
    pub state: OperatorState,
    /// With what they can prove themselves.
    pub factors: Factors,
    /// Until when nobody can sign in as them, after too many failures.
    pub locked_until: Option<Wall>,
}

/// Whether an operator may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorState {
    /// Yes.
    Enabled,
    /// No; sessions and tokens are void.
    Disabled,
}

/// With what an operator can prove themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Factors {
    /// How many passwords: none or one.
    pub passwords: u8,
    /// How many authenticator apps: none or one.
    pub totp: u8,
    /// How many passkeys.
    pub passkeys: u8,
    /// How many recovery codes are left.
    pub recovery_codes: u8,
    /// How many identities of an outside provider: none or one.
    pub provider: u8,
}

/// One thing with which an operator proves themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Factor {
    /// A password.
    Password,
    /// Codes of an authenticator app (RFC 6238).
    Totp,
    /// A passkey (WebAuthn), by its number.
    Passkey(u8),
    /// Recovery codes; the number is how many were made.
    RecoveryCodes(u8),
    /// An identity of an outside provider (OpenID Connect).
    Provider,
}

/// How somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInMethod {
    /// A one-time link made on the machine.
    Link,
    /// Password and authenticator app.
    PasswordTotp,
    /// A passkey.
    Passkey,
    /// Password and recovery code.
    RecoveryCode,
    /// An outside provider.
    Provider,
}

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInFailure {
    /// Nobody has this name, or the password or code was wrong: not told apart.
    Wrong,
    /// The operator is disabled.
    Disabled,
    /// The operator is locked out.
    LockedOut,
    /// The code was used before.
    Replayed,
    /// The link was used before, is too old or was never made.
    Link,
    /// The outside provider did not vouch for anybody known here.
    Provider,
}

/// Why a session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnd {
    /// Its holder left.
    SignedOut,
    /// Nobody used it for too long.
    Idle,
    /// Its longest time was over.
    TimeOver,
    /// An operator ended it.
    Revoked,
    /// It came from elsewhere than it was opened at.
    Moved,
    /// Its operator was disabled or changed.
    Disabled,
    /// Another session took its place.
    Crowded,
}

/// A token with which a program asks in an operator's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Which.
    pub id: TokenId,
    /// In whose name.
    pub owner: OperatorId,
    /// What it may do, at most what its owner may.
    pub limits: PermissionSet,
    /// From when until when; it always ends.
    pub validity: Validity,
    /// SHA-256 of its secret, which is 32 random bytes.
    pub digest: [u8; 32],
    /// Whether it still counts.
    pub state: TokenState,
}

/// Whether a token counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// Within its validity.
    Issued,
    /// No more.
    Revoked,
}

/// What waits for a second operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proposed {
    /// Shelving a critical alarm.
    Shelve(AlarmId),
    /// Another command that this site lets nobody give alone, by the number of its permission.
    Command(u8),
}
