//! What is asked of the daemon for each change, and how its refusals point back into the file.

use super::*;

fn line() -> RosterLine {
    RosterLine {
        line: 17,
        key: "E1".to_owned(),
        name: "Ann".to_owned(),
        organisation: "lon1".to_owned(),
        status: Some(PersonStatus::Expected),
        clearance: None,
        extended_time: Some(ExtendedTime::Yes),
    }
}

#[test]
fn a_change_is_what_the_daemon_knows() {
    let check = |change: RosterChange, expect: Value| assert_eq!(json!(wishes(&change)), expect);
    let made = json!([{"do": "create_person", "name": "Ann", "external_id": "E1", "organisation": "lon1",
                       "status": "expected", "extended_time": true}]);
    check(RosterChange::Create(line()), made);
    let stopped = json!([{"do": "set_person_status", "person": "p-3", "status": "suspended"}]);
    check(RosterChange::Stop { person: PersonId::new(3) }, stopped);
    let change = RosterChange::Change {
        line: 4,
        person: PersonId::new(7),
        name: Some("Zoe".to_owned()),
        key: Some("E9".to_owned()),
        organisation: Some("hosp".to_owned()),
        clearance: Some(ThreatLevel::High),
        extended_time: None,
        status: Some(PersonStatus::Left),
    };
    check(
        change,
        json!([
            {"do": "rename_person", "person": "p-7", "name": "Zoe"},
            {"do": "change_person_details", "person": "p-7", "organisation": "hosp", "clearance": "high"},
            {"do": "set_external_id", "person": "p-7", "external_id": "E9"},
            {"do": "set_person_status", "person": "p-7", "status": "left"},
        ]),
    );
}

#[test]
fn a_refusal_points_into_the_file() {
    let body = json!({"title": "no", "status": 422, "errors": [
        {"pointer": "#/changes/1/name", "detail": "wrong"}, {"pointer": "#/changes/0", "detail": "odd"}, {"pointer": "#/reason", "detail": "x"},
    ]});
    let failure = Failure::answered(422, body.to_string().as_bytes());
    let places = ["p-3, who is not in the file".to_owned(), "line 17".to_owned()];
    let told = by_line(failure, Path::new("/somewhere/people.csv"), &places).text();
    assert_eq!(
        told,
        "error: no\n  people.csv, line 17 name  wrong\n  people.csv, p-3, who is not in the file  odd\n  reason  x"
    );
}

#[test]
fn people_are_read_back_as_the_daemon_shows_them() {
    let item = json!({"id": "p-3", "name": "Ann", "external_id": "E1", "status": "suspended", "organisation": "lon1",
                      "clearance": "high", "extended_time": false, "pin_set": true});
    let person = person_of(&item).unwrap();
    assert_eq!(
        (person.id, person.key.as_deref(), person.status),
        (PersonId::new(3), Some("E1"), PersonStatus::Suspended)
    );
    for (member, odd) in [("status", "asleep"), ("clearance", "royal"), ("id", "g-3")] {
        let mut item = item.clone();
        item[member] = json!(odd);
        assert!(person_of(&item).is_none(), "{member}");
    }
}
