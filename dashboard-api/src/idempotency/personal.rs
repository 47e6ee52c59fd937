//! What names somebody is in no answer that is kept: it lies in tables that can be erased, and an answer that is kept is
//! erased with nothing. It is left out of what is kept and put back from those tables when the answer is given again; of
//! whoever was erased meanwhile nothing is put back.
//!
//! An answer that names somebody is about a person, an operator or a visitor, and begins with its id; the member follows as JSON, and no
//! text in JSON can look like a member, because a quote in a text has a backslash before it (RFC 8259 clause 7).

use rackward_core::id::{OperatorId, PersonId, VisitorId};
use serde_json::Value;

use crate::api::Api;
use crate::wire::problem::{Candidate, Problem};

/// The members that name somebody.
const MEMBERS: [&str; 3] = ["name", "provider_subject", "company"];

/// The body as it may be kept.
pub(super) fn without(body: Vec<u8>) -> Vec<u8> {
    let Some(text) = core::str::from_utf8(&body).ok().filter(|text| about(text).is_some()) else { return body };
    let text = MEMBERS.iter().fold(text.to_owned(), |text, member| with_member(&text, member, "null").unwrap_or(text));
    each_named(&text, |_| None).into_bytes()
}

/// The body as it is given again.
pub(super) fn with_names(api: &Api, body: Vec<u8>) -> Vec<u8> {
    let Some((text, id)) = core::str::from_utf8(&body).ok().and_then(|text| Some((text, about(text)?))) else {
        return body;
    };
    let known = match (id.parse::<PersonId>(), id.parse::<OperatorId>(), id.parse::<VisitorId>()) {
        (Ok(person), ..) => [api.backend.person_name(person), None, None],
        (_, Ok(operator), _) => {
            let subject = api.proofs.as_ref().and_then(|proofs| proofs.provider_subject(operator));
            [api.backend.operator_name(operator), subject, None]
        }
        (_, _, Ok(visitor)) => {
            let (name, company) = api.backend.visitor_name(visitor).unzip();
            [name, None, company.flatten()]
        }
        (Err(_), Err(_), Err(_)) => return body,
    };
    let named = MEMBERS.iter().zip(known).fold(text.to_owned(), |text, (member, value)| {
        let value = value.map(|value| Value::from(value).to_string());
        value.and_then(|value| with_member(&text, member, &value)).unwrap_or(text)
    });
    each_named(&named, |id| id.parse().ok().and_then(|person| api.backend.person_name(person))).into_bytes()
}

/// The text with other names in the objects that begin with the id of a person and that person's name: those within the answer.
fn each_named(text: &str, name: impl Fn(&str) -> Option<String>) -> String {
    const BEGIN: &str = "{\"id\":\"p-";
    let mut parts = text.split(BEGIN);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(BEGIN);
        let named = part.split_once('"').filter(|(_, rest)| rest.starts_with(",\"name\":"));
        let value = named.map(|(number, _)| name(&format!("p-{number}")).map_or(Value::Null, Value::from).to_string());
        let renamed = value.and_then(|value| with_member(part, "name", &value));
        out.push_str(renamed.as_deref().unwrap_or(part));
    }
    out
}

/// A refusal as it may be kept: whom a name could have meant is said by id.
pub(super) fn without_names(problem: &Problem) -> Problem {
    let bare = |candidate: &Candidate| Candidate { id: candidate.id.clone(), name: None };
    Problem { candidates: problem.candidates.iter().map(bare).collect(), ..problem.clone() }
}

/// Whom an answer is about, by id.
fn about(text: &str) -> Option<&str> {
    let id = text.strip_prefix("{\"id\":\"")?.split('"').next()?;
    ["p-", "opr-", "vis-"].iter().any(|kind| id.starts_with(kind)).then_some(id)
}

/// The text with another value of this member; `None` where it has no such member.
fn with_member(text: &str, member: &str, value: &str) -> Option<String> {
    let (before, after) = text.split_once(&format!("\"{member}\":"))?;
    let mut values = serde_json::Deserializer::from_str(after).into_iter::<Value>();
    values.next()?.ok()?;
    let rest = after.get(values.byte_offset()..)?;
    Some(format!("{before}\"{member}\":{value}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_named_in_an_answer_is_left_out_of_what_is_kept() {
        let check = |answer: &str, expect: &str| {
            assert_eq!(String::from_utf8(without(answer.as_bytes().to_vec())).unwrap(), expect);
        };
        check(
            r#"{"id":"p-1","name":"Ada \"x\",\"name\":\" Byrne","status":"enabled"}"#,
            r#"{"id":"p-1","name":null,"status":"enabled"}"#,
        );
        check(
            r#"{"id":"vis-1","name":"Vera","company":"Fans","host":{"id":"p-7","name":"Ada \"B\""},"area":"x"}"#,
            r#"{"id":"vis-1","name":null,"company":null,"host":{"id":"p-7","name":null},"area":"x"}"#,
        );
        check(r#"{"id":"p-1","name":null}"#, r#"{"id":"p-1","name":null}"#);
        check(r#"{"id":"p-1","state":"left"}"#, r#"{"id":"p-1","state":"left"}"#);
        check(
            r#"{"id":"opr-2","name":"m.rossi","role":"admin","provider_subject":"m@x","until":null}"#,
            r#"{"id":"opr-2","name":null,"role":"admin","provider_subject":null,"until":null}"#,
        );
        for others in [r#"{"id":"sch-1","name":"Nights"}"#, r#"{"name":"Nights"}"#, "[]", "", "\u{fffd}"] {
            check(others, others);
        }
        assert_eq!(without(vec![0xff, 0xfe]), [0xff, 0xfe]);
    }

    #[test]
    fn what_was_left_out_is_put_back_where_it_stood() {
        let whole = r#"{"id":"p-1","name":"Ada \"Byrne\"","place":null}"#;
        let kept = without(whole.as_bytes().to_vec());
        let kept = String::from_utf8(kept).unwrap();
        assert!(!kept.contains("Ada"));
        assert_eq!(with_member(&kept, "name", &Value::from("Ada \"Byrne\"").to_string()).unwrap(), whole);
        assert_eq!(with_member(&kept, "subject", "1"), None);
    }

    #[test]
    fn of_whom_a_name_could_have_meant_only_ids_are_kept() {
        let candidate = Candidate { id: "p-1".into(), name: Some("Ada Byrne".into()) };
        let problem = Problem::unknown_name("/person", "person", vec![candidate]);
        let kept = serde_json::to_string(&without_names(&problem)).unwrap();
        assert!(kept.contains("p-1") && !kept.contains("Ada"), "{kept}");
    }
}
