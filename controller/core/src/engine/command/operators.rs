//! What may be asked about operators, and what the shell tells of those who sign in. Secrets come hashed or sealed.

use crate::engine::command::Scope;
use crate::entry::ReasonText;
use crate::id::{OperatorId, PersonId, ProposalId, SessionId, TokenId};
use crate::operator::{
    Factor, OperatorRole, OperatorState, SecretVersion, SessionEnd, SignInFailure, SignInMethod, TokenReturn,
    TokenSignIn,
};
use crate::people::Validity;
use crate::permission::PermissionSet;
use crate::time::Wall;

/// What is wanted of operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperatorCommand {
    /// A new operator, who cannot sign in before a factor is set.
    Create {
        /// The name to sign in with; kept outside the journal.
        name: OperatorName,
        /// With which role.
        role: OperatorRole,
        /// Over what.
        scope: Scope,
    },
    /// Another role or reach.
    Change {
        /// Who.
        operator: OperatorId,
        /// With which role now.
        role: OperatorRole,
        /// Over what now.
        scope: Scope,
        /// Why.
        reason: ReasonText,
    },
    /// Lets sign in, or no longer.
    SetState {
        /// Who.
        operator: OperatorId,
        /// What now.
        state: OperatorState,
        /// Why.
        reason: ReasonText,
    },
    /// All that somebody made to sign in with, at once: whoever sends it away half-way leaves nothing half-made.
    SetUp {
        /// For whom.
        whom: SetUpFor,
        /// What they made, each with what is kept to check it by.
        made: Vec<(Factor, SealedSecret)>,
    },
    /// A new password, second factor, passkey, set of recovery codes.
    SetFactor {
        /// Who.
        operator: OperatorId,
        /// Which.
        factor: Factor,
        /// What is kept to check it by, hashed or sealed by the shell.
        secret: SealedSecret,
    },
    /// An account at the outside provider becomes an operator's, in the place of one before.
    BindProvider {
        /// Whose.
        operator: OperatorId,
        /// Which one, as the shell keeps it.
        account: SealedSecret,
        /// Why.
        reason: ReasonText,
    },
    /// A certificate becomes an operator's until an end.
    BindCertificate {
        /// Whose.
        operator: OperatorId,
        /// By which number, from 0 to 7; none of theirs has it.
        number: u8,
        /// First instant at which it counts no more.
        until: Wall,
        /// Which one, as the shell keeps it.
        certificate: SealedSecret,
        /// Why.
        reason: ReasonText,
    },
    /// It is theirs no more, and what was opened with it ends.
    UnbindCertificate {
        /// Whose.
        operator: OperatorId,
        /// Which.
        number: u8,
        /// Why.
        reason: ReasonText,
    },
    /// Says which person an operator is.
    LinkPerson {
        /// Who.
        operator: OperatorId,
        /// Which person; none any more if `None`.
        person: Option<PersonId>,
        /// Why.
        reason: ReasonText,
    },
    /// Takes one away.
    RemoveFactor {
        /// Who.
        operator: OperatorId,
        /// Which.
        factor: Factor,
        /// Why.
        reason: ReasonText,
    },
    /// Takes all of them away, and ends the sessions and tokens: they begin anew, by a link.
    Reset {
        /// Who.
        operator: OperatorId,
        /// Why.
        reason: ReasonText,
    },
    /// A recovery code was used: what is kept of the others.
    UseRecoveryCode {
        /// Whose.
        operator: OperatorId,
        /// How many are left.
        left: u8,
        /// Which state of them this is.
        version: SecretVersion,
        /// What is kept of them.
        secret: SealedSecret,
    },
    /// A factor's state moved on, such as a passkey's counter or the last step of an authenticator app: what is kept now.
    KeepSecret {
        /// Whose.
        operator: OperatorId,
        /// Which.
        factor: Factor,
        /// Which state of it this is.
        version: SecretVersion,
        /// What is kept to check it by.
        secret: SealedSecret,
    },
    /// Ends a lock-out before its time.
    EndLockout {
        /// Whose.
        operator: OperatorId,
    },
    /// A link was made.
    NoteLink {
        /// For whom.
        operator: Option<OperatorId>,
    },
    /// Somebody signed in; the shell has checked the factors.
    NoteSignIn {
        /// Who.
        operator: Option<OperatorId>,
        /// How.
        method: SignInMethod,
    },
    /// Somebody failed to.
    NoteSignInFailure {
        /// As whom.
        operator: Option<OperatorId>,
        /// Why.
        cause: SignInFailure,
    },
    /// Somebody proved themselves again.
    NoteStepUp {
        /// The session.
        session: SessionId,
        /// Who.
        operator: OperatorId,
        /// How.
        method: SignInMethod,
    },
    /// A session is over.
    NoteSessionEnd {
        /// Which.
        session: SessionId,
        /// Whose.
        operator: Option<OperatorId>,
        /// Why.
        cause: SessionEnd,
    },
    /// The daemon was started again, and these sessions outlived it.
    NoteSessions {
        /// Every operator's that lasts.
        lasting: Vec<(SessionId, OperatorId)>,
    },
    /// Ends a session, one's own or another's.
    RevokeSession {
        /// Which.
        session: SessionId,
        /// Whose, as the shell knows it, which keeps sessions.
        operator: Option<OperatorId>,
        /// Why.
        reason: ReasonText,
    },
    /// A token for a program.
    IssueToken {
        /// In whose name.
        owner: OperatorId,
        /// What it may do.
        limits: PermissionSet,
        /// From when until when.
        validity: Validity,
        /// SHA-256 of its secret.
        digest: [u8; 32],
        /// What it is for.
        reason: ReasonText,
    },
    /// A token for whoever signs in at a command line; the shell has checked how.
    SignInByToken {
        /// In whose name.
        owner: OperatorId,
        /// What it may do.
        limits: PermissionSet,
        /// From when until when.
        validity: Validity,
        /// SHA-256 of its secret.
        digest: [u8; 32],
        /// How they sign in.
        by: TokenSignIn,
    },
    /// Such a token counts no more: its holder gave it back, or the shell saw that it is nobody's.
    ReturnToken {
        /// Which.
        token: TokenId,
        /// Why.
        why: TokenReturn,
    },
    /// A token counts no more.
    RevokeToken {
        /// Which.
        token: TokenId,
        /// Why.
        reason: ReasonText,
    },
    /// The second operator's word for what a first one proposed.
    Confirm {
        /// What.
        proposal: ProposalId,
    },
    /// Takes a proposal back, or refuses it.
    Drop {
        /// What.
        proposal: ProposalId,
    },
    /// Shows what is kept hidden of a person.
    Reveal {
        /// Whose.
        person: PersonId,
        /// Why.
        reason: ReasonText,
    },
}

/// Whose a set-up is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetUpFor {
    /// The first admin of the site, by this name.
    FirstAdmin(OperatorName),
    /// An operator who exists.
    Operator(OperatorId),
}

impl OperatorCommand {
    /// Why it is given, where that is asked for.
    pub(super) const fn reason(&self) -> Option<&ReasonText> {
        match self {
            Self::Change { reason, .. }
            | Self::SetState { reason, .. }
            | Self::BindProvider { reason, .. }
            | Self::BindCertificate { reason, .. }
            | Self::UnbindCertificate { reason, .. }
            | Self::LinkPerson { reason, .. }
            | Self::RemoveFactor { reason, .. }
            | Self::Reset { reason, .. }
            | Self::RevokeSession { reason, .. }
            | Self::IssueToken { reason, .. }
            | Self::RevokeToken { reason, .. }
            | Self::Reveal { reason, .. } => Some(reason),
            Self::Create { .. }
            | Self::SetUp { .. }
            | Self::SetFactor { .. }
            | Self::UseRecoveryCode { .. }
            | Self::KeepSecret { .. }
            | Self::EndLockout { .. }
            | Self::NoteLink { .. }
            | Self::NoteSignIn { .. }
            | Self::NoteSignInFailure { .. }
            | Self::NoteStepUp { .. }
            | Self::NoteSessionEnd { .. }
            | Self::NoteSessions { .. }
            | Self::SignInByToken { .. }
            | Self::ReturnToken { .. }
            | Self::Confirm { .. }
            | Self::Drop { .. } => None,
        }
    }
}

/// The name an operator signs in with: 1 to 64 characters; never printed by `Debug`, never in the
/// journal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperatorName(String);

impl OperatorName {
    /// The longest name.
    pub const MAX_CHARS: usize = 64;

    /// What somebody is called where a name could stand as well: no operator is.
    const TAKEN: [&str; 5] = ["me", "desk", "nobody", "system", "everybody"];

    /// Takes a name: lower-case letters, digits, `.`, `-`, `_` and `@`, so that two names never look alike; at least one
    /// letter or digit, and nothing that is an id or stands for somebody else.
    pub fn parse(text: &str) -> Option<Self> {
        let looks_like_an_id = ["opr-", "tok-", "ses-", "uid:", "session:"].iter().any(|prefix| {
            text.strip_prefix(prefix).is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
        });
        let named = text.bytes().any(|byte| byte.is_ascii_alphanumeric());
        Self::kept(text).filter(|_| named && !looks_like_an_id && !Self::TAKEN.contains(&text))
    }

    /// A name that an earlier version may have taken, which did not know what else could be called so.
    pub fn kept(text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.chars().count() <= Self::MAX_CHARS;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_' | '@');
        (fits && text.chars().all(plain)).then(|| Self(text.to_owned()))
    }

    /// The name, for those with the right to see it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for OperatorName {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("OperatorName(..)")
    }
}

/// What the shell keeps to check a factor by: an argon2id hash, a sealed key, a public key. The core never looks inside, and
/// `Debug` never prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret(Vec<u8>);

impl SealedSecret {
    /// Wraps what the shell made.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes, for the store and the shell.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl core::fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SealedSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operators_name_is_nobody_elses() {
        let check = |name: &str, fits: bool| assert_eq!(OperatorName::parse(name).is_some(), fits, "{name:?}");
        for name in ["m.rossi", "7", "opr", "opr-x", "opr-3a", "me2", "a@b", "desk-2", "-x-"] {
            check(name, true);
        }
        for name in ["", "M", "m rossi", "opr-3", "opr-", "tok-1", "ses-1", "me", "desk", ".", "..", "-", "@", "_._"] {
            check(name, false);
        }
        check(&"x".repeat(65), false);
        assert!(OperatorName::kept("me").is_some() && OperatorName::kept("M").is_none());
    }
}
