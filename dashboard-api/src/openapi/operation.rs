//! What the API's document knows of one route, and how it comes to know it: from the types that the handler takes and
//! gives, so that neither can change without the document. A type that a handler takes is a [`Part`] of the request, one
//! that it gives an [`Answer`]; what no type says (a summary, another status than 200) is said where the route stands in
//! the table (`api.rs`). How an operation is written down is `openapi.rs`.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use rackward_core::permission::Permission;
use serde_json::Value;

use super::schema::{Components, Wire, body_schema, patch_schema};
use crate::api::Api;
use crate::body::{FirmwareBytes, Ical, MERGE_PATCH, Patch, Read, SvgBytes};
use crate::idempotency::Keeping;
use crate::paging::Paged;
use crate::params::Parameter;
use crate::refusal::Refusal;
use crate::signin::Asking;
use crate::wire::problem::ProblemKind;
use crate::wire::request::Body;
use crate::writes::{self, Manner, Trial};

/// The media type of a stream of events.
const STREAM: &str = "text/event-stream";

/// The media type of an answer that is written line by line.
const LINES: &str = "application/x-ndjson";
/// The media type of several files in one.
pub(crate) const ZIP: &str = "application/zip";

/// Writes a schema down, with what it refers to among the components.
pub(crate) type SchemaOf = fn(&mut Components) -> Value;

/// One method of one path.
pub(crate) struct Operation {
    /// The method in lower case, as the document has it.
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// Its name for who generates a client: the handler's, with its module's before it.
    pub(crate) id: String,
    pub(crate) summary: &'static str,
    pub(crate) access: Access,
    /// What its caller must at least be allowed to do; what is asked for may take more, which the core decides.
    pub(crate) permission: Option<Permission>,
    /// What does as well; what is told then is as much as it is for.
    pub(crate) or: &'static [Permission],
    pub(crate) query: Vec<Parameter>,
    pub(crate) headers: Vec<HeaderParameter>,
    pub(crate) body: Option<RequestBody>,
    /// The statuses it answers with when it did what was asked.
    pub(crate) statuses: BTreeSet<u16>,
    /// What these answers hold.
    pub(crate) content: Content,
    /// Statuses of refusals beyond those that follow from what it takes.
    pub(crate) refusals: BTreeSet<u16>,
    /// Whether its answers may be kept for a repetition of the request.
    pub(crate) keeping: Keeping,
    /// Whether it may take two operators although its permission takes one.
    pub(crate) waits: bool,
    /// Whether it changes rights, of which devices give receipts.
    pub(crate) has_receipts: bool,
    /// Whether it waits for receipts where its caller prefers that.
    pub(crate) is_patient: bool,
    /// Whether what it makes is to be found somewhere from then on, in a state that its answer names.
    pub(crate) has_place: bool,
    /// Whether its answers may say where more is.
    pub(crate) has_link: bool,
    /// Whether its answers have a digest.
    pub(crate) is_export: bool,
    /// Whether its answers are written while they are sent.
    pub(crate) is_in_pieces: bool,
    /// Whether its answers set a cookie.
    pub(crate) has_cookie: bool,
}

/// Who may reach a route at all. What they may do there is `permission.rs` of the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Whoever is signed in.
    SignedIn,
    /// Everybody who reaches the port.
    Everybody,
}

/// A header of the request that the route reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HeaderParameter {
    pub(crate) name: &'static str,
    pub(crate) words: &'static str,
    pub(crate) required: bool,
}

/// The body of the request.
#[derive(Clone, Copy)]
pub(crate) struct RequestBody {
    pub(crate) media: &'static str,
    pub(crate) schema: SchemaOf,
    /// Whether there must be one: no member is optional in all of them.
    pub(crate) required: bool,
}

/// What an answer holds.
#[derive(Clone, Copy)]
pub(crate) enum Content {
    /// Nothing.
    Nothing,
    /// JSON of this schema.
    Json(SchemaOf),
    /// Text or bytes of another media type.
    Other(&'static str),
}

impl Operation {
    pub(crate) fn new(method: &'static str, handler: &str, summary: &'static str) -> Self {
        Self {
            method,
            path: "",
            id: operation_id(handler),
            summary,
            access: Access::SignedIn,
            permission: None,
            or: &[],
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            statuses: BTreeSet::from([200]),
            content: Content::Nothing,
            refusals: BTreeSet::new(),
            keeping: Keeping::Whole,
            waits: false,
            has_receipts: false,
            is_patient: false,
            has_place: false,
            has_link: false,
            is_export: false,
            is_in_pieces: false,
            has_cookie: false,
        }
    }

    /// What it wants of a request that changes something; `None` where none does, or where nobody need be signed in.
    pub(crate) fn manner(&self) -> Option<Manner> {
        let method = Method::from_bytes(self.method.to_uppercase().as_bytes()).ok()?;
        (self.access == Access::SignedIn && !self.is_safe()).then(|| writes::manner(&method, self.path))
    }

    /// Whether it answers as if it had been done when it was only tried.
    pub(crate) fn is_told_as_done_when_tried(&self) -> bool {
        self.manner().is_some_and(|manner| manner.trial() == Trial::AsDone)
    }

    /// Whether it is left at its command when it is only tried, and says what would be recorded and no more.
    pub(crate) fn is_left_when_tried(&self) -> bool {
        self.manner().is_some_and(|manner| manner.trial() == Trial::Left)
    }

    /// Whether its answers go on for as long as somebody reads them.
    pub(crate) fn streams(&self) -> bool {
        self.is_in_pieces || matches!(self.content, Content::Other(STREAM | LINES))
    }

    /// Whether its answers are files that are saved under a name.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self.content, Content::Other(ZIP))
    }

    /// Whether its answers are tagged, so that nobody is sent again what they have (`preconditions::read`).
    pub(crate) fn is_tagged(&self) -> bool {
        self.access == Access::SignedIn
            && self.is_safe()
            // An export is whole when it goes, also where it is lines.
            && (self.is_export || !self.streams())
            && !matches!(self.content, Content::Nothing)
    }

    /// Whether a token can be made for what it takes (`commands/operators/tokens.rs` of the core).
    pub(crate) fn takes_tokens(&self) -> bool {
        !matches!(self.permission, Some(Permission::ManageSelf | Permission::ManageOperators))
    }

    /// The names in braces of its path.
    pub(crate) fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Whether it changes nothing (RFC 9110 clause 9.2.1).
    pub(crate) fn is_safe(&self) -> bool {
        self.method == "get"
    }

    /// Whether it may wait for a second operator, where a site wants it so.
    pub(crate) fn may_wait(&self) -> bool {
        let takes_two = self.permission.is_some_and(|permission| Permission::CAN_TAKE_TWO.contains(&permission));
        !self.is_safe() && (self.waits || takes_two)
    }

    /// Every status of a refusal that it can answer with. Of those that follow from the kind of route, the ones that no
    /// kind of problem has yet are left out.
    pub(crate) fn refused_with(&self) -> BTreeSet<u16> {
        let mut statuses = BTreeSet::from([400, 429, 500, 503]);
        if self.access == Access::SignedIn {
            statuses.extend([401, 403]);
        }
        // A name in the path or the query may stand for nothing, or for more than one thing.
        if self.path_parameters().next().is_some() || !self.query.is_empty() {
            statuses.extend([404, 422]);
        }
        if !self.is_safe() {
            statuses.extend([403, 404, 409, 422, 423]);
        }
        if let Some(manner) = self.manner() {
            statuses.extend(manner.must_be_exact().map(|_| 412));
            statuses.extend(manner.must_rest().then_some(428));
        }
        if self.body.is_some() {
            statuses.extend([413, 415, 422]);
        }
        let known: BTreeSet<u16> = ProblemKind::ALL.iter().map(|kind| kind.facts().2).collect();
        statuses.extend(&self.refusals);
        statuses.intersection(&known).copied().collect()
    }
}

/// `module::handler` of a handler's full name, as one word.
fn operation_id(handler: &str) -> String {
    let mut parts = handler.rsplit("::");
    let (name, module) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    format!("{module}_{name}")
}

/// Something that a handler takes out of a request.
pub(crate) trait Part {
    /// Adds what it asks of the request.
    fn describe(_operation: &mut Operation) {}
}

impl Part for State<Api> {}
impl Part for Asking {}
impl Part for Uri {}
impl Part for HeaderMap {}
// What is in the path stands in the route's pattern.
impl<T> Part for Path<T> {}

impl<T: Body> Part for Read<T> {
    fn describe(operation: &mut Operation) {
        let required = T::MEMBERS.iter().any(|member| member.presence == crate::wire::request::Presence::Required);
        operation.body = Some(RequestBody { media: "application/json", schema: body_schema::<T>, required });
    }
}

impl<T: Body> Part for Patch<T> {
    fn describe(operation: &mut Operation) {
        operation.body = Some(RequestBody { media: MERGE_PATCH, schema: patch_schema::<T>, required: true });
    }
}

impl Part for Ical {
    fn describe(operation: &mut Operation) {
        operation.body = Some(RequestBody { media: "text/calendar", schema: super::schema::text, required: true });
    }
}

impl Part for FirmwareBytes {
    fn describe(operation: &mut Operation) {
        let media = "application/octet-stream";
        operation.body = Some(RequestBody { media, schema: super::schema::anything, required: true });
    }
}

impl Part for SvgBytes {
    fn describe(operation: &mut Operation) {
        let media = "image/svg+xml";
        operation.body = Some(RequestBody { media, schema: super::schema::text, required: true });
    }
}

/// What a handler gives.
pub(crate) trait Answer {
    /// Adds what it answers with.
    fn describe(operation: &mut Operation);
}

impl<T: Answer> Answer for Result<T, Refusal> {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}

impl<T: Wire> Answer for Json<T> {
    fn describe(operation: &mut Operation) {
        operation.content = Content::Json(T::schema);
    }
}

impl<L: Wire> Answer for Paged<L> {
    fn describe(operation: &mut Operation) {
        operation.has_link = true;
        operation.content = Content::Json(L::schema);
    }
}

/// Which status it is stands in the table, if it is not 200.
impl<T: Answer> Answer for (StatusCode, T) {
    fn describe(operation: &mut Operation) {
        T::describe(operation);
    }
}

/// What it holds stands in the table.
impl Answer for Response {
    fn describe(_operation: &mut Operation) {}
}

/// A handler whose parts and answer are known.
#[diagnostic::on_unimplemented(
    message = "the API's document cannot tell what `{Self}` takes and gives",
    note = "everything that a handler takes must be a `Part`, what it gives an `Answer`, and what that holds as JSON must \
            derive `ToSchema`"
)]
pub(crate) trait Described<Marker> {
    /// Adds what they say.
    fn describe(operation: &mut Operation);
}

macro_rules! described {
    ($($part:ident)*) => {
        impl<F, Fut, R, $($part),*> Described<($($part,)* R,)> for F
        where
            F: Fn($($part),*) -> Fut,
            Fut: Future<Output = R>,
            R: Answer,
            $($part: Part,)*
        {
            fn describe(operation: &mut Operation) {
                $($part::describe(operation);)*
                R::describe(operation);
            }
        }
    };
}

described! {}
described! { A }
described! { A B }
described! { A B C }
described! { A B C D }
described! { A B C D E }
described! { A B C D E G }
described! { A B C D E G H }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_called_as_its_handler() {
        assert_eq!(operation_id("rackward_dashboard::api::grants::create"), "grants_create");
    }

    #[test]
    fn what_a_route_takes_says_how_it_refuses() {
        let check = |method, path, access, expect: &[u16]| {
            let operation = Operation { path, access, ..Operation::new(method, "a::b", "") };
            let refused = operation.refused_with();
            assert!(expect.iter().all(|status| refused.contains(status)), "{method} {path}: {refused:?}");
        };
        check("get", "/x", Access::Everybody, &[400, 500, 503]);
        check("get", "/x/{id}", Access::SignedIn, &[400, 401, 403, 404, 500, 503]);
        check("post", "/x", Access::SignedIn, &[400, 401, 403, 409, 412, 422, 500, 503]);
        check("put", "/x", Access::SignedIn, &[412, 428]);
        let bare = Operation { path: "/x", access: Access::Everybody, ..Operation::new("get", "a::b", "") };
        assert!(!bare.refused_with().contains(&401));
        let refused = |method, path| Operation { path, ..Operation::new(method, "a::b", "") }.refused_with();
        assert!(!refused("post", "/x").contains(&428), "what is made need not rest on anything");
        assert!(!refused("put", "/api/v1/firmware").contains(&412), "it is not looked at");
    }
}
