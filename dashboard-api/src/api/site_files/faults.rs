//! Everything that is wrong with site files, in one round: with what could not be read, with names that stand for nothing, and
//! with what the engine would refuse of the objects that remain. What rests on an object with something wrong is not judged.

use std::collections::{BTreeMap, BTreeSet};

use rackward_core::engine::query::Governed;
use rackward_core::entry::ReasonText;
use rackward_core::id::PersonId;
use rackward_core::{Answer, Caller, Query};
use serde_json::Value;

use super::{prepared, tried};
use crate::api::{Api, wrong_shape};
use crate::refusal::Refusal;
use crate::site_files::Manner;
use crate::wire::problem::{FieldProblem, Problem};
use crate::wire::request::Unread;
use crate::wire::site_file::Object;

/// How often objects with something wrong are put aside: once for those that do not name what there is, once for the rest.
const ROUNDS: usize = 2;

/// Whom objects give rights and who is not there, each where they stand.
pub(super) async fn absent_people(api: &Api, caller: Caller, objects: &[Object]) -> Result<Vec<FieldProblem>, Refusal> {
    let mut named: BTreeMap<PersonId, Vec<String>> = BTreeMap::new();
    for (index, object) in objects.iter().enumerate() {
        let at = format!("/objects/{index}/spec");
        let members = object.spec.get("members").and_then(Value::as_array).into_iter().flatten().enumerate();
        let members = members.map(|(place, member)| (format!("{at}/members/{place}/person"), member.get("person")));
        for (pointer, person) in members.chain([(format!("{at}/person"), object.spec.get("person"))]) {
            if let Some(person) = person.and_then(Value::as_str).and_then(|text| text.parse().ok()) {
                named.entry(person).or_default().push(pointer);
            }
        }
    }
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let Answer::People(there) = api.ask(caller, Query::PeopleOf(named.keys().copied().collect())).await? else {
        return Err(wrong_shape());
    };
    there.iter().for_each(|person| drop(named.remove(&person.id)));
    let told = |(person, pointers): (PersonId, Vec<String>)| {
        let detail = format!("{person} does not exist; rackward person list says who there is");
        pointers.into_iter().map(move |pointer| FieldProblem { pointer, detail: detail.clone() })
    };
    Ok(named.into_iter().flat_map(told).collect())
}

/// What is wrong with the objects beside what was `found` of them, each problem once; never a plan: it would be one of a part.
pub(super) async fn all_of(
    api: &Api,
    caller: Caller,
    governed: &Governed,
    objects: &[Object],
    manner: Manner,
    why: &ReasonText,
    found: Vec<FieldProblem>,
) -> Refusal {
    let could_not = (!manner.unread.is_empty()).then(|| FieldProblem {
        pointer: "/unread".to_owned(),
        detail: "these objects could not be read; nothing is planned until they can be".to_owned(),
    });
    let (mut found, mut judged) = (found, None);
    for _ in 0..ROUNDS {
        let (numbers, rest, unread) = remaining(objects, &manner, &found);
        // What agreements allow, or what nobody knows the kind of, may be what the others rest on: the engine is not asked then.
        let may_allow = |one: &Unread| one.name.is_none() || one.kind.as_deref().is_none_or(|kind| kind == "Agreement");
        let is_asked = !unread.iter().any(may_allow);
        let manner = Manner { prune: false, unread, ..manner.clone() };
        match prepared(api, governed, &rest, manner, why, false) {
            Ok(prepared) if is_asked => judged = tried(api, caller, &prepared).await.err(),
            Ok(_) => {}
            Err(refused) => {
                found.extend(renumbered(refused, &numbers).errors);
                continue;
            }
        }
        judged = judged.map(|refused| renumbered(refused, &numbers).into());
        break;
    }
    let found = (!found.is_empty()).then(|| Refusal::invalid(found));
    let could_not = could_not.map(|problem| Refusal::invalid(vec![problem]));
    Refusal::all([found, judged, could_not].into_iter().flatten())
}

/// The objects of which nothing wrong was found, with their numbers among all, and those that count as not read.
fn remaining(objects: &[Object], manner: &Manner, found: &[FieldProblem]) -> (Vec<usize>, Vec<Object>, Vec<Unread>) {
    let faulty: BTreeSet<usize> = found.iter().filter_map(|problem| object_of(&problem.pointer)).collect();
    let mut unread = manner.unread.clone();
    unread.extend(
        faulty.iter().filter_map(|index| objects.get(*index)).map(|object| Unread {
            kind: Some(object.kind.clone()),
            name: Some(object.metadata.name.trim().to_owned()),
        }),
    );
    let kept = objects.iter().cloned().enumerate().filter(|(index, _)| !faulty.contains(index));
    let (numbers, rest) = kept.unzip();
    (numbers, rest, unread)
}

/// Which object a pointer leads into.
fn object_of(pointer: &str) -> Option<usize> {
    let rest = pointer.trim_start_matches('#').strip_prefix("/objects/")?;
    rest.split('/').next()?.parse().ok()
}

/// A refusal of some objects, by the numbers that they have among all.
fn renumbered(refusal: Refusal, numbers: &[usize]) -> Problem {
    let mut problem: Problem = refusal.into_problem();
    for error in &mut problem.errors {
        let number = object_of(&error.pointer).and_then(|index| Some((index, *numbers.get(index)?)));
        if let Some((index, number)) = number {
            error.pointer = error.pointer.replacen(&format!("/objects/{index}"), &format!("/objects/{number}"), 1);
        }
    }
    problem
}
