//! What a device tells of its time alone, over full logs, power cuts and connections that break.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

const NOW: UnixMillis = UnixMillis(1_784_901_802_417);

fn filled(records: usize) -> Logbook {
    let mut log = Logbook::new();
    for _ in 0..records {
        log.note_down(NOW, Logged::Opened);
    }
    log
}

fn tell(log: &mut Logbook) -> Vec<u64> {
    core::iter::from_fn(|| log.next_unsent()).map(|record| record.number).collect()
}

#[test]
fn records_are_told_in_order_until_they_are_noted() {
    let mut log = filled(3);
    assert_eq!(tell(&mut log), [1, 2, 3]);
    assert_eq!(tell(&mut log), [], "once in a connection");
    log.note(2);
    log.connected();
    assert_eq!(tell(&mut log), [3], "and again in the next");
    assert_eq!(log.note_down(NOW, Logged::Closed), 4);
    assert_eq!(tell(&mut log), [4]);
    log.note(4);
    assert_eq!((log.unsent().count(), log.note_down(NOW, Logged::Closed)), (0, 5));
}

#[test]
fn nothing_is_let_go_that_was_not_told() {
    let mut log = filled(3);
    log.note(3);
    assert_eq!(log.unsent().count(), 3);
    log.next_unsent();
    log.note(u64::MAX);
    assert_eq!(log.unsent().map(|record| record.number).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn a_full_log_counts_what_finds_no_room_and_keeps_the_old() {
    let limit = LOG_LIMIT_RECORDS as u64;
    let mut log = filled(LOG_LIMIT_RECORDS + 9);
    assert_eq!(log.unsent().count(), LOG_LIMIT_RECORDS);
    assert_eq!(log.unsent().next().map(|record| record.number), Some(1));
    let last = *log.unsent().last().unwrap();
    assert_eq!((last.number, last.what), (limit + 9, Logged::Overflowed { lost: 10 }));

    tell(&mut log);
    log.note(limit - 1);
    assert_eq!(log.note_down(NOW, Logged::Closed), limit + 10, "there is room again");
    let left: Vec<_> = log.unsent().map(|record| record.what).collect();
    assert_eq!(left, [Logged::Overflowed { lost: 10 }, Logged::Closed]);
}

#[test]
fn what_the_daemon_knows_to_be_lost_is_not_lost_again() {
    let mut log = filled(LOG_LIMIT_RECORDS + 4);
    let told = *tell(&mut log).last().unwrap();
    log.note_down(NOW, Logged::Opened);
    log.note_down(NOW, Logged::Opened);
    log.note(told);
    let left: Vec<_> = log.unsent().map(|record| (record.number, record.what)).collect();
    assert_eq!(left, [(told + 2, Logged::Overflowed { lost: 2 })]);
}

#[test]
fn a_log_outlasts_the_power() {
    let mut log = Logbook::new();
    let card = CardHash([7; 16]);
    for what in [
        Logged::Admitted { card, list: ListNumber(9) },
        Logged::Refused { card },
        Logged::Opened,
        Logged::Closed,
        Logged::KeyTurned,
        Logged::Tampered,
    ] {
        log.note_down(NOW, what);
    }
    tell(&mut log);
    let mut back = Logbook::from_bytes(&log.to_bytes()).unwrap();
    assert!(back.unsent().eq(log.unsent()));
    assert_eq!(tell(&mut back), [1, 2, 3, 4, 5, 6], "nobody knows what was told before the cut");
    assert_eq!(back.note_down(NOW, Logged::Opened), 7);
}

#[test]
fn the_bytes_stay_as_they_are() {
    let mut log = Logbook::resumed(258);
    log.note_down(UnixMillis(1), Logged::Overflowed { lost: 3 });
    let bytes = log.to_bytes();
    let body = [b"RWLG\x01".as_slice(), &259u64.to_be_bytes(), &[0, 1], &258u64.to_be_bytes(), &1u64.to_be_bytes()];
    let body = [body.concat(), Vec::from([6, 0, 0, 0, 3])].concat();
    assert_eq!(bytes[..bytes.len() - CHECK_BYTES], body);
    assert_eq!(bytes[bytes.len() - CHECK_BYTES..], check_of(&body));
}

#[test]
fn spoilt_bytes_are_no_log() {
    let bytes = filled(3).to_bytes();
    for cut in 0..bytes.len() {
        assert_eq!(Logbook::from_bytes(&bytes[..cut]), Err(LogbookError::Spoilt), "cut at {cut}");
    }
    for at in 0..bytes.len() {
        let mut spoilt = bytes.clone();
        spoilt[at] ^= 0x10;
        assert_eq!(Logbook::from_bytes(&spoilt), Err(LogbookError::Spoilt), "byte {at}");
    }
}

/// Bytes with a right check, whatever they say.
fn checked(body: &[u8]) -> Vec<u8> {
    [body, &check_of(body)].concat()
}

#[test]
fn another_version_and_numbers_out_of_order_are_refused() {
    let bytes = filled(2).to_bytes();
    let body = &bytes[..bytes.len() - CHECK_BYTES];
    let spoil = |at: usize, value: u8| {
        let mut body = Vec::from(body);
        body[at] = value;
        Logbook::from_bytes(&checked(&body))
    };
    assert!(Logbook::from_bytes(&checked(body)).is_ok());
    assert_eq!(spoil(4, 2), Err(LogbookError::Version { found: 2 }));
    assert_eq!(spoil(0, b'X'), Err(LogbookError::Spoilt));
    assert_eq!(spoil(12, 2), Err(LogbookError::Spoilt), "a next number that a record has");
    assert_eq!(spoil(14, 1), Err(LogbookError::Spoilt), "bytes after the last record");
    assert_eq!(spoil(22, 2), Err(LogbookError::Spoilt), "two records of one number");
    assert_eq!(spoil(31, 7), Err(LogbookError::Spoilt), "a record nobody knows");
}

proptest! {
    /// However connections break and notes come, the daemon in the end has every number once: as a record, or as one of the lost.
    #[test]
    fn every_number_is_told_or_counted_as_lost(
        steps in proptest::collection::vec((0u8..5, 1usize..700), 1..40),
    ) {
        let mut log = Logbook::new();
        let (mut through, mut known, mut lost) = (0u64, BTreeMap::new(), 0u64);
        let mut last = 0;
        let take = |log: &mut Logbook, count: usize, through: &mut u64, known: &mut BTreeMap<u64, ()>, lost: &mut u64| {
            for _ in 0..count {
                let Some(record) = log.next_unsent() else { break };
                if record.number <= *through {
                    continue;
                }
                match record.what {
                    Logged::Overflowed { lost: count } => *lost += u64::from(count).min(record.number - *through),
                    _ => { known.insert(record.number, ()); }
                }
                *through = record.number;
            }
        };
        for (kind, count) in steps {
            match kind {
                0 | 1 => for _ in 0..count { last = log.note_down(NOW, Logged::Opened); },
                2 => take(&mut log, count, &mut through, &mut known, &mut lost),
                3 => log.note(through),
                _ => {
                    log = Logbook::from_bytes(&log.to_bytes()).unwrap();
                    log.connected();
                }
            }
            prop_assert!(log.unsent().count() <= LOG_LIMIT_RECORDS);
        }
        take(&mut log, usize::MAX, &mut through, &mut known, &mut lost);
        prop_assert_eq!(known.len() as u64 + lost, last);
    }

    #[test]
    fn arbitrary_bytes_are_a_log_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        if let Ok(log) = Logbook::from_bytes(&checked(&bytes)) {
            prop_assert_eq!(log.to_bytes(), checked(&bytes));
        }
    }
}
