//! Rosters as tables: who is on record, what the list says, what that comes to.

use super::*;

fn person(number: u32, key: Option<&str>, name: &str, status: PersonStatus) -> OnRecord {
    OnRecord {
        id: PersonId::new(number),
        key: key.map(str::to_owned),
        name: Some(name.to_owned()),
        organisation: "lon1".to_owned(),
        status,
        clearance: ThreatLevel::Normal,
        extended_time: ExtendedTime::No,
    }
}

fn line(line: u64, key: &str, name: &str) -> RosterLine {
    let (key, name, organisation) = (key.to_owned(), name.to_owned(), "lon1".to_owned());
    RosterLine { line, key, name, organisation, status: None, clearance: None, extended_time: None }
}

/// What a plan comes to, in short.
fn short(plan: &RosterPlan) -> String {
    let mut words: Vec<String> = plan
        .changes
        .iter()
        .map(|change| match change {
            RosterChange::Create(line) => format!("+{}", line.key),
            RosterChange::Change { person, .. } => format!("~{person}"),
            RosterChange::Stop { person } => format!("-{person}"),
        })
        .collect();
    words.extend(plan.problems.iter().map(|problem| format!("!{} {:?}", problem.line, problem.what)));
    words.extend(plan.unknown.iter().map(|line| format!("?{line}")));
    words.join(" ")
}

fn people() -> Vec<OnRecord> {
    vec![
        person(1, Some("E1"), "Ann", PersonStatus::Enabled),
        person(2, Some("E2"), "Ben", PersonStatus::Enabled),
        person(3, None, "Cat", PersonStatus::Enabled),
        person(4, Some("E4"), "Dan", PersonStatus::Suspended),
        person(5, Some("E5"), "Eve", PersonStatus::Left),
    ]
}

#[test]
fn each_mode_does_what_it_says() {
    let roster = [line(2, "E1", "Ann"), line(3, "E9", "Zoe"), line(4, "E4", "Dana")];
    let check =
        |mode, expect: &str| assert_eq!(short(&plan(&roster, &people(), mode, RosterKey::Key)), expect, "{mode:?}");
    check(RosterMode::Create, "+E9");
    check(RosterMode::Update, "~p-4 ?3");
    check(RosterMode::Sync, "+E9 ~p-4 -p-2");
}

#[test]
fn nobody_is_let_in_again_by_being_on_a_list() {
    let plan = plan(&[line(2, "E4", "Dan"), line(3, "E5", "Eve")], &people(), RosterMode::Update, RosterKey::Key);
    assert_eq!(short(&plan), "!3 HasLeft(PersonId(5))");
    assert_eq!((plan.stay_stopped.as_slice(), plan.unchanged), (&[PersonId::new(4)][..], 1));
    let enabled = RosterLine { status: Some(PersonStatus::Enabled), ..line(2, "E4", "Dan") };
    let said = super::plan(&[enabled], &people(), RosterMode::Update, RosterKey::Key);
    assert_eq!(short(&said), "~p-4", "unless it says so");
    let left = RosterLine { status: Some(PersonStatus::Left), ..line(2, "E9", "Zoe") };
    assert_eq!(short(&super::plan(&[left], &people(), RosterMode::Create, RosterKey::Key)), "!2 NotToBeginWith");
}

#[test]
fn a_key_is_one_persons_and_a_name_may_be_several_peoples() {
    let twice = [line(2, "E1", "Ann"), line(7, "E1", "Ben")];
    assert_eq!(short(&plan(&twice, &people(), RosterMode::Update, RosterKey::Key)), "!7 KeyOfLine(2)");
    let mut people = people();
    people.push(person(6, None, "Cat", PersonStatus::Enabled));
    let by_name = [line(2, "E3", "Cat"), line(3, "E1", "Ann")];
    assert_eq!(short(&plan(&by_name, &people, RosterMode::Update, RosterKey::Name)), "!2 SeveralOfName");
    people.pop();
    assert_eq!(short(&plan(&by_name, &people, RosterMode::Update, RosterKey::Name)), "~p-3", "the key is given");
}

#[test]
fn a_list_of_one_company_stops_nobody_of_another() {
    let mut people = people();
    people[1].organisation = "hosp".to_owned();
    assert_eq!(short(&plan(&[line(2, "E1", "Ann")], &people, RosterMode::Sync, RosterKey::Key)), "");
    // Whoever moves is found by a key that nobody else has.
    let moved = RosterLine { organisation: "hosp".to_owned(), ..line(2, "E1", "Ann") };
    let plan = plan(&[moved], &people, RosterMode::Update, RosterKey::Key);
    assert!(matches!(&plan.changes[..], [RosterChange::Change { organisation: Some(name), .. }] if name == "hosp"));
}

#[test]
fn a_list_that_was_cut_off_stops_too_many() {
    let people: Vec<OnRecord> =
        (1..=1000).map(|n| person(n, Some(&format!("E{n}")), "x", PersonStatus::Enabled)).collect();
    let first = |count: u64| -> Vec<RosterLine> { (1..=count).map(|n| line(n + 1, &format!("E{n}"), "x")).collect() };
    let check = |count: u64, allowed: Option<usize>, expect: bool| {
        let plan = plan(&first(count), &people, RosterMode::Sync, RosterKey::Key);
        assert_eq!(plan.stops_too_many(allowed), expect, "{count} {allowed:?}");
    };
    check(1000, None, false);
    check(950, None, false);
    check(949, None, true);
    check(100, None, true);
    check(100, Some(900), false);
    check(999, Some(0), true);
    let few = |left: u64, known: usize, expect: (usize, bool)| {
        let plan = plan(&first(left), &people[..known], RosterMode::Sync, RosterKey::Key);
        assert_eq!((plan.stopped, plan.stops_too_many(None)), expect, "{left} of {known}");
    };
    few(15, 20, (5, false));
    few(14, 20, (6, true));
    few(5, 10, (5, false));
    few(1, 6, (5, true));
    few(3, 6, (3, false));
    few(2, 6, (4, true));
    few(1, 2, (1, false));
}
