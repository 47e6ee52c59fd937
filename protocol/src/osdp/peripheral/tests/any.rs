//! Whatever a panel that knows a key asks, in any order.

use super::*;
use proptest::prelude::*;

/// Codes that exist, more often than others, with DATA that often has a fitting length.
fn command() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let code = prop_oneof![8 => 0x60..=0x80_u8, 1 => any::<u8>(), 1 => Just(0xA2_u8), 1 => Just(0xA7_u8)];
    let length = prop_oneof![Just(0_usize), Just(1), Just(2), Just(4), Just(5), Just(14), Just(18), 0..120_usize];
    let byte = prop_oneof![4 => 0..8_u8, 1 => any::<u8>()];
    (code, length).prop_flat_map(move |(code, length)| (Just(code), prop::collection::vec(byte.clone(), length)))
}

/// Asks everything, and makes a new session wherever the device ended it; gives all actions.
fn ask_all(table: &mut Table, limit: u16, commands: Vec<(u8, Vec<u8>)>, published: bool) -> Vec<Action> {
    let mut actions = Vec::new();
    for (code, data) in commands {
        if published && !matches!(table.device.config().key, PeripheralKey::Install) {
            break;
        }
        let reconnected = match (&table.session, published) {
            (Some(_), _) => true,
            (None, true) => table.connect_published(),
            (None, false) => table.connect(&key(1), block::OWN_KEY),
        };
        assert!(reconnected);
        if code == code::ACURXSIZE {
            continue;
        }
        table.actions();
        table.ask(code::ACURXSIZE, &limit.to_le_bytes());
        let bytes = table.sealed(code, &data);
        let reply = table.exchange(&bytes).expect("a believed command is answered");
        assert!(reply.bytes().len() <= usize::from(limit), "{} bytes", reply.bytes().len());
        assert_eq!(table.exchange(&bytes).map(|again| again.raw), reply_again(table, &reply));
        actions.extend(table.actions());
        if actions.iter().any(|action| matches!(action, Action::SecureDown)) {
            table.session = None;
            actions.retain(|action| !matches!(action, Action::SecureDown | Action::SecureUp));
        } else {
            table.open(&reply);
        }
    }
    actions
}

/// A repeat gets the same bytes, except from a device that has moved away.
fn reply_again(table: &Table, reply: &Frame) -> Option<Vec<u8>> {
    let is_here = table.device.address().number() == reply.envelope.address;
    let knows = !matches!(table.device.last, LastExchange::None);
    (is_here && knows).then(|| reply.raw.clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn everything_is_answered_in_time_and_in_size(limit in 30..300_u16, commands in prop::collection::vec(command(), 0..40)) {
        // Codes that change key or place are another test's.
        let commands = commands.into_iter().filter(|(code, _)| ![code::KEYSET, code::COMSET].contains(code));
        let commands = commands.filter(|(code, _)| ![code::CHLNG, code::SCRYPT].contains(code)).collect();
        ask_all(&mut Table::in_session(), limit, commands, false);
    }

    #[test]
    fn install_mode_moves_nothing_and_shows_nothing(commands in prop::collection::vec(command(), 0..40)) {
        let commands = commands.into_iter().filter(|(code, _)| ![code::CHLNG, code::SCRYPT, code::COMSET].contains(code));
        let actions = ask_all(&mut Table::in_install_session(), 128, commands.collect(), true);
        let is_harmless = |action: &Action| matches!(action, Action::KeyChanged(_));
        prop_assert!(actions.iter().all(is_harmless), "{actions:?}");
    }
}
