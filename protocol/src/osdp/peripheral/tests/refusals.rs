//! What a device does not believe, and what becomes of its session then.

use super::*;

#[test]
fn a_frame_in_the_clear_gets_no_answer_and_keeps_the_session() {
    let mut table = Table::in_session();
    for sequence in 1..=3 {
        let envelope = Envelope { sequence, ..table.envelope() };
        for (code, data) in [(code::POLL, &[][..]), (code::OUT, &[0, 2, 0, 0]), (code::KEYSET, &[1, 16])] {
            assert!(table.exchange(&wire::plain(envelope, code, data)).is_none());
        }
    }
    assert_eq!(table.actions(), []);
    assert_eq!(table.poll(), Reply::Ack);
}

#[test]
fn a_wrong_code_or_a_replay_ends_the_session_and_does_nothing() {
    let mut table = Table::in_session();
    let bytes = table.sealed(code::OUT, &[0, 2, 0, 0]);
    let refusal = table.exchange(&wire::with_wrong_mac(&bytes)).unwrap();
    assert_eq!((refusal.block_kind(), &refusal.data[..]), (None, &[NakCode::SECURITY_CONDITION.0][..]));
    assert_eq!(table.actions(), [Action::SecureDown]);
    let late = table.exchange(&bytes).unwrap();
    assert_eq!(late.data, [NakCode::SECURITY_CONDITION.0], "the real frame comes too late");
    assert_eq!(table.actions(), []);
}

#[test]
fn a_recorded_command_is_worth_nothing_in_another_session() {
    let mut table = Table::in_session();
    let recorded = table.sealed(code::OUT, &[0, 2, 0, 0]);
    table.exchange(&recorded).unwrap();
    assert!(table.connect(&key(1), block::OWN_KEY));
    table.actions();
    table.exchange(&recorded);
    assert_eq!(table.actions(), [Action::SecureDown]);
}

#[test]
fn a_proof_is_taken_once_and_only_after_a_challenge() {
    let mut table = Table::new(device(config(key(1))));
    table.sequence = table.sequence.next();
    let proof = |table: &Table| wire::handshake(table.envelope(), block::PROOF, 1, code::SCRYPT, &[0; 16]);
    let first = proof(&table);
    assert_eq!(table.exchange(&first).unwrap().data, [NakCode::SEQUENCE.0], "nothing begins with number 1");
    let mut table = Table::in_session();
    table.sequence = table.sequence.next();
    let again = proof(&table);
    assert_eq!(table.exchange(&again).unwrap().data, [NakCode::SECURITY_CONDITION.0]);
    assert!(table.connect(&key(1), block::OWN_KEY), "and it does no lasting harm");
}

#[test]
fn a_wrong_proof_needs_a_new_challenge() {
    let mut table = Table::new(device(config(key(1))));
    let nonce = [9; 8];
    let challenge = wire::handshake(table.envelope(), block::CHALLENGE, 1, code::CHLNG, &nonce);
    let answer = table.exchange(&challenge).unwrap();
    let right = PanelChallenge::new(&key(1), nonce).verify(&answer.data).unwrap().proof();
    table.sequence = table.sequence.next();
    let wrong = wire::handshake(table.envelope(), block::PROOF, 1, code::SCRYPT, &[0; 16]);
    assert_eq!(table.exchange(&wrong).unwrap().data, [NakCode::SECURITY_CONDITION.0]);
    table.sequence = table.sequence.next();
    let right = wire::handshake(table.envelope(), block::PROOF, 1, code::SCRYPT, &right);
    assert_eq!(table.exchange(&right).unwrap().data, [NakCode::SECURITY_CONDITION.0]);
    assert_eq!(table.actions(), []);
}

#[test]
fn a_proof_about_another_key_than_the_challenge_is_none() {
    let mut table = Table::new(device(config(PeripheralKey::Reinstall(key(1)))));
    let nonce = [9; 8];
    let challenge = wire::handshake(table.envelope(), block::CHALLENGE, block::OWN_KEY, code::CHLNG, &nonce);
    let answer = table.exchange(&challenge).unwrap();
    let proof = PanelChallenge::new(&key(1), nonce).verify(&answer.data).unwrap().proof();
    table.sequence = table.sequence.next();
    let bytes = wire::handshake(table.envelope(), block::PROOF, block::PUBLISHED_KEY, code::SCRYPT, &proof);
    assert_eq!(table.exchange(&bytes).unwrap().data, [NakCode::SECURITY_BLOCK.0]);
    assert_eq!(table.actions(), []);
}

#[test]
fn a_handshake_with_odd_blocks_or_lengths_is_refused() {
    let check = |kind, status, data: &[u8], expect: NakCode| {
        let mut table = Table::new(device(config(key(1))));
        let bytes = wire::handshake(table.envelope(), kind, status, code::CHLNG, data);
        assert_eq!(table.exchange(&bytes).unwrap().data, [expect.0], "{kind:#04x} {status}");
    };
    check(block::CHALLENGE, 2, &[0; 8], NakCode::SECURITY_BLOCK);
    check(block::PROOF, 1, &[0; 8], NakCode::SECURITY_BLOCK);
    check(block::CHALLENGE_REPLY, 1, &[0; 8], NakCode::SECURITY_BLOCK);
    check(block::CHALLENGE, 1, &[0; 7], NakCode::LENGTH);
    check(block::CHALLENGE, 1, &[0; 9], NakCode::LENGTH);
}

#[test]
fn replies_of_the_panels_own_direction_are_no_commands() {
    let mut table = Table::in_session();
    let bytes = table.sealed(code::POLL, &[]);
    let reply = table.exchange(&bytes).unwrap();
    assert!(table.exchange(reply.bytes()).is_none(), "its own echo");
}

#[test]
fn eight_silent_seconds_end_a_session_and_release_nothing() {
    let mut table = Table::in_session();
    table.ask(code::OUT, &[0, 5, 100, 0]);
    table.actions();
    table.device.handle_timeout(table.now + Duration::from_millis(7_999));
    assert_eq!(table.actions(), []);
    table.device.handle_timeout(table.now + Duration::from_secs(8));
    assert_eq!(table.actions(), [Action::SecureDown]);
    table.device.handle_timeout(table.now + Duration::from_secs(10));
    assert_eq!(table.actions(), [Action::Output { index: 0, on: false }], "a timer runs on without anybody");
}

#[test]
fn what_is_no_command_for_it_costs_the_next_one_nothing() {
    let mut table = Table::in_session();
    let own = table.sealed(code::OSTAT, &[]);
    let own = table.exchange(&own).unwrap();
    table.open(&own);
    for row in 0..9 {
        let bytes = table.sealed(code::POLL, &[]);
        let mut damaged = bytes.clone();
        damaged[7] ^= 0x20;
        let mut long_block = bytes.clone();
        long_block[5] = 0xFF;
        let noise = match row {
            0 => vec![0xFF; 40],
            1 => vec![0x53, HERE, 0xFF, 0xFF, 0x04],
            2 => vec![0x53, HERE, 0x06, 0x00, 0x04],
            3 => vec![0x53, HERE, 0x08, 0x00, 0xF4],
            4 => bytes[..9].to_vec(),
            5 => damaged,
            6 => long_block,
            7 => own.bytes().to_vec(),
            _ => wire::plain(Envelope { address: HERE + 1, ..table.envelope() }, code::POLL, &[]),
        };
        assert!(table.exchange(&noise).is_none(), "row {row}");
        table.now = table.now + Duration::from_millis(25);
        let reply = table.exchange(&bytes).unwrap_or_else(|| panic!("row {row}: the command was lost"));
        assert_eq!(table.open(&reply), Reply::Ack, "row {row}");
    }
    assert_eq!(table.actions(), []);
}

#[test]
fn a_command_that_nobody_knows_is_refused_and_the_session_goes_on() {
    let mut table = Table::in_session();
    for code in [0x63, 0x6C, 0x99, 0xEE] {
        assert_eq!(table.ask(code, &[1, 2, 3]), nak(NakCode::UNKNOWN_COMMAND), "{code:#04x}");
    }
    assert_eq!(table.poll(), Reply::Ack);
    let mut table = Table::new(device(config(key(1))));
    let bytes = wire::plain(table.envelope(), 0xEE, &[1, 2, 3]);
    assert_eq!(table.exchange(&bytes).unwrap().data, [NakCode::UNKNOWN_COMMAND.0]);
}

#[test]
fn a_light_that_is_neither_on_nor_off_is_refused() {
    let mut table = Table::in_session();
    let record = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 0];
    assert_eq!(table.ask(code::LED, &record), nak(NakCode::RECORD));
    assert_eq!(table.actions(), []);
}

#[test]
fn any_bytes_in_between_do_nothing() {
    let mut table = Table::in_session();
    let mut state = 1_u64;
    for _ in 0..500 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let noise: Vec<u8> = state.to_le_bytes().iter().map(|byte| if byte % 5 == 0 { 0x53 } else { *byte }).collect();
        table.exchange(&noise);
        table.now = table.now + Duration::from_millis(25);
        assert_eq!(table.actions(), []);
        assert_eq!(table.poll(), Reply::Ack);
    }
}
