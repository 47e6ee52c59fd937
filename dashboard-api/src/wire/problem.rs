//! What an error looks like on the wire: problem details of RFC 9457. One table gives every kind of problem its slug, title,
//! status and code, so that the same thing is never called two names. Which problem a failed command is, is decided here
//! too ([`Problem::from`] a [`CommandError`]); turning one into a response is `refusal.rs`.

mod pointer;
mod set;

use core::fmt;

use rackward_core::permission::Denied;
use rackward_core::site::SitePolicy;
use rackward_core::{CommandError, Site};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::sentence::who;
use crate::backend::{PinRefused, Unavailable};
use crate::query::SearchRefused;

/// The problem types' common beginning; the name is reserved (RFC 2606) and resolves nowhere.
const TYPE_BASE: &str = "https://rackward.invalid/problems/";

/// How long a client waits before it tries again what the daemon could not do just now, in seconds.
const RETRY_AFTER_SECONDS: u32 = 5;

/// How the engine says that an id is nobody's.
const NAMES_NOTHING: &str = " does not exist";

/// Problem details (RFC 9457 clause 3.1) with our extension members (clause 3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// What kind of problem, as a URI.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words, the same every time.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong this time and what to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The path that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// A short code to search for, such as `RW-V001`.
    #[serde(default)]
    pub code: String,
    /// The same in the word that RFC 8628 has for it, for programs that wait to be let in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Every part of the request that is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// Which policy refused, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<RefusingPolicy>,
    /// Who changed the thing since the caller has seen it, and how, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meanwhile: Option<Meanwhile>,
    /// What an ambiguous name could have meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// The trace that the request belonged to, as the daemon's log has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// After how many seconds it is worth trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
}

/// One part of a request that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// Which, as a JSON pointer into the body (`#/reason`), the name of a query parameter (`?limit`), a name in the path
    /// (`{id}`) or a line of a body that is text (`line 12`).
    #[serde(with = "pointer")]
    pub pointer: String,
    /// What is wrong and what to do.
    pub detail: String,
}

/// A policy that refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusingPolicy {
    /// `ticket` (grants into an area need a change ticket), `two_operators` (nobody does it alone) or `permission` (a role or
    /// token has it not).
    pub name: String,
    /// Of what: the path of the area, or the permission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Where the site file says so, such as `site.toml:12`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

impl RefusingPolicy {
    /// A policy that the site file sets.
    fn of_site(policy: &SitePolicy) -> Self {
        let (name, of) = match policy {
            SitePolicy::Ticket(area) => ("ticket", Some(area.clone())),
            SitePolicy::TwoOperators => ("two_operators", None),
        };
        Self { name: name.to_owned(), of, at: None }
    }

    /// What a role or a token would have to have.
    fn of_permission(denied: Denied) -> Self {
        let (Denied::Role(permission)
        | Denied::Token(permission)
        | Denied::WholeSite(permission)
        | Denied::StepUp(permission)) = denied;
        Self { name: "permission".to_owned(), of: Some(permission.word().to_owned()), at: None }
    }

    /// The same with the place where the site file sets it.
    pub(crate) fn placed(self, site: &Site) -> Self {
        let policy = match (self.name.as_str(), &self.of) {
            ("ticket", Some(area)) => SitePolicy::Ticket(area.clone()),
            ("two_operators", _) => SitePolicy::TwoOperators,
            _ => return self,
        };
        Self { at: site.written_at(&policy).map(str::to_owned), ..self }
    }
}

/// What somebody else did with a thing since the caller has seen it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Meanwhile {
    /// Who, as the journal names them.
    pub by: String,
    /// The name that this operator, or the owner of this token, signs in with; missing where it was erased, or where there
    /// is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When.
    pub at: At,
    /// What was done, as a sentence.
    pub done: String,
    /// The entry of the journal that says so.
    pub entry: u64,
}

impl fmt::Debug for Meanwhile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meanwhile").field("by", &self.by).field("entry", &self.entry).finish_non_exhaustive()
    }
}

/// What an ambiguous name could have meant.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Candidate {
    /// An id or path that is not ambiguous.
    pub id: String,
    /// The person's name, for who asked by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Candidate({})", self.id)
    }
}

/// Every kind of problem the API knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// No session, or one that is over.
    SignInRequired,
    /// The sign-in link was used before, is too old or was never given out.
    LinkSpent,
    /// The caller's role has no right to it.
    Forbidden,
    /// The caller must prove themselves again first.
    StepUpRequired,
    /// What was shown as a proof is not one, or its owner cannot sign in now.
    SignInFailed,
    /// Nobody has let the command line in yet (RFC 8628, clause 3.5).
    AuthorizationPending,
    /// It asks too often.
    SlowDown,
    /// An operator said no.
    AccessDenied,
    /// Nobody decided in time.
    ExpiredToken,
    /// The code is none, or was used before (RFC 6749, clause 5.2).
    InvalidGrant,
    /// The site has no outside provider.
    NoProvider,
    /// The certificate that was shown signs in nobody, or none was.
    CertificateRefused,
    /// It was changed since the caller has seen it.
    Stale,
    /// The change must say on which revision it rests.
    RevisionMissing,
    /// The change must have a key of its own.
    KeyMissing,
    /// Another request came under the same key.
    KeyReused,
    /// The request under this key is under way.
    KeyRunning,
    /// A crash lies between the request and its answer.
    OutcomeUnknown,
    /// It was done, and its answer is not kept.
    AnswerNotKept,
    /// It cannot be rehearsed.
    NoRehearsal,
    /// The caller asks more than it may.
    TooManyRequests,
    /// Only the local socket may do this.
    LocalOnly,
    /// It shows or changes the whole site, and the session is for one organisation.
    WholeSiteOnly,
    /// The request was started by another site.
    CrossSite,
    /// The request was meant for another host.
    Misdirected,
    /// No such route or thing.
    NotFound,
    /// The route has other methods.
    MethodNotAllowed,
    /// The body is too large.
    BodyTooLarge,
    /// The body is not JSON by its content type.
    UnsupportedMediaType,
    /// The request cannot be read.
    Malformed,
    /// The request can be read, but not accepted.
    Invalid,
    /// A name stands for nothing, or for more than one thing.
    UnknownName,
    /// What must hold afterwards would not.
    TestsFailed,
    /// The state of the thing does not allow it.
    Conflict,
    /// It is about one's own access, of which somebody else decides.
    OwnAccess,
    /// A lockdown does not allow it.
    LockedDown,
    /// The command's own time limit had passed.
    TooLate,
    /// Nothing can be recorded, so nothing may change.
    JournalUnwritable,
    /// It was done, but is not durable yet.
    NotYetDurable,
    /// The daemon cannot answer now.
    Unavailable,
    /// The request took too long.
    TimedOut,
    /// A defect of ours.
    Internal,
}

impl ProblemKind {
    /// Every kind.
    pub const ALL: [Self; 42] = [
        Self::SignInRequired,
        Self::LinkSpent,
        Self::Forbidden,
        Self::StepUpRequired,
        Self::SignInFailed,
        Self::AuthorizationPending,
        Self::SlowDown,
        Self::AccessDenied,
        Self::ExpiredToken,
        Self::InvalidGrant,
        Self::NoProvider,
        Self::CertificateRefused,
        Self::Stale,
        Self::RevisionMissing,
        Self::KeyMissing,
        Self::KeyReused,
        Self::KeyRunning,
        Self::OutcomeUnknown,
        Self::AnswerNotKept,
        Self::NoRehearsal,
        Self::TooManyRequests,
        Self::LocalOnly,
        Self::WholeSiteOnly,
        Self::CrossSite,
        Self::Misdirected,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::BodyTooLarge,
        Self::UnsupportedMediaType,
        Self::Malformed,
        Self::Invalid,
        Self::UnknownName,
        Self::TestsFailed,
        Self::Conflict,
        Self::OwnAccess,
        Self::LockedDown,
        Self::TooLate,
        Self::JournalUnwritable,
        Self::NotYetDurable,
        Self::Unavailable,
        Self::TimedOut,
        Self::Internal,
    ];

    /// Slug, title, status and code.
    pub const fn facts(self) -> (&'static str, &'static str, u16, &'static str) {
        match self {
            Self::SignInRequired => ("sign-in-required", "Sign in first", 401, "RW-A001"),
            Self::LinkSpent => ("link-spent", "The sign-in link no longer works", 403, "RW-A002"),
            Self::Forbidden => ("forbidden", "Your role does not allow this", 403, "RW-A003"),
            Self::StepUpRequired => ("step-up-required", "Prove yourself again for this", 403, "RW-A010"),
            Self::SignInFailed => ("sign-in-failed", "That did not prove who you are", 403, "RW-A011"),
            Self::AuthorizationPending => ("authorization-pending", "Nobody has let it in yet", 400, "RW-A013"),
            Self::SlowDown => ("slow-down", "It asks too often", 400, "RW-A014"),
            Self::AccessDenied => ("access-denied", "An operator refused it", 400, "RW-A015"),
            Self::ExpiredToken => ("expired-token", "Nobody let it in in time", 400, "RW-A016"),
            Self::InvalidGrant => ("invalid-grant", "The code is good for nothing", 400, "RW-A017"),
            Self::NoProvider => ("no-provider", "This site has no outside provider", 409, "RW-A018"),
            Self::CertificateRefused => ("certificate-refused", "The certificate signs in nobody", 403, "RW-A019"),
            Self::Stale => ("stale", "It was changed meanwhile", 412, "RW-C012"),
            Self::RevisionMissing => ("revision-missing", "Say on which revision this rests", 428, "RW-C003"),
            Self::KeyMissing => ("idempotency-key-missing", "Give this change a key of its own", 400, "RW-I001"),
            Self::KeyReused => ("idempotency-key-reused", "The key belongs to another request", 422, "RW-I002"),
            Self::KeyRunning => ("idempotency-key-running", "The request is being carried out", 409, "RW-I003"),
            Self::OutcomeUnknown => ("outcome-unknown", "Whether it was done is not known", 409, "RW-I004"),
            Self::AnswerNotKept => ("answer-not-kept", "It was done already", 409, "RW-I005"),
            Self::NoRehearsal => ("no-rehearsal", "This cannot be rehearsed", 400, "RW-I006"),
            Self::TooManyRequests => ("too-many-requests", "Too many requests", 429, "RW-H006"),
            Self::LocalOnly => ("local-only", "Only the machine itself may do this", 403, "RW-A004"),
            Self::WholeSiteOnly => ("whole-site-only", "Your session is for one organisation", 403, "RW-A006"),
            Self::CrossSite => ("cross-site", "The request came from another site", 403, "RW-A005"),
            Self::Misdirected => ("misdirected", "The request is for another host", 421, "RW-H007"),
            Self::NotFound => ("not-found", "No such thing", 404, "RW-H001"),
            Self::MethodNotAllowed => ("method-not-allowed", "The route has other methods", 405, "RW-H002"),
            Self::BodyTooLarge => ("body-too-large", "The body is too large", 413, "RW-H003"),
            Self::UnsupportedMediaType => {
                ("unsupported-media-type", "The body must be of another media type", 415, "RW-H004")
            }
            Self::Malformed => ("malformed", "The request cannot be read", 400, "RW-H005"),
            Self::Invalid => ("invalid", "The request cannot be accepted", 422, "RW-V001"),
            Self::UnknownName => ("unknown-name", "The name does not say which one", 422, "RW-V002"),
            Self::TestsFailed => ("tests-failed", "What must hold would not", 422, "RW-V003"),
            Self::Conflict => ("conflict", "The state does not allow this", 409, "RW-C001"),
            Self::OwnAccess => ("own-access", "Somebody else decides of your access", 403, "RW-A012"),
            Self::LockedDown => ("locked-down", "A lockdown does not allow this", 423, "RW-C004"),
            Self::TooLate => ("too-late", "The command came too late", 409, "RW-C002"),
            Self::JournalUnwritable => ("journal-unwritable", "Nothing can be recorded", 503, "RW-J001"),
            Self::NotYetDurable => ("not-yet-durable", "Done, but not recorded on disk yet", 503, "RW-J002"),
            Self::Unavailable => ("unavailable", "The daemon cannot answer now", 503, "RW-S001"),
            Self::TimedOut => ("timed-out", "The request took too long", 503, "RW-S002"),
            Self::Internal => ("internal", "A defect in Rackward", 500, "RW-S003"),
        }
    }

    /// The word for it where a program waits to be let in (RFC 8628, clause 3.5; RFC 6749, clause 5.2).
    const fn oauth_word(self) -> Option<&'static str> {
        match self {
            Self::AuthorizationPending => Some("authorization_pending"),
            Self::SlowDown => Some("slow_down"),
            Self::AccessDenied => Some("access_denied"),
            Self::ExpiredToken => Some("expired_token"),
            Self::InvalidGrant => Some("invalid_grant"),
            _ => None,
        }
    }

    /// What kind of problem it is, as a URI.
    pub fn type_uri(self) -> String {
        format!("{TYPE_BASE}{}", self.facts().0)
    }

    /// Whether the same request may succeed in a while. What is done already must not be tried again.
    const fn passes(self) -> bool {
        matches!(self, Self::JournalUnwritable | Self::Unavailable | Self::TimedOut | Self::TooManyRequests)
    }
}

impl Problem {
    /// A problem of this kind; `detail` says what went wrong this time and what to do.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        let (_, title, status, code) = kind.facts();
        Self {
            kind: kind.type_uri(),
            title: title.to_owned(),
            status,
            detail: detail.into(),
            instance: None,
            code: code.to_owned(),
            error: kind.oauth_word().map(str::to_owned),
            errors: Vec::new(),
            policy: None,
            meanwhile: None,
            candidates: Vec::new(),
            trace_id: None,
            retry_after_s: kind.passes().then_some(RETRY_AFTER_SECONDS),
        }
    }

    /// A request that can be read but not accepted, with all that is wrong with it.
    pub fn invalid(errors: Vec<FieldProblem>) -> Self {
        let said: Vec<&str> = errors.iter().map(|error| error.detail.as_str()).collect();
        let detail = said.join("; ");
        Self { errors, ..Self::new(ProblemKind::Invalid, detail) }
    }

    /// A name that stands for nothing, or for more than one of `candidates`.
    pub fn unknown_name(pointer: &str, what: &str, candidates: Vec<Candidate>) -> Self {
        let detail = match candidates.len() {
            0 => format!("no {what} is called so; list them to see their names"),
            count => format!("{count} {what}s are meant by it; name one of them in full"),
        };
        let errors = vec![FieldProblem { pointer: pointer.to_owned(), detail: detail.clone() }];
        Self { errors, candidates, ..Self::new(ProblemKind::UnknownName, detail) }
    }
}

impl FieldProblem {
    /// What is wrong with the member `field` of the body.
    pub fn of(field: &str, detail: impl Into<String>) -> Self {
        Self { pointer: format!("/{field}"), detail: detail.into() }
    }
}

impl From<FieldProblem> for Problem {
    fn from(error: FieldProblem) -> Self {
        Self::invalid(vec![error])
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        let said = error.to_string();
        match error {
            CommandError::Forbidden => Self::new(ProblemKind::Forbidden, said),
            CommandError::TakesTwo => {
                let policy = Some(RefusingPolicy::of_site(&SitePolicy::TwoOperators));
                Self { policy, ..Self::new(ProblemKind::Forbidden, said) }
            }
            CommandError::Denied(denied) => {
                let kind = match denied {
                    Denied::Role(_) | Denied::WholeSite(_) | Denied::Token(_) => ProblemKind::Forbidden,
                    Denied::StepUp(_) => ProblemKind::StepUpRequired,
                };
                Self { policy: Some(RefusingPolicy::of_permission(denied)), ..Self::new(kind, said) }
            }
            CommandError::Stale { by, .. } | CommandError::Changed { by, .. } => Self::new(
                ProblemKind::Stale,
                by.map_or(said.clone(), |by| format!("{said}. {} changed it last", who(by))),
            ),
            CommandError::Overloaded => Self::new(ProblemKind::Unavailable, said),
            CommandError::Unanswered => Self::new(ProblemKind::OutcomeUnknown, said),
            CommandError::NotFound { .. } => Self::new(ProblemKind::NotFound, said),
            CommandError::Invalid(problems) => {
                // An id that is nobody's is a name that stands for nothing, like any other.
                let names_nothing = matches!(problems.as_slice(), [one] if one.message.ends_with(NAMES_NOTHING));
                let policy = problems.iter().find_map(|problem| problem.policy.as_ref()).map(RefusingPolicy::of_site);
                let errors =
                    problems.into_iter().map(|problem| FieldProblem::of(problem.field, problem.message)).collect();
                let invalid = Self { policy, ..Self::invalid(errors) };
                if names_nothing {
                    let named = Self::new(ProblemKind::UnknownName, invalid.detail);
                    return Self { errors: invalid.errors, ..named };
                }
                invalid
            }
            CommandError::SetRefused(refused) => Self::of_set(refused, said),
            CommandError::TestsFailed(tests) => Self::of_tests(&tests, said),
            CommandError::Conflict(_) | CommandError::Widens { .. } => Self::new(ProblemKind::Conflict, said),
            CommandError::OwnAccess(_) => Self::new(ProblemKind::OwnAccess, said),
            CommandError::LockedDown(_) => Self::new(ProblemKind::LockedDown, said),
            CommandError::TooLate => Self::new(ProblemKind::TooLate, said),
            CommandError::NotYetDurable => Self::new(ProblemKind::NotYetDurable, said),
            CommandError::JournalUnwritable => Self::new(ProblemKind::JournalUnwritable, said),
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let kind = match denied {
            Denied::Role(_) | Denied::Token(_) => ProblemKind::Forbidden,
            Denied::WholeSite(_) => {
                let detail = "this is about the whole site; your session may ask for people, credentials, grants, \
                              profiles, agreements, schedules, doors, points, areas, alarms and explanations of its \
                              organisation";
                let policy = Some(RefusingPolicy::of_permission(denied));
                return Self { policy, ..Self::new(ProblemKind::WholeSiteOnly, detail) };
            }
            Denied::StepUp(_) => ProblemKind::StepUpRequired,
        };
        let policy = Some(RefusingPolicy::of_permission(denied));
        Self { policy, ..Self::new(kind, CommandError::Denied(denied).to_string()) }
    }
}

impl From<Unavailable> for Problem {
    fn from(unavailable: Unavailable) -> Self {
        Self::new(ProblemKind::Unavailable, unavailable.to_string())
    }
}

impl From<SearchRefused> for Problem {
    fn from(refused: SearchRefused) -> Self {
        match refused {
            SearchRefused::Unavailable(unavailable) => unavailable.into(),
            SearchRefused::Building { .. } => Self::new(ProblemKind::Unavailable, refused.to_string()),
            SearchRefused::TooWide { .. } => Self::new(ProblemKind::Malformed, refused.to_string()),
        }
    }
}

impl From<PinRefused> for Problem {
    fn from(refused: PinRefused) -> Self {
        match refused {
            PinRefused::Unavailable(unavailable) => unavailable.into(),
            PinRefused::SameAsOther => FieldProblem::of("pin", refused.to_string()).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_has_a_slug_and_a_code_of_its_own() {
        let slugs: BTreeSet<&str> = ProblemKind::ALL.iter().map(|kind| kind.facts().0).collect();
        let codes: BTreeSet<&str> = ProblemKind::ALL.iter().map(|kind| kind.facts().3).collect();
        assert_eq!((slugs.len(), codes.len()), (ProblemKind::ALL.len(), ProblemKind::ALL.len()));
    }

    #[test]
    fn a_problem_reads_back_as_it_was_written() {
        let problem =
            Problem::invalid(vec![FieldProblem::of("reason", "say why"), FieldProblem::of("to_at", "say until when")]);
        let json = serde_json::to_string(&problem).unwrap();
        assert_eq!(serde_json::from_str::<Problem>(&json).unwrap(), problem);
        assert!(json.contains(r#""type":"https://rackward.invalid/problems/invalid","title":"#), "{json}");
        assert!(json.contains(r##""pointer":"#/reason""##), "{json}");
        assert_eq!(problem.detail, "say why; say until when");
    }
}
