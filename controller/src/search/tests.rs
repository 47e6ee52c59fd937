//! The index beside the journal: whatever is searched for, it finds what looking at every entry finds.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rackward_core::alarm::{AlarmKind, AlarmSource};
use rackward_core::entry::{Denial, Entry, ReasonText};
use rackward_core::id::{AlarmId, CommandId, CredentialId, DoorId, Generation, GrantId, PersonId, PointId};
use rackward_core::permission::Actor;
use rackward_core::{Batch, Stamped, Wall};
use rackward_dashboard::query::{Marks, Meaning, Order, Total, meant};
use rackward_dashboard::wire::event::CloudEvent;

use super::*;
use crate::config::Config;
use crate::cursor::{Consumer as _, Position};
use crate::store::Store;

const SITE: &str = r#"[site]
name = "lon1"
time_zone = "Europe/London"
[storage]
dir = "var"
[console]
listen = "[::1]:0"
[[area]]
path = "lon1/lobby"
[[area]]
path = "lon1/hall-a"
inside = "lon1/lobby"
[[door]]
path = "lon1/main-entrance"
kind = "door"
area = "lon1/lobby"
[[door]]
path = "lon1/hall-a-door"
kind = "door"
area = "lon1/hall-a"
[[bus]]
name = "b"
port = "/dev/ttyUSB0"
baud = 115200
[[device]]
name = "main-reader"
role = "reader"
door = "lon1/main-entrance"
side = "out"
bus = "b"
address = 1
[[device]]
name = "main-lock"
role = "lock"
door = "lon1/main-entrance"
bus = "b"
address = 2
[[device]]
name = "hall-reader"
role = "reader"
door = "lon1/hall-a-door"
side = "out"
bus = "b"
address = 3
[[device]]
name = "hall-lock"
role = "lock"
door = "lon1/hall-a-door"
bus = "b"
address = 4
"#;

fn site() -> Arc<Site> {
    site_of(SITE)
}

fn site_of(text: &str) -> Arc<Site> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("rackward.toml");
    std::fs::write(&file, text).unwrap();
    let config = Config::read(&file).unwrap_or_else(|error| panic!("{error}"));
    Arc::new(config.draft.build(&BTreeMap::new()).unwrap())
}

/// Friday, 24 July 2026, 12:00 UTC, in microseconds.
const NOON: i64 = 1_784_894_400_000_000;
const MINUTE: i64 = 60_000_000;

/// What happens at a site, by a number.
fn entry(site: &Site, dice: u64) -> Entry {
    let doors: Vec<DoorId> = site.doors().map(|door| door.id).collect();
    let points: Vec<PointId> = site.points().map(|point| point.id).collect();
    let pick = |of: usize, shift: u32| usize::try_from((dice >> shift) % of as u64).unwrap();
    let (door, point) = (doors[pick(doors.len(), 8)], points[pick(points.len(), 8)]);
    let number = u32::try_from(dice >> 16 & 7).unwrap();
    let (person, credential, grant) = (PersonId::new(number), CredentialId::new(number), GrantId::new(number));
    let by = Actor::LocalUser(1_000 + number);
    match dice % 6 {
        0 => Entry::AccessDenied { point, person: Some(person), credential: None, reason: Denial::PinWrong },
        1 => {
            let (release_time, command) = (Duration::from_secs(5), CommandId::new(9));
            Entry::AccessGranted { point, door, person, credential, grant, release_time, command }
        }
        2 => Entry::AlarmRaised {
            alarm: AlarmId::new(number),
            kind: AlarmKind::DoorForced,
            source: AlarmSource::Door(door),
        },
        3 => {
            let reason = ReasonText::parse(["Lost card", "Swap PSU 50%", "left_over"][pick(3, 20)]).unwrap();
            Entry::GrantRevoked { grant, reason, by, generation: Generation::new(1) }
        }
        4 => {
            let (ticket, reason) = (ReasonText::parse("CHG-77").unwrap(), ReasonText::parse("done").unwrap());
            Entry::TicketClosed { ticket, reason, by }
        }
        _ => Entry::AccessTaken { door, person: Some(person) },
    }
}

fn journal(site: &Site, dice: &[u64]) -> Vec<Stamped> {
    let numbered = dice.iter().zip(1_u64..);
    let stamp = |(dice, seq): (&u64, u64)| {
        // The clock goes back now and then.
        let back = if dice % 97 == 0 { 90 * MINUTE } else { 0 };
        let at = Wall::from_micros(NOON + i64::try_from(seq).unwrap() * MINUTE - back);
        Stamped { seq: Seq::new(seq), at, entry: entry(site, *dice) }
    };
    numbered.map(stamp).collect()
}

const QUERIES: &[&str] = &[
    "type:access.denied",
    "type:access.*",
    "-type:access.*",
    "person:p-3",
    "person:p-3,p-4 -type:alarm.raised",
    "door:main-entrance",
    "door:lon1/*",
    "point:hall-a-door/*",
    "area:hall-a",
    "area:lobby -area:hall-a",
    "device:*",
    "credential:cred-2 grant:g-2",
    "alarm:alm-1 kind:door_forced_open",
    "by:uid:1003",
    "reason:n12",
    "reason:pin_wrong,\"lost card\"",
    "reason:swap*",
    "\"50%\"",
    "left_over",
    "LOST",
    "-\"lost\"",
    "forced",
    "\"forced open\"",
    "denied pin",
    "\"access denied\" -hall",
    "revoked -lost",
    "P-3",
    "lon1",
    "main-entrance",
    "\"uid:1003\"",
    "nothing-of-the-kind",
    "ticket:chg-77",
    "ticket:chg-78",
    "during:night",
    "-during:night door:main-entrance",
    "during:saturday type:access.denied",
    "from:2026-07-24T14:00:00Z",
    "to:2026-07-24T14:00:00Z person:p-1",
    "from:2026-07-24T13:00:00Z to:2026-07-24T18:30:00Z -during:16:00-18:00",
    "from:2030-01-01",
];

fn search(site: &Site, text: &str, limit: u16) -> Search {
    let meaning = Meaning { site, now: Wall::from_micros(NOON), people: &|_| Vec::new() };
    meant(text, &meaning, limit).unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}"))
}

/// All pages of a search.
async fn all_pages(index: &SearchIndex, mut search: Search, head: Seq) -> (Vec<Seq>, Vec<Total>) {
    let (mut seqs, mut totals) = (Vec::new(), Vec::new());
    loop {
        let hits = index.hits(&search, head).await.unwrap();
        seqs.extend(hits.seqs);
        totals.push(hits.total);
        search.past = hits.next;
        if hits.next.is_none() {
            return (seqs, totals);
        }
    }
}

async fn compare(site: &Arc<Site>, dice: &[u64], batch: usize, limit: u16) {
    let (dir, journal) = (tempfile::tempdir().unwrap(), journal(site, dice));
    let index = SearchIndex::in_dir(dir.path());
    let mut filler = index.filler(Arc::clone(site));
    for entries in journal.chunks(batch) {
        assert_eq!(filler.take(entries).await.unwrap(), entries.last().unwrap().seq);
    }
    let head = Seq::new(journal.len() as u64);
    let marked: Vec<(Seq, Wall, Marks)> =
        journal.iter().map(|entry| (entry.seq, entry.at, CloudEvent::marks(entry, site))).collect();
    for text in QUERIES {
        for (order, after) in [(Order::OldestFirst, 0), (Order::NewestFirst, 0), (Order::NewestFirst, 5)] {
            let search = Search { order, after: Seq::new(after), ..search(site, text, limit) };
            let is_meant = |(seq, at, marks): &&(Seq, Wall, Marks)| search.matches(*seq, *at, marks);
            let mut expected: Vec<Seq> = marked.iter().filter(is_meant).map(|(seq, _, _)| *seq).collect();
            if order == Order::NewestFirst {
                expected.reverse();
            }
            let (seqs, totals) = all_pages(&index, search, head).await;
            assert_eq!(seqs, expected, "{text} {order:?} after {after}");
            assert_eq!(totals[0], Total::Counted(expected.len() as u64), "{text}");
        }
        for bars in [1, 7, 1_000] {
            compare_bars(&index, &search(site, text, limit), &journal, &marked, bars).await;
        }
    }
}

/// The bars of a search beside those of a look at every entry.
async fn compare_bars(
    index: &SearchIndex,
    search: &Search,
    journal: &[Stamped],
    marked: &[(Seq, Wall, Marks)],
    bars: u16,
) {
    let (from, to) = (Wall::from_micros(NOON - 60 * MINUTE), Wall::from_micros(NOON + 2_000 * MINUTE));
    let scale = Scale::between(search.from.unwrap_or(from), search.to.unwrap_or(to), bars);
    let mut expected = Bars::none(&scale);
    for ((seq, at, marks), stamped) in marked.iter().zip(journal) {
        let is = |name| u64::from(stamped.entry.event_name() == name);
        if let Some(bar) = scale.bar_of(*at).filter(|_| search.matches(*seq, *at, marks)) {
            expected.add(bar, 1, is("alarm.raised"), is("access.denied"));
        }
    }
    let got = index.bars(search, &scale, Seq::new(journal.len() as u64)).await.unwrap();
    assert_eq!(got, expected, "{search:?} in {bars}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn the_index_finds_what_looking_at_every_entry_finds(
        dice in proptest::collection::vec(any::<u64>(), 1..300),
        batch in 1_usize..50,
        limit in 1_u16..40,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(compare(&site(), &dice, batch, limit));
    }
}

#[tokio::test]
async fn blocks_make_no_difference() {
    let mut dice = 88_172_645_463_325_252_u64;
    let mut throw = || {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        dice >> 8
    };
    let dice: Vec<u64> = (0..3_500).map(|_| throw()).collect();
    compare(&site(), &dice, 999, 700).await;
}

#[tokio::test]
async fn the_position_is_committed_with_the_entries_and_starting_over_forgets_both() {
    let (site, dir) = (site(), tempfile::tempdir().unwrap());
    let journal = journal(&site, &[0, 1, 2, 3, 4, 5]);
    let index = SearchIndex::in_dir(dir.path());
    let mut filler = index.filler(Arc::clone(&site));
    assert_eq!(filler.own_position().await.unwrap(), Some(Position::START));
    filler.take(&journal[..4]).await.unwrap();
    // The same entries again: nothing of them may stay, nor of the words they brought.
    filler.take(&journal[2..]).await.unwrap_err();
    let position = SearchIndex::in_dir(dir.path()).filler(Arc::clone(&site)).own_position().await.unwrap();
    assert_eq!(position, Some(Position::of(&journal[3])));
    filler.take(&journal[4..]).await.unwrap();
    let everything = search(&site, "-note:nothing", 100);
    assert_eq!(index.hits(&everything, Seq::new(6)).await.unwrap().seqs.len(), 6);
    filler.start_over().await.unwrap();
    assert_eq!(filler.own_position().await.unwrap(), Some(Position::START));
    filler.take(&journal[..1]).await.unwrap();
    let denied = search(&site, "type:access.denied", 100);
    assert_eq!(index.hits(&denied, Seq::new(1)).await.unwrap().seqs, [Seq::new(1)]);
}

#[tokio::test]
async fn an_index_that_lags_says_so() {
    let (site, dir) = (site(), tempfile::tempdir().unwrap());
    let (mut store, _) = Store::open(dir.path()).await.unwrap();
    let entries = journal(&site, &[0, 1, 0, 3]);
    store.commit(&Batch { entries: entries.clone(), changes: Vec::new() }).await.unwrap();
    let index = SearchIndex::in_dir(dir.path());
    index.filler(Arc::clone(&site)).take(&entries).await.unwrap();
    let name = SearchIndex::cursor_name().unwrap();
    let at = |position| CursorStatus {
        name: name.clone(),
        position: Seq::new(position),
        head: Seq::new(4),
        state: crate::cursor::CursorState::Following,
        started_over: None,
    };
    let status = watch::Sender::new(at(4));
    let searcher = Searcher::new(index, store.reader(), Some(status.subscribe()));
    let denied = Search { order: Order::NewestFirst, ..search(&site, "type:access.denied", 100) };
    let found = searcher.find(&denied, Seq::new(4)).await.unwrap();
    assert_eq!(found.entries, [entries[2].clone(), entries[0].clone()]);
    status.send_replace(at(4));
    let far = Seq::new(CATCH_UP_MAX_ENTRIES + 5);
    let building = SearchRefused::Building { reached: Seq::new(4), head: far };
    assert_eq!(searcher.find(&denied, far).await, Err(building));
    store.close().await.unwrap();
}

/// Everything of the index behind its first page, where the schema is, is overwritten.
async fn damage(index: &SearchIndex) {
    use std::os::unix::fs::FileExt as _;
    index.pool().await.unwrap().close().await;
    let file = std::fs::OpenOptions::new().write(true).open(index.path()).unwrap();
    let size = usize::try_from(file.metadata().unwrap().len()).unwrap();
    file.write_all_at(&vec![0xa5; size - 4096], 4096).unwrap();
}

#[tokio::test]
async fn an_index_that_turns_out_damaged_is_made_anew_and_answers_nothing_by_half_meanwhile() {
    let (site, dir) = (site(), tempfile::tempdir().unwrap());
    let journal = journal(&site, &[0; 40]);
    let index = SearchIndex::in_dir(dir.path());
    index.filler(Arc::clone(&site)).take(&journal).await.unwrap();
    damage(&index).await;
    let index = SearchIndex::in_dir(dir.path());
    let mut filler = index.filler(Arc::clone(&site));
    let everything = search(&site, "type:access.denied", 100);
    let head = Seq::new(40);
    assert!(index.hits(&everything, head).await.is_err());
    assert!(matches!(index.hits(&everything, head).await, Err(IndexError::BegunAnew)));
    assert!(filler.take(&journal[20..]).await.is_err(), "not what comes after a gap");
    // What waits for this is told; the cursor then asks where it is.
    filler.unsettled().await;
    assert_eq!(filler.own_position().await.unwrap(), Some(Position::START));
    filler.begun();
    filler.take(&journal).await.unwrap();
    assert_eq!(index.hits(&everything, head).await.unwrap().seqs.len(), 40);
    assert!(dir.path().join("search.sqlite.damaged-1").exists());
}

#[tokio::test]
async fn words_find_what_the_console_shows() {
    let (site, dir) = (site(), tempfile::tempdir().unwrap());
    // Denied at the main entrance, granted, an alarm, a right revoked for a lost card, a ticket closed, taken.
    let journal = journal(&site, &[0, 1, 2, 3, 4, 5]);
    let index = SearchIndex::in_dir(dir.path());
    index.filler(Arc::clone(&site)).take(&journal).await.unwrap();
    let check = async |text: &str, expect: &[u64]| {
        let hits = index.hits(&search(&site, text, 100), Seq::new(6)).await.unwrap();
        let found: Vec<u64> = hits.seqs.into_iter().map(Seq::get).collect();
        assert_eq!(found, expect, "{text}");
        for stamped in journal.iter().filter(|stamped| found.contains(&stamped.seq.get())) {
            println!("{text}: {}", CloudEvent::of(stamped, &site).sentence());
        }
    };
    check("forced", &[3]).await;
    check("door_forced", &[3]).await;
    check("\"Door forced OPEN\"", &[3]).await;
    check("denied", &[1]).await;
    check("\"wrong pin\"", &[1]).await;
    check("revoked", &[4]).await;
    check("lost", &[4]).await;
    check("ticket closed", &[5]).await;
    check("p-0", &[1, 2, 6]).await;
    check("lon1/main-entrance", &[1, 2, 3, 6]).await;
    check("hall-a", &[]).await;
    check("\"uid:1000\"", &[4, 5]).await;
    check("opened -denied", &[6]).await;
    check("forc3d", &[]).await;
}

/// Where a door has come to lie in another area, what was found by the old one is found by the new one after it is made anew;
/// what was added to the site costs nothing.
#[tokio::test]
async fn an_index_of_another_lay_of_the_land_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let before = site();
    let journal = journal(&before, &[0; 30]);
    let position = async |site: &Arc<Site>| {
        let index = SearchIndex::in_dir(dir.path());
        (index.filler(Arc::clone(site)).own_position().await.unwrap().unwrap(), index)
    };
    let (start, index) = position(&before).await;
    assert_eq!(start, Position::START);
    index.filler(Arc::clone(&before)).take(&journal).await.unwrap();
    assert_eq!(position(&before).await.0, Position::of(&journal[29]), "nothing has changed");

    let grown = "[[door]]\npath = \"lon1/new-door\"\nkind = \"door\"\narea = \"lon1/lobby\"\n\
                 [[device]]\nname = \"new-lock\"\nrole = \"lock\"\ndoor = \"lon1/new-door\"\nbus = \"b\"\naddress = 5\n";
    let grown = site_of(&format!("{SITE}{grown}"));
    assert_eq!(position(&grown).await.0, Position::of(&journal[29]), "entries about a new door there are none");

    let door = "path = \"lon1/main-entrance\"\nkind = \"door\"\narea = \"lon1/";
    let moved = site_of(&SITE.replace(&format!("{door}lobby\""), &format!("{door}hall-a\"")));
    let in_hall = |site: &Arc<Site>| search(site, "area:hall-a", 100);
    assert_eq!(index.hits(&in_hall(&before), Seq::new(30)).await.unwrap().seqs.len(), 0);
    let (start, index) = position(&moved).await;
    assert_eq!(start, Position::START);
    index.filler(Arc::clone(&moved)).take(&journal).await.unwrap();
    assert_eq!(index.hits(&in_hall(&moved), Seq::new(30)).await.unwrap().seqs.len(), 30);
    assert_eq!(position(&moved).await.0, Position::of(&journal[29]), "it is made anew once");
}

#[tokio::test]
async fn a_search_that_meets_damage_says_that_the_index_is_being_built() {
    let (site, dir) = (site(), tempfile::tempdir().unwrap());
    let (mut store, _) = Store::open(dir.path()).await.unwrap();
    let journal = journal(&site, &[0; 40]);
    store.commit(&Batch { entries: journal.clone(), changes: Vec::new() }).await.unwrap();
    let index = SearchIndex::in_dir(dir.path());
    index.filler(Arc::clone(&site)).take(&journal).await.unwrap();
    damage(&index).await;
    let index = SearchIndex::in_dir(dir.path());
    let searcher = Searcher::new(index.clone(), store.reader(), None);
    let (denied, head) = (search(&site, "denied", 100), Seq::new(40));
    for _ in 0..2 {
        let building = SearchRefused::Building { reached: Seq::new(0), head };
        assert!(building.to_string().contains("0 %, entry 0 of 40"), "{building}");
        assert_eq!(searcher.find(&denied, head).await, Err(building));
    }
    let mut filler = index.filler(Arc::clone(&site));
    assert_eq!(filler.own_position().await.unwrap(), Some(Position::START));
    filler.begun();
    filler.take(&journal).await.unwrap();
    assert_eq!(searcher.find(&denied, head).await.unwrap().entries, journal);
    store.close().await.unwrap();
}
