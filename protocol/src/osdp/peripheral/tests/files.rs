//! A file from a panel's sender into a device.

use super::*;
use crate::osdp::message::{FileDetail, FileStatus};
use crate::osdp::transfer::{FileEnd, FileSender, Verdict};

const INTAKE: FileIntake = FileIntake { limit_bytes: 4_096, delay: Duration::from_millis(20) };

fn table() -> Table {
    let mut table = Table::new(device(PeripheralConfig { files: Some(INTAKE), ..config(key(1)) }));
    assert!(table.connect(&key(1), block::OWN_KEY));
    table.actions();
    table
}

fn sender(bytes: usize) -> FileSender {
    FileSender::new(1, (0..bytes).map(|at| at as u8).collect(), None, Baud::B38400).unwrap()
}

/// One fragment; the device's word on it.
fn step(table: &mut Table, sender: &mut FileSender) -> (FileStatus, Verdict) {
    table.now = table.now.max(sender.ready_at());
    let fragment = sender.next(table.now).unwrap();
    match table.ask(code::FILETRANSFER, &fragment.encode()) {
        Reply::FileStatus(status) => (status, sender.answered(table.now, status)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_arrives_whole_is_judged_and_restarts_the_device() {
    let (mut table, mut sender) = (table(), sender(1_000));
    let mut words = Vec::new();
    let end = loop {
        let (status, verdict) = step(&mut table, &mut sender);
        words.push(status.detail);
        for action in table.actions() {
            match action {
                Action::File { kind: 1, contents } => {
                    assert_eq!(contents.expose().len(), 1_000);
                    table.device.judge_file(FileVerdict::Restarting);
                }
                Action::Restart => table.device.restart(),
                other => panic!("{other:?}"),
            }
        }
        if verdict != Verdict::GoOn {
            break verdict;
        }
    };
    assert_eq!(end, Verdict::Done(FileEnd::Rebooting));
    assert_eq!(words[9..], [FileDetail::Finishing, FileDetail::Rebooting]);
    assert!(table.now >= Micros::from_millis(1_000 + 10 * 20), "the device's delay is kept");
    assert!(table.connect(&key(1), block::OWN_KEY));
}

#[test]
fn a_transfer_goes_on_in_another_session_and_starts_over_after_a_restart() {
    let (mut table, mut sender) = (table(), sender(400));
    step(&mut table, &mut sender);
    let lost = sender.next(sender.ready_at()).unwrap();
    table.ask(code::FILETRANSFER, &lost.encode());
    sender.interrupted();
    assert!(table.connect(&key(1), block::OWN_KEY));
    assert_eq!(step(&mut table, &mut sender).1, Verdict::GoOn, "what came twice is taken twice");
    assert_eq!(sender.taken(), 200);
    table.device.restart();
    sender.interrupted();
    assert!(table.connect(&key(1), block::OWN_KEY));
    assert_eq!(step(&mut table, &mut sender).1, Verdict::GoOn);
    assert_eq!(sender.taken(), 0, "the device has forgotten, so it is told anew");
    while step(&mut table, &mut sender).0.detail == FileDetail::Proceed {}
    let whole = |action: &Action| matches!(action, Action::File { contents, .. } if contents.expose().len() == 400);
    assert!(table.actions().iter().any(whole));
}

#[test]
fn events_are_told_between_fragments() {
    let (mut table, mut sender) = (table(), sender(400));
    assert!(!step(&mut table, &mut sender).0.has_event());
    table.device.card(0, 26, &[1, 2, 3, 0x40]).unwrap();
    assert!(step(&mut table, &mut sender).0.has_event());
    assert!(matches!(table.poll(), Reply::Card { .. }));
    assert!(!step(&mut table, &mut sender).0.has_event());
}

#[test]
fn a_device_without_room_or_without_files_refuses() {
    let (mut table, mut long) = (table(), sender(5_000));
    assert_eq!(step(&mut table, &mut long).1, Verdict::Aborted(-3));
    let mut bare = Table::in_session();
    let fragment = sender(10).next(Micros(1)).unwrap();
    assert_eq!(bare.ask(code::FILETRANSFER, &fragment.encode()), nak(NakCode::UNKNOWN_COMMAND));
}

#[test]
fn a_refused_file_and_an_aborted_one_are_forgotten() {
    let (mut table, mut whole) = (table(), sender(50));
    step(&mut table, &mut whole);
    table.device.judge_file(FileVerdict::Refused);
    assert_eq!(step(&mut table, &mut whole).1, Verdict::Aborted(-2));
    let mut half = sender(400);
    step(&mut table, &mut half);
    assert_eq!(table.ask(code::ABORT, &[]), Reply::Ack);
    assert_eq!(step(&mut table, &mut half).1, Verdict::Aborted(-1));
}
