//! What happens when somebody on the line lies: wrong keys, recorded sessions, foreign addresses, plaintext.
//!
//! Every known attack on the protocol is carried out here or in `jobs`, and must gain nothing and be told:
//!
//! | attack | what holds | test |
//! |---|---|---|
//! | encryption left out | a device with a key never runs in plaintext | `a_plaintext_card_is_dropped_and_reported`, `cards_injected_in_the_clear_are_dropped_and_reported` |
//! | downgrade by its list of abilities | sessions are never decided by that list | `a_device_that_claims_to_know_no_security_is_not_believed` |
//! | install mode, published key | used in a commissioning job only, never by itself | `jobs::a_device_that_was_reset_is_an_alarm_and_is_never_given_a_key_by_itself` |
//! | weak keys, shared keys | refused | `guessable_keys_are_refused` (in `key`), `jobs::a_job_that_cannot_be_is_refused` |
//! | capture of KEYSET | a fresh key only, proven before it counts | `jobs::a_device_that_was_reset_is_an_alarm_and_is_never_given_a_key_by_itself`, `jobs::a_confirmation_in_the_clear_is_a_hint_and_no_proof` |
//! | replayed session | every challenge is new; no random bytes, no session | `a_recorded_session_opens_nothing_for_whoever_plays_it`, `each_challenge_is_new`, `nobody_is_asked_anything_without_random_bytes` |
//! | forged frames | wrong authentication codes are counted, told and answered by longer pauses | `a_wrong_authentication_code_ends_the_session_and_is_counted`, `a_flood_of_wrong_authentication_codes_keeps_nobody_else_waiting` |
//! | forged refusals | NAK and BUSY mean "not done" and nothing else; a release is repeated only to an output that is off | `a_plaintext_refusal_only_means_not_done`, `bus::a_refusal_that_anybody_could_have_sent_never_makes_a_release_happen_twice`, `a_release_held_back_and_refused_in_its_place_is_carried_out_once` |
//! | forged complaints about the check | the CRC stays | `bus::a_complaint_about_the_check_changes_nothing_about_it` |
//! | a proof that is not checked | key byte, status byte and seed of the chain are | `a_session_opens_only_when_every_step_is_right` (in `secure`) |
//! | handshake frames out of turn | they mean nothing | `bus::answers_of_a_handshake_mean_nothing_in_a_session`, `device::a_proof_is_taken_once_and_only_after_a_challenge` |
//! | commands in the clear | a device in session does not even refuse them | `device::a_frame_in_the_clear_gets_no_answer_and_keeps_the_session`, `a_frame_in_the_clear_makes_a_device_do_nothing_and_keeps_its_session` |
//! | few bytes under one key | keys are renewed every hour | `rhythm::keys_are_renewed_every_hour_without_anybody_noticing` |
//! | swapped device | its identity is held against it | `faults::a_device_with_another_identity_is_an_alarm` |
//! | foreign answers | only the asked address is listened to | `an_answer_from_another_address_is_not_the_answer` |
//!
//! What else must cost nobody anything, at the panel's end and at the device's. `bus` and `device` are the tests in
//! `src/osdp/bus/tests.rs` and `src/osdp/peripheral/tests`; what stands alone is a unit test of the module it names:
//!
//! | what happens | panel | device |
//! |---|---|---|
//! | a code that nobody knows | `bus::an_answer_that_nobody_knows_is_told_by_its_code_and_the_bus_goes_on` | `device::a_command_that_nobody_knows_is_refused_and_the_session_goes_on` |
//! | its own echo | `bus::what_stands_before_an_answer_costs_nothing`, `stories::a_panel_that_hears_itself_works_the_same` | `device::replies_of_the_panels_own_direction_are_no_commands` |
//! | wrong check bytes, half a frame, marks | `bus::what_stands_before_an_answer_costs_nothing` | `device::what_is_no_command_for_it_costs_the_next_one_nothing` |
//! | impossible length, reserved bits, a block beyond its frame | the same, and `frame::frames_are_found_among_everything_else` | the same |
//! | frames of other addresses | the same, and `faults::each_fault_of_one_device_has_its_name_and_costs_nobody_else_anything` | the same |
//! | any bytes at all | `robust::a_bus_survives_any_bytes`, `frame::a_flood_in_one_call_is_taken_in_pieces` | `robust::a_device_survives_any_bytes_and_does_nothing` |
//! | an answer in the last moment | `bus::an_answer_in_the_last_moment_counts_however_often_the_clock_is_read`, `transaction::patience_counts_the_wire_and_ends` | |
//! | sequence 0 twice, with different commands | | `device::a_restart_of_the_sequence_is_always_carried_out` |
//! | a lost frame | `bus::a_command_without_an_answer_is_repeated_unchanged_when_its_time_is_over`, `faults::a_lost_reply_loses_no_card_and_doubles_none` | `device::the_same_bytes_get_the_same_reply_and_are_carried_out_once`, `faults::a_lost_reply_does_not_release_twice` |
//! | "busy" | `bus::a_busy_device_is_asked_again_under_the_same_number`, `faults::a_device_that_stays_busy_is_given_up_in_bounded_time` | `faults::a_busy_device_is_asked_again_with_the_same_bytes_and_acts_once` |
//! | a command is refused | `stories::a_refused_command_fails_and_the_session_goes_on` | `device::a_light_that_is_neither_on_nor_off_is_refused` |
//! | a flipped bit | `faults::one_flipped_bit_in_a_thousand_bytes_costs_nothing_but_time` | the same |
//! | COMSET is repeated, or the panel goes on in its session | `places::a_device_is_followed_to_its_new_place` | `device::a_move_is_made_though_its_command_came_twice_before_the_answer_was_out`, `device::a_move_happens_after_its_answer_and_keeps_the_session` |
//!
//! And what an operator may expect:
//!
//! | expected | test |
//! |---|---|
//! | offline after eight seconds, back within eight | `faults::a_cut_device_goes_offline_after_eight_seconds_and_takes_nobody_with_it`, `faults::a_device_that_returns_is_surveyed_before_it_is_online` |
//! | repeats keep their number | `bus::a_command_without_an_answer_is_repeated_unchanged_when_its_time_is_over` |
//! | a dead or restarted device disturbs nobody | `rhythm::two_dead_devices_hardly_slow_the_others`, `faults::a_short_cut_is_nobodys_business` |
//! | a lost session is made again at once | `faults::a_restarted_device_is_won_back_and_its_pending_release_is_carried_out`, `robust::after_any_noise_a_line_comes_back` |
//! | keys are given on an operator's word, and survive a power cut at any step | `jobs::a_device_in_install_mode_gets_its_key_and_is_online`, `jobs::a_power_cut_of_the_panel_at_any_step_of_a_roll_over_loses_no_device`, `jobs::a_power_cut_of_the_device_at_any_step_of_a_job_loses_nothing` |
//! | every command ends in a word on what became of it | `stories::a_release_is_confirmed_and_ends_by_itself`, `faults::commands_to_a_device_that_died_fail_when_that_is_known`, `bus::nobody_claims_that_a_release_was_not_sent_which_was` |
//! | odd but honest devices are served | `bus::the_state_of_the_outputs_confirms_a_release`, `jobs::a_confirmation_in_the_clear_is_a_hint_and_no_proof`, `light::a_steady_light_is_never_sent_with_both_times_zero` |
//! | faults of inputs byte by byte, and the state of things from the start | `bus::inputs_are_told_byte_by_byte_as_they_came`, `stories::devices_come_online_with_everything_read_and_nothing_said_in_the_clear` |
//! | files at the device's pace, to their end, in the session | `jobs::a_device_sets_the_pace_of_a_file_and_may_refuse_it`, `jobs::a_file_goes_on_where_it_was_after_a_lost_session_and_after_a_cut`, `transfer::a_device_at_work_is_asked_with_empty_fragments_and_not_for_ever` |
//! | answers in time, troubles by name, once | `faults::a_panel_that_hears_itself_says_so_once`, `bus::what_is_wrong_with_the_line_is_told_once_however_many_devices_it_has` |

use std::time::Duration;

use rackward_protocol::osdp::faults::{Fault, Faulty};
use rackward_protocol::osdp::{
    Action, Baud, Bus, BusConfig, BusEvent, DeviceConfig, DeviceRole, Failure, Micros, NoEntropy, OfflineCause,
    SecurityTrouble, Urgency,
};

use super::line::{CARD, Line, address, cards, identity, key, release};

/// A plaintext frame as anybody could write it; the checksum form, so that no CRC is needed here.
fn plaintext(address: u8, control: u8, code: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x53, address, (7 + data.len()) as u8, 0, control, code];
    bytes.extend_from_slice(data);
    let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    bytes.push(sum.wrapping_neg());
    bytes
}

#[test]
fn a_device_without_the_key_never_comes_online_and_is_reported_once() {
    let mut line = Line::new(Baud::B38400, 40);
    line.add(1, DeviceRole::Reader);
    line.add_device(2, key(200), identity(2));
    line.bus.add(line.now, address(2), DeviceConfig::new(key(2), DeviceRole::Lock));
    line.run(Duration::from_secs(60));
    let expect = [BusEvent::Security(SecurityTrouble::WrongKey), BusEvent::Offline { cause: OfflineCause::WrongKey }];
    assert_eq!(line.events_of(2), expect);
    assert!(line.is_online(1));
    let tag = line.release(2, 30);
    line.run(Duration::from_secs(10));
    assert_eq!(line.events_of(2)[2..], [BusEvent::Failed { tag, why: Failure::Offline }]);
    assert_eq!(line.outputs_of(2), []);
    assert!(line.asked(2) < 30, "it is asked with growing pauses");
}

#[test]
fn a_key_is_never_sent_in_any_form() {
    let mut line = Line::new(Baud::B38400, 41);
    line.add(1, DeviceRole::Reader);
    line.add_device(2, key(200), identity(2));
    line.bus.add(line.now, address(2), DeviceConfig::new(key(2), DeviceRole::Lock));
    line.run(Duration::from_secs(30));
    const KEYSET: u8 = 0x75;
    for (_, from_bus, bytes) in line.wire.iter().filter(|(_, from_bus, _)| *from_bus) {
        let code = bytes[5 + usize::from(bytes[5])];
        assert!(*from_bus && code != KEYSET, "{bytes:02x?}");
    }
}

#[test]
fn a_recorded_session_opens_nothing_for_whoever_plays_it() {
    let mut line = Line::with_readers(Baud::B38400, 42, 1);
    line.card(1, &CARD);
    line.run(Duration::from_secs(2));
    assert_eq!(cards(&line.events_of(1)).len(), 1);
    let tape = line.device(1).tape();
    assert!(tape.len() > 20);
    line.restart_bus();
    line.bus.add(line.now, address(1), DeviceConfig::new(key(1), DeviceRole::Reader));
    line.fault(1, Fault::Replay(tape));
    line.forget();
    line.run(Duration::from_secs(60));
    let events = line.events_of(1);
    assert_eq!(cards(&events).len(), 0);
    assert!(!events.iter().any(|event| matches!(event, BusEvent::Online { .. })), "{events:?}");
    assert!(events.contains(&BusEvent::Security(SecurityTrouble::WrongKey)));
}

#[test]
fn each_challenge_is_new() {
    let mut line = Line::with_readers(Baud::B9600, 43, 1);
    for _ in 0..10 {
        line.device(1).peripheral().restart();
        line.run(Duration::from_secs(11));
    }
    const CHLNG: u8 = 0x76;
    let nonces: Vec<Vec<u8>> = line
        .wire
        .iter()
        .filter(|(_, from_bus, bytes)| *from_bus && bytes[8] == CHLNG && bytes[6] == 0x11)
        .map(|(_, _, bytes)| bytes[9..17].to_vec())
        .collect();
    assert!(nonces.len() >= 10);
    let mut distinct = nonces.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), nonces.len());
}

#[test]
fn an_answer_from_another_address_is_not_the_answer() {
    let mut line = Line::with_readers(Baud::B38400, 44, 2);
    line.forget();
    line.card(1, &CARD);
    line.fault(1, Fault::Impostor(address(0x33)));
    line.run(Duration::from_secs(12));
    let events = line.events_of(1);
    assert_eq!(cards(&events).len(), 0);
    assert!(events.contains(&BusEvent::Security(SecurityTrouble::ForeignAddress { from: address(0x33) })));
    assert!(events.contains(&BusEvent::Offline { cause: OfflineCause::NoAnswer }));
    // Answering under a neighbour's address gains nothing either: the neighbour's session does not fit.
    line.fault(1, Fault::Impostor(address(2)));
    line.forget();
    line.run(Duration::from_secs(20));
    assert!(!line.events_of(2).iter().any(|event| matches!(event, BusEvent::Offline { .. } | BusEvent::Card { .. })));
}

#[test]
fn a_plaintext_card_is_dropped_and_reported() {
    let mut line = Line::with_readers(Baud::B9600, 45, 1);
    line.forget();
    let raw = [0, 1, 26, 0, CARD[0], CARD[1], CARD[2], CARD[3]];
    for round in 0..40_u64 {
        for sequence in 0..4 {
            line.inject(plaintext(0x81, sequence, 0x50, &raw));
        }
        line.run(Duration::from_millis(50 + round));
    }
    line.run(Duration::from_secs(3));
    let events = line.events_of(1);
    assert_eq!(cards(&events).len(), 0);
    assert!(events.contains(&BusEvent::Security(SecurityTrouble::PlaintextRefused)), "{events:?}");
    assert!(!events.iter().any(|event| matches!(event, BusEvent::Offline { .. })));
}

#[test]
fn a_plaintext_refusal_only_means_not_done() {
    let mut line = Line::with_readers(Baud::B38400, 46, 1);
    line.forget();
    // Wait for a poll to be on its way, then slip a NAK in before the true answer.
    for _ in 0..5 {
        let polls = line.asked(1);
        line.run_until(line.now + Duration::from_secs(1), |line| line.asked(1) > polls);
        let sequence = line.wire.iter().rev().find(|(_, from_bus, _)| *from_bus).map(|(_, _, bytes)| bytes[4] & 3);
        let frame = plaintext(0x81, sequence.unwrap(), 0x41, &[6]);
        line.bus.handle_bytes(line.now, &frame);
        line.run(Duration::from_secs(15));
    }
    line.card(1, &CARD);
    line.run(Duration::from_secs(1));
    let events = line.events_of(1);
    assert!(!events.iter().any(|event| matches!(event, BusEvent::Offline { .. })), "{events:?}");
    assert_eq!(cards(&events), [CARD.to_vec()]);
}

#[test]
fn a_release_held_back_and_refused_in_its_place_is_carried_out_once() {
    let mut line = Line::with_readers(Baud::B38400, 56, 1);
    line.forget();
    // Somebody in the middle lets the release through, keeps the answer, and says that the session is gone.
    line.fault(1, Fault::LostReplies(1));
    let not_after = line.now + Duration::from_secs(3);
    let tag = line.send_until(1, release(30), Urgency::Release, Some(not_after));
    let end = line.now + Duration::from_secs(2);
    assert!(line.run_until(end, |line| !line.outputs_of(1).is_empty()));
    let sequence = line.wire.iter().rev().find(|(_, from_bus, _)| *from_bus).map(|(_, _, bytes)| bytes[4] & 3).unwrap();
    line.bus.handle_bytes(line.now, &plaintext(0x81, sequence, 0x41, &[6]));
    line.run(Duration::from_secs(6));
    let times = line.actions.iter().filter(|(_, _, action)| matches!(action, Action::Output { .. }));
    let times: Vec<Micros> = times.map(|(at, ..)| *at).collect();
    assert_eq!(line.outputs_of(1), [true, false]);
    assert_eq!(times[1].since(times[0]), Duration::from_secs(3), "it was not prolonged");
    assert!(line.events_of(1).contains(&BusEvent::Failed { tag, why: Failure::Unconfirmed }));
}

#[test]
fn a_frame_in_the_clear_makes_a_device_do_nothing_and_keeps_its_session() {
    let mut line = Line::with_readers(Baud::B38400, 47, 1);
    line.forget();
    for sequence in 1..4 {
        line.inject(plaintext(0x01, sequence, 0x68, &[0, 2, 0, 0]));
        line.run(Duration::from_millis(300));
    }
    assert_eq!(line.outputs_of(1), []);
    assert!(!line.actions.iter().any(|(_, _, action)| *action == Action::SecureUp), "{:?}", line.actions);
    line.card(1, &CARD);
    line.run(Duration::from_secs(5));
    assert_eq!(cards(&line.events_of(1)), [CARD.to_vec()]);
}

#[test]
fn a_wrong_authentication_code_ends_the_session_and_is_counted() {
    let mut line = Line::with_readers(Baud::B38400, 48, 1);
    line.forget();
    let polls = line.asked(1);
    line.run_until(line.now + Duration::from_secs(1), |line| line.asked(1) > polls);
    let control = line.wire.iter().rev().find(|(_, from_bus, _)| *from_bus).map(|(_, _, bytes)| bytes[4]).unwrap();
    // A secured ACK with an invented code: block 02 16, code 40, four bytes of MAC; checksum form.
    let mut forged = vec![0x53, 0x81, 13, 0, control & 0x0B, 0x02, 0x16, 0x40, 1, 2, 3, 4];
    let sum = forged.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    forged.push(sum.wrapping_neg());
    line.bus.handle_bytes(line.now, &forged);
    line.run(Duration::from_secs(2));
    let events = line.events_of(1);
    assert_eq!(events[0], BusEvent::Security(SecurityTrouble::MacFailure { count: 1 }));
    assert!(events.iter().any(|event| matches!(event, BusEvent::Online { .. })), "won back at once: {events:?}");
}

#[test]
fn a_flood_of_wrong_authentication_codes_keeps_nobody_else_waiting() {
    let mut line = Line::with_readers(Baud::B9600, 52, 4);
    line.run(Duration::from_secs(5));
    line.forget();
    line.run(Duration::from_secs(60));
    let healthy = line.asked(2);
    line.forget();
    line.fault(1, Fault::BadMacs(u32::MAX));
    line.run(Duration::from_secs(60));
    let handshakes =
        line.wire.iter().filter(|(_, from_bus, bytes)| *from_bus && bytes[1] == 1 && bytes[6] == 0x11).count();
    assert!((3..20).contains(&handshakes), "{handshakes} handshakes in a minute");
    assert!(line.asked(2) * 10 >= healthy * 9, "{} polls instead of {healthy}", line.asked(2));
    let events = line.events_of(1);
    let troubles = events.iter().filter(|event| matches!(event, BusEvent::Security(_))).count();
    assert!((1..20).contains(&troubles), "{events:?}");
    assert_eq!(cards(&events).len(), 0);
    for other in 2..=4 {
        assert_eq!(line.events_of(other), []);
    }
    line.fault(1, Fault::Healthy);
    line.run(Duration::from_secs(8));
    assert!(line.is_online(1));
}

#[test]
fn a_device_that_claims_to_know_no_security_is_not_believed() {
    let mut line = Line::with_readers(Baud::B38400, 53, 2);
    line.forget();
    line.fault(1, Fault::Downgraded);
    line.run(Duration::from_secs(60));
    let events = line.events_of(1);
    assert!(!events.iter().any(|event| matches!(event, BusEvent::Online { .. } | BusEvent::Card { .. })), "{events:?}");
    assert!(events.iter().any(|event| matches!(event, BusEvent::Offline { .. })));
    assert!(events.contains(&BusEvent::Security(SecurityTrouble::PlaintextRefused)));
    for (_, _, bytes) in line.wire.iter().filter(|(_, from_bus, _)| *from_bus) {
        assert_ne!(bytes[4] & 0x08, 0, "the panel spoke in the clear: {bytes:02x?}");
    }
    let tag = line.release(1, 10);
    line.run(Duration::from_secs(1));
    assert!(line.events_of(1).contains(&BusEvent::Failed { tag, why: Failure::Offline }));
}

#[test]
fn cards_injected_in_the_clear_are_dropped_and_reported() {
    let mut line = Line::with_readers(Baud::B38400, 54, 2);
    line.forget();
    line.fault(1, Fault::PlaintextCard(vec![0, 1, 26, 0, CARD[0], CARD[1], CARD[2], CARD[3]]));
    line.run(Duration::from_secs(20));
    let events = line.events_of(1);
    assert_eq!(cards(&events).len(), 0);
    let troubles = events.iter().filter(|event| **event == BusEvent::Security(SecurityTrouble::PlaintextRefused));
    assert!((1..=3).contains(&troubles.count()), "told, but no flood of it: {events:?}");
    assert_eq!(line.events_of(2), []);
}

#[test]
fn a_key_that_two_devices_share_opens_one_address_only() {
    let mut line = Line::with_readers(Baud::B38400, 55, 2);
    line.forget();
    // The device at 3 knows the key of 1; the panel expects another one there.
    line.add_device(3, key(1), identity(3));
    line.bus.add(line.now, address(3), DeviceConfig::new(key(3), DeviceRole::Lock));
    line.run(Duration::from_secs(20));
    assert!(line.events_of(3).contains(&BusEvent::Security(SecurityTrouble::WrongKey)));
    assert!(!line.is_online(3));
    assert_eq!(line.events_of(1), []);
}

#[test]
fn nobody_is_asked_anything_without_random_bytes() {
    let mut line = Line::new(Baud::B38400, 49);
    line.bus = Bus::new(BusConfig::new(Baud::B38400), |_: &mut [u8]| Err(NoEntropy));
    line.add(1, DeviceRole::Reader);
    line.run(Duration::from_secs(20));
    assert_eq!(line.asked(1), 0);
    assert!(line.events_of(1).contains(&BusEvent::Security(SecurityTrouble::NoEntropy)));
    assert!(line.events_of(1).contains(&BusEvent::Offline { cause: OfflineCause::NoSession }));
    // A source that always says the same is as bad as none.
    line.bus = Bus::new(BusConfig::new(Baud::B38400), |out: &mut [u8]| {
        out.fill(4);
        Ok(())
    });
    line.bus.add(line.now, address(1), DeviceConfig::new(key(1), DeviceRole::Reader));
    line.run(Duration::from_secs(3));
    line.device(1).peripheral().restart();
    line.forget();
    line.run(Duration::from_secs(30));
    assert!(line.events_of(1).contains(&BusEvent::Security(SecurityTrouble::NoEntropy)));
    assert!(!line.is_online(1));
}

#[test]
fn nothing_secret_is_printed_by_debug() {
    let mut line = Line::with_readers(Baud::B38400, 50, 1);
    line.card(1, &CARD);
    line.device(1).peripheral().keypad(0, b"4711").unwrap();
    let device: &Faulty = line.device(1);
    let printed = format!("{device:?}");
    assert!(!printed.contains("18, 52, 86, 64"), "card bits are printed");
    assert!(!printed.contains("52, 55, 49, 49"), "digits are printed");
    line.send(1, release(5), Urgency::Release);
    let printed = format!("{:?} {:?}", line.bus, key(1));
    let key_bytes: [u8; 16] = std::array::from_fn(|i| 31 ^ (i as u8).wrapping_mul(17) ^ 0x5A);
    let listed = format!("{:?}", key_bytes);
    assert!(!printed.contains(listed.trim_matches(['[', ']'])));
}

/// A command in the clear with a handshake block.
fn challenge(address: u8, key_byte: u8) -> Vec<u8> {
    let mut bytes = vec![0x53, address, 18, 0, 0x08, 3, 0x11, key_byte, 0x76];
    bytes.extend([7; 8]);
    let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    bytes.push(sum.wrapping_neg());
    bytes
}

#[test]
fn a_device_offers_nothing_under_the_published_key() {
    let check = |frame: Vec<u8>, expect: &[u8]| {
        let mut line = Line::new(Baud::B38400, 51);
        line.add_device(1, key(1), identity(1));
        let device = line.device(1).peripheral();
        device.handle_bytes(Micros(0), &frame);
        let reply = device.poll_transmit(Micros(10_000)).unwrap();
        assert_eq!(reply[5..5 + expect.len()], *expect, "{reply:02x?}");
    };
    check(challenge(1, 0), &[0x41, 5]);
    check(challenge(1, 1), &[3, 0x12, 1, 0x76]);
    // Before a session a device says that it is there and who it is, and carries nothing out.
    check(plaintext(1, 0, 0x60, &[]), &[0x40]);
    check(plaintext(1, 0, 0x61, &[0]), &[0x45, 0xCA, 0xFE, 0x01]);
    check(plaintext(1, 0, 0x68, &[0, 2, 0, 0]), &[0x41, 6]);
    check(plaintext(1, 0, 0x65, &[]), &[0x41, 6]);
    check(plaintext(1, 0, 0x75, &[1, 16]), &[0x41, 6]);
    check(plaintext(1, 2, 0x60, &[]), &[0x41, 4]);
}
