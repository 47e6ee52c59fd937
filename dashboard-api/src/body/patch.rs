//! Merge patches (RFC 7396): of a thing, what is to be otherwise. What is left out stays as it is, null takes away, a list is
//! given whole. What comes of one is read as a body of the whole thing is, and all that is wrong is said at once. What may be
//! patched is what the body has; what it means is the route's to say.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use rackward_core::Wall;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{is_of_type, of_members, parse, pointer, problems, unknown, unread};
use crate::api::Api;
use crate::refusal::Refusal;
use crate::wire::problem::{FieldProblem, ProblemKind};
use crate::wire::request::{Body, Presence};

/// The media type of a merge patch (RFC 7396 clause 4).
pub(crate) const MERGE_PATCH: &str = "application/merge-patch+json";

/// A patch of a thing whose changeable members are those of `T`.
pub(crate) struct Patch<T> {
    given: Map<String, Value>,
    now: Wall,
    of: PhantomData<fn() -> T>,
}

impl<T: Body> FromRequest<Api> for Patch<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Refusal> {
        if !is_of_type(request.headers(), MERGE_PATCH) {
            let detail = format!("send what is to be otherwise with Content-Type: {MERGE_PATCH}");
            return Err(Refusal::new(ProblemKind::UnsupportedMediaType, detail));
        }
        let bytes = Bytes::from_request(request, api).await.map_err(|rejection| unread(rejection.status()))?;
        Ok(Self { given: parse(&bytes)?, now: api.backend.now().wall, of: PhantomData })
    }
}

impl<T: Body> Patch<T> {
    /// Whether the patch says anything of this member.
    pub(crate) fn names(&self, member: &str) -> bool {
        self.given.contains_key(member)
    }

    /// What comes of the thing by it. `shown` is the thing as it is read; what of it no patch can change is left aside. A
    /// member that is `None` afterwards was taken away, or was not there.
    ///
    /// # Errors
    /// All that is wrong with what comes of it, by the places in the patch.
    pub(crate) fn onto(self, shown: &impl Serialize) -> Result<T, Refusal> {
        let Ok(Value::Object(mut whole)) = serde_json::to_value(shown) else {
            return Err(Refusal::new(ProblemKind::Internal, "what is there could not be read; please report it"));
        };
        whole.retain(|name, _| T::MEMBERS.iter().any(|member| member.name == name));
        let mut errors = wrong_names::<T>(&self.given);
        // Members hold texts, numbers and lists: nothing is merged deeper than here (RFC 7396 clause 2).
        for (name, value) in self.given {
            match value {
                Value::Null => drop(whole.remove(&name)),
                value => drop(whole.insert(name, value)),
            }
        }
        let told: BTreeSet<String> = errors.iter().map(|error| error.pointer.clone()).collect();
        errors.extend(problems("", &whole, T::MEMBERS).into_iter().filter(|error| !told.contains(&error.pointer)));
        if errors.is_empty() { of_members(whole, self.now) } else { Err(Refusal::invalid(errors)) }
    }
}

/// Names that no patch can have, and those that are to be gone but cannot be.
fn wrong_names<T: Body>(given: &Map<String, Value>) -> Vec<FieldProblem> {
    let names: BTreeSet<&String> = given.keys().collect();
    let wrong = names.into_iter().filter_map(|name| {
        let detail = match T::MEMBERS.iter().find(|member| member.name == name) {
            None => unknown(T::MEMBERS),
            Some(member) if member.presence == Presence::Required && given.get(name) == Some(&Value::Null) => {
                format!("{name} cannot be taken away; say what it is to be, or leave it out to keep it")
            }
            Some(_) => return None,
        };
        Some(FieldProblem { pointer: format!("/{}", pointer(name)), detail })
    });
    wrong.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::wire::request::ChangeProfile;

    fn of(json: &Value) -> Patch<ChangeProfile> {
        let given = parse(json.to_string().as_bytes()).unwrap();
        Patch { given, now: Wall::from_seconds(1_784_898_202), of: PhantomData }
    }

    fn shown() -> Value {
        json!({
            "id": "prof-1", "name": "Power", "organisation": "st-marys", "policies": [{ "door": "a", "schedule": null }],
        })
    }

    #[test]
    fn what_is_left_out_stays_and_null_takes_away() {
        let check = |patch: Value, organisation: Option<&str>, doors: &[&str]| {
            let got = of(&patch).onto(&shown()).unwrap();
            let of_doors: Vec<&str> = got.policies.iter().filter_map(|policy| policy.door.as_deref()).collect();
            assert_eq!((got.organisation.as_deref(), of_doors.as_slice()), (organisation, doors), "{patch}");
        };
        check(json!({ "reason": "x" }), Some("st-marys"), &["a"]);
        check(json!({ "reason": "x", "organisation": "the-royal" }), Some("the-royal"), &["a"]);
        check(json!({ "reason": "x", "organisation": null }), None, &["a"]);
        check(json!({ "reason": "x", "policies": [] }), Some("st-marys"), &[]);
        check(json!({ "reason": "x", "policies": [{ "door": "b" }, { "door": "c" }] }), Some("st-marys"), &["b", "c"]);
    }

    #[test]
    fn everything_wrong_with_a_patch_is_said_at_once() {
        let check = |patch: Value, expect: &[&str]| {
            let refusal = of(&patch).onto(&shown()).err().map(Refusal::into_problem);
            let got = refusal.map_or(Vec::new(), |problem| problem.errors);
            let pointers: Vec<&str> = got.iter().map(|error| error.pointer.as_str()).collect();
            assert_eq!(pointers, expect, "{patch}");
        };
        check(json!({}), &["/reason"]);
        check(json!({ "reason": null }), &["/reason"]);
        check(json!({ "reason": "x", "policies": null }), &["/policies"]);
        check(json!({ "reason": "x", "policies": { "door": "b" } }), &["/policies"]);
        check(json!({ "reason": "x", "policies": [{ "gate": "b" }] }), &["/policies/0/gate"]);
        check(json!({ "id": "prof-2", "colour": null, "reason": 3 }), &["/colour", "/id", "/reason"]);
    }
}
