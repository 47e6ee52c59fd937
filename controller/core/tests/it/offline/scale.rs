//! Ten thousand handles at once. Times are printed for whoever looks; what is asserted is that nothing is left out.

use std::time::Instant;

use super::{Hall, racks};
use crate::site::card;
use rackward_core::entry::OfflineEntry;
use rackward_core::{Command, Entry};

const HANDLES: usize = 10_000;

#[test]
fn a_revocation_that_concerns_ten_thousand_handles() {
    #[allow(clippy::disallowed_methods, reason = "printed, never asserted")]
    let clock = Instant::now;
    let start = clock();
    let mut hall = Hall::with(racks(HANDLES));
    let all: Vec<usize> = (0..HANDLES).collect();
    let others = hall.desk.person(2);
    all.chunks(50).take(20).for_each(|some| _ = hall.grant(others, some));
    println!("{HANDLES} handles come: {:?}", start.elapsed());
    let start = clock();
    let (_, grant) = hall.person(1, &all);
    println!("a right to all of them, to the last receipt: {:?}", start.elapsed());
    hall.check_converged();
    let mark = hall.mark();
    let start = clock();
    hall.desk.command(Command::RevokeGrant { grant, reason: crate::site::reason("over") }).unwrap();
    println!("the revocation settled: {:?}", start.elapsed());
    let start = clock();
    hall.carry();
    println!("and to the last receipt: {:?}", start.elapsed());
    hall.check_converged();
    let now = hall.desk.now.wall;
    assert!(hall.handles.values().all(|handle| !handle.opens(card(1), now)));
    let changes: Vec<usize> = hall.desk.journal[mark..]
        .iter()
        .filter_map(|stamped| match &stamped.entry {
            Entry::Offline(OfflineEntry::RightsChanged { narrowed, .. }) => Some(narrowed.len()),
            _ => None,
        })
        .collect();
    assert_eq!(changes, [HANDLES], "one entry for all");
    let start = clock();
    (0..200).for_each(|number| _ = hall.grant(others, &[number]));
    println!("a right to one of them: {:?} each", start.elapsed() / 200);
}
