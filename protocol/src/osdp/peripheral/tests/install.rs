//! Keys: how a device gets one, and what it does for somebody who has proven none.

use super::*;
use crate::osdp::message::encode_key;

#[test]
fn a_device_in_service_knows_no_published_key() {
    let mut table = Table::new(device(config(key(1))));
    assert!(!table.connect_published());
    assert!(!table.connect(&key(2), block::OWN_KEY));
    assert!(table.connect(&key(1), block::OWN_KEY));
}

#[test]
fn a_device_in_install_mode_knows_nothing_else() {
    let mut table = Table::new(device(config(PeripheralKey::Install)));
    assert!(!table.connect(&key(1), block::OWN_KEY));
    assert!(table.connect_published());
}

#[test]
fn a_device_opened_for_a_new_key_knows_both_until_it_has_one() {
    let mut table = Table::new(device(config(PeripheralKey::Reinstall(key(1)))));
    assert!(table.connect(&key(1), block::OWN_KEY));
    assert!(table.connect_published());
    assert_eq!(table.ask(code::KEYSET, &encode_key(&key(2))), Reply::Ack);
    assert!(!table.connect_published());
    assert!(!table.connect(&key(1), block::OWN_KEY));
    assert!(table.connect(&key(2), block::OWN_KEY));
}

#[test]
fn install_mode_opens_nothing_and_tells_no_card() {
    let mut table = Table::in_install_session();
    let refused = nak(NakCode::SECURITY_CONDITION);
    for (code, data) in [
        (code::OUT, &[0, 5, 50, 0][..]),
        (code::BUZ, &[0, 2, 1, 1, 1]),
        (code::TEXT, b"\0\x01\0\x01\x01\x01x"),
        (code::FILETRANSFER, &[1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 7]),
        (code::MFG, &[1, 2, 3]),
        (code::ABORT, &[]),
    ] {
        assert_eq!(table.ask(code, data), refused, "{code:#04x}");
    }
    assert_eq!(table.device.card(0, 26, &[1, 2, 3, 0x40]), Err(EventRefused::NoPanel));
    table.device.set_input(0, 1);
    assert_eq!(table.poll(), Reply::Ack, "events are not for whoever is there");
    assert_eq!(table.actions(), []);
    assert!(matches!(table.ask(code::ID, &[0]), Reply::Identity(_)));
}

#[test]
fn a_key_takes_effect_once_its_reply_is_written_and_ends_the_session() {
    let mut table = Table::in_install_session();
    let bytes = table.sealed(code::KEYSET, &encode_key(&key(7)));
    let reply = table.exchange(&bytes).unwrap();
    assert_eq!(table.actions(), [Action::SecureDown, Action::KeyChanged(key(7))]);
    let again = table.exchange(&bytes).unwrap();
    assert_eq!(again.bytes(), reply.bytes(), "a lost reply is given again");
    assert_eq!(table.actions(), []);
    assert_eq!(table.open(&reply), Reply::Ack);
    let poll = table.sealed(code::POLL, &[]);
    assert_eq!(table.exchange(&poll).unwrap().data, [NakCode::SECURITY_CONDITION.0]);
    assert!(table.connect(&key(7), block::OWN_KEY));
    assert_eq!(table.device.config().key, PeripheralKey::Own(key(7)));
}

#[test]
fn the_key_is_told_before_its_reply_is_due() {
    let mut table = Table::in_install_session();
    table.device.config.turnaround = Duration::from_millis(3);
    let bytes = table.sealed(code::KEYSET, &encode_key(&key(7)));
    table.device.handle_bytes(table.now, &bytes);
    assert!(table.device.poll_transmit(table.now).is_none());
    assert_eq!(table.actions(), [Action::SecureDown, Action::KeyChanged(key(7))]);
    assert!(table.device.poll_transmit(table.now + Duration::from_millis(3)).is_some());
}

#[test]
fn a_guessable_key_is_refused_and_the_old_one_kept() {
    let published: Vec<u8> = (0x30..0x40).collect();
    for guessable in [vec![0; 16], vec![0xEE; 16], published] {
        let mut table = Table::in_session();
        let data = [vec![1, 16], guessable].concat();
        assert_eq!(table.ask(code::KEYSET, &data), nak(NakCode::RECORD));
        assert_eq!(table.poll(), Reply::Ack);
        assert_eq!(table.device.config().key, PeripheralKey::Own(key(1)));
    }
}

#[test]
fn a_key_in_the_clear_changes_nothing() {
    for fixture in [PeripheralKey::Install, PeripheralKey::Own(key(1))] {
        let mut table = Table::new(device(config(fixture.clone())));
        let bytes = wire::plain(table.envelope(), code::KEYSET, &encode_key(&key(7)));
        assert_eq!(table.exchange(&bytes).unwrap().data, [NakCode::SECURITY_CONDITION.0]);
        assert_eq!(table.device.config().key, fixture);
        assert_eq!(table.actions(), []);
    }
}

#[test]
fn a_reset_by_hand_leads_back_to_install_mode() {
    let mut table = Table::in_session();
    table.device.reset(PeripheralKey::Install, Address::parse(HERE).unwrap(), Baud::B9600);
    assert_eq!(table.actions(), [Action::SecureDown]);
    assert!(!table.connect(&key(1), block::OWN_KEY));
    assert!(table.connect_published());
}

#[test]
fn a_card_shown_to_one_panel_is_not_told_to_an_installer() {
    let mut table = Table::new(device(config(PeripheralKey::Reinstall(key(1)))));
    assert!(table.connect(&key(1), block::OWN_KEY));
    table.device.card(0, 26, &[1, 2, 3, 0x40]).unwrap();
    assert!(table.connect_published());
    assert_eq!(table.poll(), Reply::Ack);
    assert!(table.connect(&key(1), block::OWN_KEY));
    assert_eq!(table.poll(), Reply::Ack, "nor to the panel that comes after");
}
