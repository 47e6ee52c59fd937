//! The query language: what is written is read back, whatever is given is survived, mistakes point at their column.

use proptest::prelude::*;

use super::*;

fn mistakes(text: &str) -> Vec<usize> {
    Query::read(text).1.into_iter().map(|mistake| mistake.column).collect()
}

fn terms(text: &str) -> Vec<(Sense, What)> {
    let (query, mistakes) = Query::read(text);
    assert_eq!(mistakes, [], "{text}");
    query.terms.into_iter().map(|term| (term.sense, term.what)).collect()
}

#[test]
fn queries_are_read_as_they_are_meant() {
    let check = |text: &str, expect: &[(Sense, What)]| assert_eq!(terms(text), expect, "{text}");
    let exact = |text: &str| Given::Exact(text.to_owned());
    let wild = |text: &str| Given::Wild(text.to_owned());
    check("", &[]);
    check("   ", &[]);
    check("lost", &[(Sense::With, What::Text("lost".into()))]);
    check("\"lost card\"", &[(Sense::With, What::Text("lost card".into()))]);
    check("-\"lost card\"", &[(Sense::Without, What::Text("lost card".into()))]);
    check(
        "type:access.denied -point:lon1/hall-a/r07/*",
        &[
            (Sense::With, What::Field(Field::Type, vec![exact("access.denied")])),
            (Sense::Without, What::Field(Field::Point, vec![wild("lon1/hall-a/r07/*")])),
        ],
    );
    check(
        "person:p-1,\"M. Rossi\"",
        &[(Sense::With, What::Field(Field::Person, vec![exact("p-1"), exact("M. Rossi")]))],
    );
    check(
        "from:-24h to:\"today 14:00\" during:22:00-06:00",
        &[
            (Sense::With, What::From("-24h".into())),
            (Sense::With, What::To("today 14:00".into())),
            (Sense::With, What::During("22:00-06:00".into())),
        ],
    );
    check(r#"ticket:"a \"b\" \\ *""#, &[(Sense::With, What::Field(Field::Ticket, vec![exact("a \"b\" \\ *")]))]);
}

#[test]
fn every_mistake_is_said_with_its_column() {
    let check = |text: &str, expect: &[usize]| assert_eq!(mistakes(text), expect, "{text}");
    check("colour:red", &[1]);
    check("person:p-1 colour:red shape:round", &[12, 23]);
    check("person:", &[8]);
    check("person:p-1,,p-2", &[12]);
    check("lost \"card", &[6]);
    check("\"\"", &[1]);
    check("- lost", &[1]);
    check("-from:-24h", &[1]);
    check("from:a,b during:n*", &[1, 10]);
    check("é:x ü:y", &[1, 5]);
    check(&"a ".repeat(51), &[101]);
    check(&"a".repeat(2_001), &[2_001]);
}

#[test]
fn bands_hold_over_midnight_and_by_days() {
    let check = |text: &str, expect: Option<Band>| assert_eq!(Band::named(text), expect, "{text}");
    check("Night", Some(Band::Minutes { from: 1_320, to: 360 }));
    check("08:30-24:00", Some(Band::Minutes { from: 510, to: 1_440 }));
    check("sunday", Some(Band::Days(0b100_0000)));
    for wrong in ["", "noon", "8:30-9:00", "08:30", "08:61-09:00", "25:00-26:00", "09:00-09:00", "24:00-01:00"] {
        check(wrong, None);
    }
    let utc = rackward_core::site::local_time::LocalTime::named("UTC").unwrap();
    // 2026-07-24 was a Friday.
    let at = |hour: i64| rackward_core::Wall::from_micros((1_784_851_200 + hour * 3_600) * 1_000_000);
    let held = |text: &str, hour| Band::named(text).unwrap().holds(at(hour), &utc);
    assert!(held("night", 22) && held("night", 5) && !held("night", 6) && !held("night", 21));
    assert!(held("friday", 0) && held("weekday", 23) && held("weekend", 24) && !held("friday", 24));
}

fn given() -> impl Strategy<Value = Given> {
    prop_oneof!["[a-z\"\\\\ ,*:/-]{0,6}[a-z]".prop_map(Given::Exact), "[a-z/]{0,4}\\*[a-z]{0,4}".prop_map(Given::Wild),]
}

fn what() -> impl Strategy<Value = What> {
    let text = || "[a-z\"\\\\ ,*:-]{0,8}[a-zé]";
    prop_oneof![
        text().prop_map(What::Text),
        (proptest::sample::select(&Field::ALL[..]), proptest::collection::vec(given(), 1..4))
            .prop_map(|(field, values)| What::Field(field, values)),
        "[a-z \"]{0,4}[a-z]".prop_map(What::During),
    ]
}

proptest! {
    #[test]
    fn what_is_printed_reads_back(terms in proptest::collection::vec((any::<bool>(), what()), 0..8)) {
        let sense = |is_with| if is_with { Sense::With } else { Sense::Without };
        let terms: Vec<_> = terms.into_iter().map(|(is_with, what)| (sense(is_with), what)).collect();
        let query = Query {
            terms: terms.iter().map(|(sense, what)| Term { column: 1, sense: *sense, what: what.clone() }).collect(),
        };
        let printed = query.to_string();
        let (read, mistakes) = Query::read(&printed);
        prop_assert_eq!(mistakes, vec![], "{}", printed);
        let read: Vec<_> = read.terms.into_iter().map(|term| (term.sense, term.what)).collect();
        prop_assert_eq!(read, terms, "{}", printed);
    }

    #[test]
    fn whatever_is_given_is_survived(text in "(\\PC|[-:,\"*\\\\ ]){0,60}") {
        let (query, mistakes) = Query::read(&text);
        let columns = text.chars().count() + 1;
        prop_assert!(mistakes.iter().all(|mistake| (1..=columns).contains(&mistake.column)));
        prop_assert!(query.terms.iter().all(|term| (1..=columns).contains(&term.column)));
        let (again, _) = Query::read(&query.to_string());
        prop_assert_eq!(again.terms.len(), query.terms.len(), "{}", query);
    }
}
