//! The facts about operators: who may run the site, with what they prove themselves, when they came and went. Secrets and
//! names are not in them (`records.rs` has tables of their own). What they change is `engine/apply/operators.rs`.

use crate::alarm::AlarmSource;
use crate::engine::command::Scope;
use crate::entry::ReasonText;
use crate::entry::event_name::event_names;
use crate::id::{OperatorId, PersonId, ProposalId, SessionId, TokenId};
use crate::operator::{
    Factor, IssuedToken, OperatorRole, OperatorState, Proposed, SessionEnd, SignInFailure, SignInMethod, TokenSignIn,
};
use crate::permission::Actor;
use crate::time::Wall;

/// One fact about operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperatorEntry {
    /// A new operator.
    Created {
        /// Who.
        operator: OperatorId,
        /// With which role.
        role: OperatorRole,
        /// Over what.
        scope: Scope,
        /// By whom.
        by: Actor,
    },
    /// An operator has another role or reach.
    Changed {
        /// Who.
        operator: OperatorId,
        /// With which role now.
        role: OperatorRole,
        /// Over what now.
        scope: Scope,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// An operator may or may no longer sign in.
    StateChanged {
        /// Who.
        operator: OperatorId,
        /// What now.
        state: OperatorState,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// An operator has a new password, second factor, passkey or set of recovery codes.
    FactorSet {
        /// Who.
        operator: OperatorId,
        /// Which.
        factor: Factor,
        /// By whom.
        by: Actor,
    },
    /// An account at the outside provider is an operator's from now on. Which one is in a table that can be erased.
    ProviderBound {
        /// Whose.
        operator: OperatorId,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// It was said which person an operator is.
    PersonLinked {
        /// Who.
        operator: OperatorId,
        /// Which person; none any more if `None`.
        person: Option<PersonId>,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// One of them counts no more.
    FactorRemoved {
        /// Who.
        operator: OperatorId,
        /// Which.
        factor: Factor,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// A recovery code was used up.
    RecoveryCodeUsed {
        /// Whose.
        operator: OperatorId,
        /// How many are left.
        left: u8,
    },
    /// A link with which somebody can sign in once was made.
    LinkMade {
        /// For whom; `None` for whoever makes the first operator.
        operator: Option<OperatorId>,
        /// By whom.
        by: Actor,
    },
    /// Somebody signed in.
    SignedIn {
        /// Who; `None` by a link that is nobody's.
        operator: Option<OperatorId>,
        /// The session.
        session: SessionId,
        /// How.
        method: SignInMethod,
    },
    /// Somebody tried to sign in and failed.
    SignInFailed {
        /// As whom, where that is somebody.
        operator: Option<OperatorId>,
        /// Why.
        cause: SignInFailure,
    },
    /// Too many failures: nobody can sign in as this operator for a while.
    LockedOut {
        /// As whom.
        operator: OperatorId,
        /// Until when.
        until: Wall,
    },
    /// An operator ended a lock-out before its time.
    LockoutEnded {
        /// Whose.
        operator: OperatorId,
        /// By whom.
        by: Actor,
    },
    /// Somebody proved themselves again, for what asks for it.
    SteppedUp {
        /// The session.
        session: SessionId,
        /// Who.
        operator: OperatorId,
        /// How.
        method: SignInMethod,
    },
    /// A session is over.
    SessionEnded {
        /// Which.
        session: SessionId,
        /// Whose.
        operator: Option<OperatorId>,
        /// Why.
        cause: SessionEnd,
    },
    /// An operator ended a session; that it is over is told by itself.
    SessionRevoked {
        /// Which.
        session: SessionId,
        /// Whose.
        operator: Option<OperatorId>,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// A token was issued.
    TokenIssued {
        /// The token; of its secret only the digest.
        token: IssuedToken,
        /// What it is for.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// Somebody signed in at a command line and was given a token.
    TokenSignedIn {
        /// The token; of its secret only the digest.
        token: IssuedToken,
        /// How they signed in.
        method: TokenSignIn,
        /// Who let them in; the daemon itself where a certificate did.
        by: Actor,
    },
    /// A certificate is an operator's until an end. Which one is in a table that can be erased.
    CertificateBound {
        /// Whose.
        operator: OperatorId,
        /// By which number.
        number: u8,
        /// First instant at which it counts no more.
        until: Wall,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// It is theirs no more.
    CertificateUnbound {
        /// Whose.
        operator: OperatorId,
        /// Which.
        number: u8,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// A token counts no more.
    TokenRevoked {
        /// Which.
        token: TokenId,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// Something was asked for that a second operator must confirm.
    Proposed {
        /// Its number.
        proposal: ProposalId,
        /// What.
        what: Proposed,
        /// Until when it waits.
        until: Wall,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
    /// A second operator confirmed it: it is carried out.
    Confirmed {
        /// Which.
        proposal: ProposalId,
        /// By whom.
        by: Actor,
    },
    /// It is not going to be carried out.
    Dropped {
        /// Which.
        proposal: ProposalId,
        /// By whom; the daemon itself when its time was over.
        by: Actor,
    },
    /// What is kept hidden was shown to somebody.
    Revealed {
        /// Whose data.
        person: PersonId,
        /// Why.
        reason: ReasonText,
        /// To whom.
        by: Actor,
    },
    /// Somebody looked at a person's record; further looks of the next half-hour are this one.
    Viewed {
        /// Whose.
        person: PersonId,
        /// Why, where that was stated.
        reason: Option<ReasonText>,
        /// Who looked.
        by: Actor,
    },
    /// What persons are called is shown in a session.
    NamesShown {
        /// In which.
        session: SessionId,
        /// Until when.
        until: Wall,
        /// Why.
        reason: ReasonText,
        /// The ticket it is for.
        ticket: Option<ReasonText>,
        /// To whom.
        by: Actor,
    },
    /// It is shown there no more.
    NamesHidden {
        /// In which session.
        session: SessionId,
        /// By whom.
        by: Actor,
    },
    /// An order came after the moment that it set itself, and did nothing.
    CameTooLate {
        /// What it was for.
        source: AlarmSource,
        /// The moment.
        until: Wall,
        /// Whose it was.
        by: Actor,
    },
    /// All that an operator proves themselves with counts no more, and neither do their sessions: they begin anew.
    Reset {
        /// Who.
        operator: OperatorId,
        /// Why.
        reason: ReasonText,
        /// By whom.
        by: Actor,
    },
}

impl OperatorEntry {
    event_names! {
        Self::Created { .. } => "operator.created",
        Self::Changed { .. } => "operator.changed",
        Self::StateChanged { .. } => "operator.state-changed",
        Self::FactorSet { .. } => "operator.factor-set",
        Self::ProviderBound { .. } => "operator.provider-bound",
        Self::PersonLinked { .. } => "operator.person-linked",
        Self::FactorRemoved { .. } => "operator.factor-removed",
        Self::RecoveryCodeUsed { .. } => "operator.recovery-code-used",
        Self::LinkMade { .. } => "operator.link-made",
        Self::SignedIn { .. } => "operator.signed-in",
        Self::SignInFailed { .. } => "operator.sign-in-failed",
        Self::LockedOut { .. } => "operator.locked-out",
        Self::LockoutEnded { .. } => "operator.lockout-ended",
        Self::SteppedUp { .. } => "operator.stepped-up",
        Self::SessionEnded { .. } => "operator.session-ended",
        Self::SessionRevoked { .. } => "operator.session-revoked",
        Self::TokenIssued { .. } => "token.issued",
        Self::TokenSignedIn { .. } => "token.signed-in",
        Self::CertificateBound { .. } => "operator.certificate-bound",
        Self::CertificateUnbound { .. } => "operator.certificate-unbound",
        Self::TokenRevoked { .. } => "token.revoked",
        Self::Proposed { .. } => "proposal.made",
        Self::Confirmed { .. } => "proposal.confirmed",
        Self::Dropped { .. } => "proposal.dropped",
        Self::Revealed { .. } => "person.revealed",
        Self::Viewed { .. } => "person.viewed",
        Self::NamesShown { .. } => "session.names-shown",
        Self::NamesHidden { .. } => "session.names-hidden",
        Self::CameTooLate { .. } => "command.too-late",
        Self::Reset { .. } => "operator.reset",
    }
}

impl From<OperatorEntry> for crate::Entry {
    fn from(entry: OperatorEntry) -> Self {
        Self::Operator(entry)
    }
}
