//! What a command came to. What may be asked is `command.rs`; the wire forms of both are the API's.

use super::SetDone;
use crate::id::{
    AgreementId, AlertId, CalendarId, CommandId, CredentialId, DeviceId, Generation, GrantId, MusterId, OperatorId,
    PersonId, PlanId, ProfileId, ProposalId, ReviewId, ScheduleId, SessionId, TokenId, VisitorId,
};
use crate::people::Approval;

/// What a command came to; durable when it is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// A person was created.
    Person(PersonId),
    /// A credential was assigned.
    Credential(CredentialId),
    /// A grant was created, under this generation of rights.
    Grant(GrantId, Generation),
    /// A grant was asked for and waits for this many approvals.
    Requested(GrantId, Approval),
    /// A schedule was made or changed.
    Schedule(ScheduleId, Generation),
    /// A calendar was made or changed.
    Calendar(CalendarId, Generation),
    /// An access profile was made or changed.
    Profile(ProfileId, Generation),
    /// An agreement was made.
    Agreement(AgreementId, Generation),
    /// A floor plan was set, or what its elements stand for.
    Plan(PlanId),
    /// So many racks of another register were taken over, and so many were flagged as gone from it.
    Racks {
        /// New or otherwise than before.
        taken: u32,
        /// Not there any more.
        gone: u32,
    },
    /// These grants ended, and this is the generation of rights now.
    Ended(Vec<GrantId>, Generation),
    /// Rights changed, and this is their generation now.
    Rights(Generation),
    /// These handles show where they are.
    Located(Vec<DeviceId>),
    /// A pattern is shown, for so long.
    Shown(core::time::Duration),
    /// The canary is being tried on so many devices.
    Canaries(u32),
    /// A job was begun; its end is told under this number.
    Job(CommandId),
    /// An alarm was acted on; the revision it has now, and whether its condition still holds.
    Alarm {
        /// The revision now.
        revision: u32,
        /// Whether its condition holds.
        active: bool,
    },
    /// It waits for a second operator.
    Proposed(ProposalId),
    /// It was confirmed, and whoever proposed it gives the command once more, to be shown what they asked for.
    ToTakeUp,
    /// An operator was created.
    Operator(OperatorId),
    /// A session was opened.
    Session(SessionId),
    /// A token was issued.
    Token(TokenId),
    /// Something was done with a muster.
    Muster(MusterId),
    /// A visitor was entered.
    Visitor(VisitorId),
    /// Something was done with an access review; the generation of rights now.
    Review(ReviewId, Generation),
    /// An alert was made.
    Alert(AlertId),
    /// A set of changes was carried out.
    Set(Box<SetDone>),
    /// Done.
    Done,
}
