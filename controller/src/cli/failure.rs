//! Why a verb came to nothing: one problem document (RFC 9457), whether the daemon sent it or it arose here, and the exit
//! code that scripts see. What is shown of it, and in which order, is decided here as well.

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::output::safe;

/// How the program ends; the numbers are a contract (`rackward help exit-codes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; also an empty list.
    Done,
    /// Failed, unclassified.
    Failed,
    /// The command line was not understood.
    Usage,
    /// Cancelled at a prompt, or by an operator.
    Cancelled,
    /// Not signed in, a session or token that does not count, or no right to use the socket.
    NotSignedIn,
    /// Refused by policy or rights.
    Refused,
    /// The object's state does not allow it.
    Conflict,
    /// The input is not acceptable.
    Invalid,
    /// Accepted, and waits for approval.
    Waiting,
    /// Stored, and not every device has acknowledged it.
    Behind,
    /// Something differs, and that was to be told so.
    Differs,
    /// The daemon cannot be reached or does not answer, or another one shows its certificate.
    Unreachable,
    /// Something named does not exist.
    NotFound,
    /// The evidence did not hold.
    NotVerified,
    /// Ctrl-C.
    Interrupted,
}

impl Exit {
    /// The number.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Cancelled => 3,
            Self::NotSignedIn => 4,
            Self::Refused => 5,
            Self::Conflict => 6,
            Self::Invalid => 7,
            Self::Waiting => 8,
            Self::Behind => 9,
            Self::Differs => 10,
            Self::Unreachable => 11,
            Self::NotFound => 12,
            Self::NotVerified => 13,
            Self::Interrupted => 130,
        }
    }

    /// The HTTP status that means the same, for a problem that no daemon answered with.
    const fn status(self) -> u16 {
        match self {
            Self::Done | Self::Waiting | Self::Behind | Self::Differs => 200,
            Self::Usage => 400,
            Self::NotSignedIn => 401,
            Self::Refused => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Invalid => 422,
            Self::Unreachable => 503,
            Self::Failed | Self::Cancelled | Self::NotVerified | Self::Interrupted => 500,
        }
    }

    /// What an HTTP status means for the caller. 423 is a lockdown in force, which is policy; 429 and 503 pass with time.
    pub(crate) const fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Done,
            401 => Self::NotSignedIn,
            403 | 423 => Self::Refused,
            404 => Self::NotFound,
            409 | 412 | 428 => Self::Conflict,
            400 | 413 | 414 | 415 | 422 => Self::Invalid,
            408 | 429 | 502..=504 => Self::Unreachable,
            _ => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a verb came to nothing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    /// How the program ends.
    pub(crate) exit: Exit,
    /// The problem document.
    document: Value,
}

impl Failure {
    /// A problem that arose in this program: `title` says what failed, `detail` where and why, `help` what to do.
    pub(crate) fn new(exit: Exit, slug: &str, title: &str, detail: impl Into<String>, help: impl Into<String>) -> Self {
        let document = json!({
            "type": format!("https://rackward.invalid/problems/{slug}"),
            "title": title,
            "status": exit.status(),
            "code": format!("RW-L{:03}", exit.code()),
            "detail": detail.into(),
            "help": help.into(),
        });
        Self { exit, document }
    }

    /// The same with one more member of the document.
    pub(crate) fn with(mut self, name: &str, value: Value) -> Self {
        if let Some(members) = self.document.as_object_mut() {
            members.insert(name.to_owned(), value);
        }
        self
    }

    /// Something typed that cannot be used.
    pub(crate) fn usage(flag: &str, problem: &dyn std::fmt::Display) -> Self {
        Self::new(Exit::Usage, "usage", &format!("{flag} was not understood"), problem.to_string(), "")
    }

    /// The daemon's refusal: its status, and its problem document if it sent one. A name that stands for nothing is not
    /// found, wherever in the request it was; a key that belongs to another request is a conflict, not a wrong input.
    pub(crate) fn answered(status: u16, body: &[u8]) -> Self {
        let exit = Exit::of_status(status);
        match serde_json::from_slice(body) {
            Ok(document @ Value::Object(_)) => {
                let named = listing(&document);
                let exit = match named {
                    Some(_) => Exit::NotFound,
                    None if is_kind(&document, "idempotency-key-reused") => Exit::Conflict,
                    None if NOT_SIGNED_IN.iter().any(|kind| is_kind(&document, kind)) => Exit::NotSignedIn,
                    None if is_kind(&document, "expired-token") => Exit::Cancelled,
                    None if is_kind(&document, "tests-failed") => Exit::NotVerified,
                    None => exit,
                };
                let failure = Self { exit, document };
                match named {
                    Some(Some(listing)) => failure.helped(&format!("see what there is with: rackward {listing}")),
                    Some(None) | None => failure,
                }
            }
            Ok(_) | Err(_) => {
                let detail = format!("it answered {status} without saying why");
                let mut failure = Self::new(
                    exit,
                    "unexplained",
                    "the daemon refused the request",
                    detail,
                    "look into the daemon's log",
                );
                if let Some(members) = failure.document.as_object_mut() {
                    members.insert("status".to_owned(), json!(status));
                }
                failure
            }
        }
    }

    /// The same with advice, if the daemon named `field` of the input as wrong and gave no advice of its own.
    pub(crate) fn advise(self, field: &str, help: &str) -> Self {
        let errors = self.document.get("errors").and_then(Value::as_array);
        let named = |error: &Value| error.get("pointer").and_then(Value::as_str).is_some_and(|at| at.ends_with(field));
        let wrong = errors.is_some_and(|errors| errors.iter().any(named));
        if wrong { self.helped(help) } else { self }
    }

    /// The same with advice, if it ended so and there was no advice yet.
    pub(crate) fn advise_on(self, exit: Exit, help: &str) -> Self {
        if self.exit == exit { self.helped(help) } else { self }
    }

    /// The same with advice, if it is this problem and there was no advice yet.
    pub(crate) fn helped_with(self, slug: &str, help: &str) -> Self {
        if is_kind(&self.document, slug) { self.helped(help) } else { self }
    }

    /// The same with other advice, if it is this problem.
    pub(crate) fn helped_instead(mut self, slug: &str, help: &str) -> Self {
        if is_kind(&self.document, slug)
            && let Some(members) = self.document.as_object_mut()
        {
            members.insert("help".to_owned(), json!(help));
        }
        self
    }

    /// The same with the key of the change and what it is good for, if the change may have been done or may yet be: nothing
    /// of what was sent came to a refusal.
    pub(crate) fn repeatable(mut self, key: &str) -> Self {
        let in_doubt = is_kind(&self.document, "unanswered");
        let may_yet = [500, 502, 503, 504, 408, 429].map(Some).contains(&self.status())
            || is_kind(&self.document, "idempotency-key-running");
        let Some(members) = self.document.as_object_mut().filter(|_| in_doubt || may_yet) else { return self };
        members.insert("idempotency_key".to_owned(), json!(key));
        let again = format!("repeated with --idempotency-key '{key}' it is done once at most");
        if in_doubt {
            members.insert("help".to_owned(), json!(format!("whether this was done is not known; {again}")));
            return self;
        }
        self.helped(&again)
    }

    /// The same with each single problem pointing to where people look for it; `None` leaves a pointer as it is.
    pub(crate) fn pointing(mut self, place: impl Fn(&str) -> Option<String>) -> Self {
        for error in self.document.get_mut("errors").and_then(Value::as_array_mut).into_iter().flatten() {
            let found = error.get("pointer").and_then(Value::as_str).and_then(&place);
            if let (Some(members), Some(found)) = (error.as_object_mut(), found) {
                members.insert("pointer".to_owned(), json!(found));
            }
        }
        self
    }

    /// Whether it is this problem.
    pub(crate) fn is(&self, slug: &str) -> bool {
        is_kind(&self.document, slug)
    }

    /// Whether the daemon may be there again in a while. A wrong certificate does not become right by waiting.
    pub(crate) fn passes(&self) -> bool {
        self.exit == Exit::Unreachable && !self.is("wrong-certificate")
    }

    fn status(&self) -> Option<u64> {
        self.document.get("status").and_then(Value::as_u64)
    }

    fn helped(mut self, help: &str) -> Self {
        if let Some(members) = self.document.as_object_mut() {
            members.entry("help").or_insert_with(|| json!(help));
        }
        self
    }

    /// The daemon does not listen at `socket`, or stopped answering.
    pub(crate) fn unreachable(socket: &Path, cause: &dyn std::fmt::Display) -> Self {
        Self::new(
            Exit::Unreachable,
            "unreachable",
            "the daemon does not answer",
            format!("{}: {cause}", socket.display()),
            "start it with `rackward demo` or `rackward run --config FILE`, or name its directory with --dir or another \
             machine's console with --server",
        )
    }

    /// The same with the places of its single problems told otherwise.
    pub(crate) fn placed(mut self, place: impl Fn(&str) -> Option<String>) -> Self {
        let errors = self.document.get_mut("errors").and_then(Value::as_array_mut);
        for error in errors.into_iter().flatten().filter_map(Value::as_object_mut) {
            let found = error.get("pointer").and_then(Value::as_str).and_then(&place);
            if let Some(found) = found {
                error.insert("pointer".to_owned(), json!(found));
            }
        }
        self
    }

    /// The problem document, as `-o json` prints it.
    pub(crate) fn document(&self) -> &Value {
        &self.document
    }

    /// What people read: what failed and the code under which it is found, then where and why, last what to do.
    pub(crate) fn text(&self) -> String {
        let mut lines = self.lines();
        if let Some(first) = lines.first_mut() {
            *first += &self.code();
        }
        lines.join("\n")
    }

    /// The first line alone, for a reader who gets the document as well.
    pub(crate) fn headline(&self) -> String {
        let lines = self.lines();
        let said: Vec<&str> = lines.iter().take(2).map(|line| line.trim_start()).collect();
        said.join(": ") + &self.code()
    }

    /// The code to search for, as it stands at the end of a line.
    fn code(&self) -> String {
        let code = self.document.get("code").and_then(Value::as_str).filter(|code| !code.is_empty());
        code.map(|code| format!(" [{}]", safe(code))).unwrap_or_default()
    }

    /// The lines without the code. A detail that only repeats the single problems gives way to them.
    fn lines(&self) -> Vec<String> {
        let member = |name: &str| self.document.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let findings = self.findings();
        let (title, detail) = (member("title"), member("detail").filter(|_| findings.is_empty()));
        let mut lines = vec![format!("error: {}", safe(title.or(detail).unwrap_or("the request failed")))];
        if let (Some(_), Some(detail)) = (title, detail) {
            lines.extend(detail.lines().map(|line| format!("  {}", safe(line))));
        }
        lines.extend(findings);
        lines.extend(self.document.get("policy").and_then(policy_words).map(|policy| format!("  policy {policy}")));
        if let Some(help) = member("help") {
            lines.push(format!("help: {}", safe(help)));
        }
        lines
    }

    /// The single problems of the input, and the candidates for a name that fits several.
    fn findings(&self) -> Vec<String> {
        let list = |name: &str| self.document.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let mut lines = Vec::new();
        for error in list("errors") {
            let part = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
            let place = place_words(part("pointer"));
            lines.push(format!("  {}  {}", safe(place), safe(part("detail"))).trim_end().to_owned());
        }
        for candidate in list("candidates") {
            let text = candidate.as_str().map_or_else(|| candidate_words(&candidate), str::to_owned);
            lines.push(format!("  could be  {}", safe(&text)));
        }
        lines
    }
}

/// A pointer into what was sent (RFC 6901 section 6) without the signs that make it one. A place in a file is told as it is.
fn place_words(pointer: &str) -> &str {
    let inside = pointer.strip_prefix('#').map_or(pointer, |inside| inside.trim_start_matches('/'));
    inside.trim_matches(['{', '}'])
}

/// Problems whose status alone does not say that nobody was signed in.
const NOT_SIGNED_IN: [&str; 5] =
    ["sign-in-failed", "access-denied", "invalid-grant", "no-provider", "certificate-refused"];

/// Which policy refused, of what, and where the site file says so.
fn policy_words(policy: &Value) -> Option<String> {
    let part = |name: &str| policy.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(safe);
    let mut words = part("name")?;
    words.extend(part("of").map(|of| format!(" of {of}")));
    words.extend(part("at").map(|at| format!(" ({at})")));
    Some(words)
}

/// Whether a document is this kind of problem.
fn is_kind(document: &Value, slug: &str) -> bool {
    let kind = document.get("type").and_then(Value::as_str).unwrap_or_default();
    kind.rsplit('/').next() == Some(slug)
}

/// For a name that stands for nothing, the verb that lists what there is, if one does; `None` for any other problem.
fn listing(document: &Value) -> Option<Option<&'static str>> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let several = document.get("candidates").and_then(Value::as_array).is_some_and(|several| !several.is_empty());
    if several || !is_kind(document, "unknown-name") {
        return None;
    }
    let pointer = document.pointer("/errors/0").map(|error| text(error, "pointer")).unwrap_or_default();
    let member = |part: &&str| part.chars().any(|c| !c.is_ascii_digit());
    let last = pointer.trim_start_matches(['#', '?', '/']).split('/').rfind(member).unwrap_or_default();
    Some(match last.trim_matches(['{', '}']) {
        "person" | "id" => Some("person list"),
        "door" | "doors" => Some("door list"),
        "rack" => Some("rack list"),
        "area" | "areas" => Some("area list"),
        "point" => Some("point list"),
        "schedule" => Some("schedule list"),
        "calendar" => Some("calendar list"),
        "profile" => Some("profile list"),
        "organisation" | "owner" | "guest" => Some("organisation list"),
        "operator" | "to" => Some("operator list"),
        _ => None,
    })
}

/// A candidate that is an object, such as a person with id and name, as words.
fn candidate_words(candidate: &Value) -> String {
    let words = ["id", "name", "path"].into_iter().filter_map(|name| candidate.get(name).and_then(Value::as_str));
    words.collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_become_exit_codes() {
        let check = |status: u16, code: u8| assert_eq!(Exit::of_status(status).code(), code, "{status}");
        check(200, 0);
        check(201, 0);
        check(400, 7);
        check(401, 4);
        check(403, 5);
        check(404, 12);
        check(405, 1);
        check(409, 6);
        check(412, 6);
        check(413, 7);
        check(422, 7);
        check(423, 5);
        check(429, 11);
        check(500, 1);
        check(503, 11);
        check(504, 11);
    }

    /// Every code there is; one that is added and not told of fails to compile or fails below.
    #[test]
    fn every_exit_code_is_told_of() {
        use Exit::{
            Behind, Cancelled, Conflict, Differs, Done, Failed, Interrupted, Invalid, NotFound, NotSignedIn,
            NotVerified, Refused, Unreachable, Usage, Waiting,
        };
        const ALL: [Exit; 15] = [
            Done,
            Failed,
            Usage,
            Cancelled,
            NotSignedIn,
            Refused,
            Conflict,
            Invalid,
            Waiting,
            Behind,
            Differs,
            Unreachable,
            NotFound,
            NotVerified,
            Interrupted,
        ];
        const _: fn(Exit) = |exit| match exit {
            Done | Failed | Usage | Cancelled | NotSignedIn | Refused | Conflict | Invalid | Waiting | Behind
            | Differs | Unreachable | NotFound | NotVerified | Interrupted => {}
        };
        let told = crate::cli::arguments::EXIT_CODES.lines().skip(1);
        let told: Vec<u8> = told.map(|line| line.split_whitespace().next().unwrap().parse().unwrap()).collect();
        assert_eq!(told, ALL.map(Exit::code));
    }

    #[test]
    fn a_problem_reads_from_what_failed_to_what_to_do() {
        let body = json!({
            "title": "The input is not acceptable", "status": 422, "detail": "this area asks for a change ticket; two people fit",
            "errors": [{"pointer": "#/ticket", "detail": "this area asks for a change ticket"},
                       {"pointer": "#/person", "detail": "two people fit"}],
            "candidates": ["p-2  Ann", {"id": "p-9", "name": "Anna"}],
            "help": "add --ticket",
        });
        let failure = Failure::answered(422, body.to_string().as_bytes());
        let expect = "error: The input is not acceptable\n  ticket  this area asks for a change ticket\n  \
                      person  two people fit\n  could be  p-2  Ann\n  could be  p-9  Anna\nhelp: add --ticket";
        assert_eq!(failure.text(), expect);
        assert_eq!(
            failure.headline(),
            "error: The input is not acceptable: ticket  this area asks for a change ticket"
        );
        assert_eq!((failure.exit, failure.document()), (Exit::Invalid, &body));
    }

    #[test]
    fn a_place_in_a_file_is_told_as_it_is() {
        let check = |pointer: &str, expect: &str| assert_eq!(place_words(pointer), expect);
        check("#/spec/points/0", "spec/points/0");
        check("{id}", "id");
        check("?person", "?person");
        check("/etc/site/a.toml:3:1", "/etc/site/a.toml:3:1");
        check("/etc/site", "/etc/site");
    }

    #[test]
    fn a_refusal_names_its_policy_and_its_code() {
        let check = |policy: Value, expect: &str| {
            let body = json!({"title": "no", "code": "RW-R001", "detail": "why", "policy": policy, "help": "ask"});
            let failure = Failure::answered(403, body.to_string().as_bytes());
            assert_eq!(failure.text(), format!("error: no [RW-R001]\n  why\n{expect}help: ask"), "{policy}");
            assert_eq!(failure.headline(), "error: no: why [RW-R001]", "{policy}");
        };
        check(
            json!({"name": "ticket", "of": "lon1/hall-a", "at": "site.toml:41"}),
            "  policy ticket of lon1/hall-a (site.toml:41)\n",
        );
        check(json!({"name": "permission", "of": "give_rights"}), "  policy permission of give_rights\n");
        check(json!({"name": "two_operators\u{1b}"}), "  policy two_operators\\u{1b}\n");
        check(json!({"of": "x"}), "");
        check(json!(null), "");
        let own = Failure::new(Exit::Failed, "output", "it broke", "off", "");
        assert_eq!(own.text(), "error: it broke [RW-L001]\n  off");
    }

    #[test]
    fn a_name_that_stands_for_nothing_is_not_found() {
        let check = |pointer: &str, candidates: Value, exit: Exit, help: Option<&str>| {
            let body = json!({"type": "https://rackward.invalid/problems/unknown-name", "candidates": candidates,
                              "errors": [{"pointer": pointer, "detail": "nothing is called so"}]});
            let failure = Failure::answered(422, body.to_string().as_bytes());
            let said = failure.document().get("help").and_then(Value::as_str);
            assert_eq!((failure.exit, said), (exit, help), "{pointer}");
        };
        check("/rack", json!([]), Exit::NotFound, Some("see what there is with: rackward rack list"));
        check("/doors/3", json!([]), Exit::NotFound, Some("see what there is with: rackward door list"));
        check("/to", json!([]), Exit::NotFound, Some("see what there is with: rackward operator list"));
        check("?person", json!([]), Exit::NotFound, Some("see what there is with: rackward person list"));
        check("{id}", json!([]), Exit::NotFound, Some("see what there is with: rackward person list"));
        check(
            "/policies/0/schedule",
            json!([]),
            Exit::NotFound,
            Some("see what there is with: rackward schedule list"),
        );
        check("/zone", json!([]), Exit::NotFound, None);
        check("/rack", json!(["a/r01", "b/r01"]), Exit::Invalid, None);
    }

    #[test]
    fn a_key_of_another_request_is_a_conflict() {
        let check = |slug: &str, status: u16, exit: Exit| {
            let body = json!({ "type": format!("https://rackward.invalid/problems/{slug}"), "status": status });
            assert_eq!(Failure::answered(status, body.to_string().as_bytes()).exit, exit, "{slug}");
        };
        check("idempotency-key-reused", 422, Exit::Conflict);
        check("idempotency-key-running", 409, Exit::Conflict);
        check("invalid", 422, Exit::Invalid);
    }

    #[test]
    fn the_key_is_told_where_repeating_makes_sense() {
        let check = |slug: &str, status: u16, expect: Option<&str>| {
            let body = json!({ "type": format!("https://rackward.invalid/problems/{slug}"), "status": status });
            let failure = Failure::answered(status, body.to_string().as_bytes()).repeatable("k-1");
            let said = failure.document().get("help").and_then(Value::as_str);
            assert_eq!(said, expect, "{slug}");
            assert_eq!(failure.document().get("idempotency_key").is_some(), expect.is_some(), "{slug}");
        };
        let again = Some("repeated with --idempotency-key 'k-1' it is done once at most");
        check("timed-out", 503, again);
        check("not-yet-durable", 503, again);
        check("internal", 500, again);
        check("too-many-requests", 429, again);
        check("idempotency-key-running", 409, again);
        check("outcome-unknown", 409, None);
        check("invalid", 422, None);
        check("forbidden", 403, None);
        let silent = Failure::new(Exit::Unreachable, "unanswered", "t", "d", "look").repeatable("k-1");
        let doubt = "help: whether this was done is not known; repeated with --idempotency-key 'k-1'";
        assert!(silent.text().contains(doubt), "{}", silent.text());
        let unsent = Failure::new(Exit::Unreachable, "unreachable", "t", "d", "start it").repeatable("k-1");
        assert!(unsent.text().ends_with("help: start it"));
    }

    #[test]
    fn advice_is_given_where_it_fits_and_none_was_given() {
        let check = |body: Value, expect: Option<&str>| {
            let failure = Failure::answered(422, body.to_string().as_bytes()).advise("ticket", "add --ticket");
            assert_eq!(failure.document().get("help").and_then(Value::as_str), expect, "{body}");
        };
        check(json!({"errors": [{"pointer": "/reason"}, {"pointer": "/ticket"}]}), Some("add --ticket"));
        check(json!({"errors": [{"pointer": "/ticket"}], "help": "other"}), Some("other"));
        check(json!({"errors": [{"pointer": "/reason"}]}), None);
        check(json!({}), None);
    }

    #[test]
    fn an_answer_without_a_document_still_says_something() {
        for body in ["", "gone", "[]", "\"x\"", "{"] {
            let failure = Failure::answered(500, body.as_bytes());
            assert_eq!(failure.exit, Exit::Failed, "{body}");
            assert!(failure.text().contains("it answered 500"), "{body}");
        }
        assert_eq!(Failure::answered(404, b"{}").text(), "error: the request failed");
    }

    #[test]
    fn escape_bytes_of_the_other_side_do_not_reach_the_terminal() {
        let body = json!({"title": "\u{1b}[2Jgone", "detail": "a\u{202e}b\tc"});
        let text = Failure::answered(500, body.to_string().as_bytes()).text();
        assert_eq!(text, "error: \\u{1b}[2Jgone\n  a\\u{202e}b\\u{9}c");
    }
}
