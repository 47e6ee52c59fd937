//! How long a start takes at the size of a large site. Not part of every run: it writes a database of some 100 MB and says
//! how long reading it took, for `docs/benchmarks.md`.
//!
//!     cargo test --release -p rackward --lib -- --ignored --nocapture a_large_site

use std::time::Instant;

use rackward_core::RecordChange;
use rackward_core::id::{GrantId, OrganisationId, ProfileId};
use rackward_core::people::{ExtendedTime, GrantRight, Person, PersonDetails, PersonStatus, PinStatus, ThreatLevel};

use super::author;
use super::*;

const PERSONS: u32 = 100_000;

/// Memberships of each person.
const GRANTS: u32 = 4;

fn person(number: u32) -> Person {
    let details = PersonDetails {
        organisation: OrganisationId::new(number % 50),
        clearance: ThreatLevel::Normal,
        extended_time: ExtendedTime::No,
    };
    let (status, pin) = (PersonStatus::Enabled, PinStatus::Unset);
    Person { id: PersonId::new(number), status, pin, duress_pin: PinStatus::Unset, details }
}

fn rows_of(number: u32) -> impl Iterator<Item = RecordChange> {
    let name = PersonName::parse(&format!("Person {number}")).unwrap();
    let member = move |of: u32| {
        let mut grant = author::grant(number * GRANTS + of, number);
        grant.right = GrantRight::Member(ProfileId::new(of));
        RecordChange::Grant(grant)
    };
    let person = [RecordChange::Person(person(number)), RecordChange::PersonName(PersonId::new(number), name)];
    person.into_iter().chain((0..GRANTS).map(member))
}

#[tokio::test]
#[ignore = "writes a hundred megabytes and takes a minute"]
async fn a_large_site_is_loaded_as_it_was_written() {
    let (dir, mut store, mut author) = fresh().await;
    store.commit(&author.a_first_day()).await.unwrap();
    let numbers: Vec<u32> = (10..10 + PERSONS).collect();
    for some in numbers.chunks(1_000) {
        let changes = some.iter().flat_map(|number| rows_of(*number)).collect();
        store.commit(&Batch { entries: Vec::new(), changes }).await.unwrap();
    }
    store.close().await.unwrap();
    let begin = Instant::now();
    let loaded = prepare::check_and_load(&dir.path().join(DATABASE_FILE)).await.unwrap();
    let took = begin.elapsed();
    println!("{PERSONS} persons with names and {} grants loaded in {took:?}", PERSONS * GRANTS);
    assert_eq!(loaded.damaged, []);
    assert_eq!(loaded.records.persons.len() as u32, PERSONS + 1);
    assert_eq!(loaded.records.grants.len() as u32, PERSONS * GRANTS + 1);
    let last = GrantId::new((PERSONS + 9) * GRANTS);
    assert_eq!(loaded.records.grants[&last].person, PersonId::new(PERSONS + 9));
}
