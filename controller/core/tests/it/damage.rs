//! Rows that could not be read at the start: named, alarmed, and each closes what it governed and nothing else.

use crate::site::{Desk, MONDAY_NINE, card, draft, reason, usual_details};
use rackward_core::alarm::AlarmKind;
use rackward_core::engine::command::PersonName;
use rackward_core::mode::ModeOrder;
use rackward_core::people::PersonStatus;
use rackward_core::records::DamagedRow;
use rackward_core::{Command, Engine, Entry, Monotonic, Now, Reply};

/// A site where card 1 may pass the street and the plant, restarted without one row.
fn without(table: &str, key: u64, lose: impl FnOnce(&mut rackward_core::Records)) -> Desk {
    let mut desk = Desk::open();
    let person = desk.person(1);
    desk.grant(person, &["lon1/street"]);
    let other = desk.person(2);
    desk.grant(other, &["lon1/street"]);
    let mut records = desk.engine.records().clone();
    lose(&mut records);
    let now = Now { monotonic: Monotonic::from_micros(0), wall: MONDAY_NINE };
    let mut again = Desk::restart(rackward_core::Records::default(), now);
    let damaged = [DamagedRow { table: table.into(), key }];
    again.engine = Engine::new(draft().build(&records.places).unwrap(), records, &damaged, "test", now);
    again.journal.clear();
    again.input(rackward_core::Input::Tick);
    again.all_online();
    again
}

fn admitted(desk: &mut Desk, number: u8) -> &'static str {
    let mark = desk.journal.len();
    desk.badge("street-reader", card(number));
    let settled = desk.journal[mark..].iter().find_map(|stamped| match &stamped.entry {
        Entry::AccessGranted { .. } => Some("granted"),
        Entry::AccessDenied { reason, .. } => Some(reason.code()),
        _ => None,
    });
    settled.unwrap_or("nothing")
}

#[test]
fn a_damaged_row_closes_what_it_governs_and_nothing_else() {
    let check = |desk: &mut Desk, expect: &str| {
        assert!(desk.names().contains(&"record.damaged"));
        assert!(desk.active(AlarmKind::RecordDamaged));
        assert_eq!(admitted(desk, 1), expect);
        desk.wait_secs(10);
    };
    let mut grant = without("grants", 1, |records| {
        records.grants.remove(&"g-1".parse().unwrap());
    });
    check(&mut grant, "N21");
    assert_eq!(admitted(&mut grant, 2), "granted");
    let mut credential = without("credential", 1, |records| {
        records.credentials.remove(&"cred-1".parse().unwrap());
    });
    check(&mut credential, "N01");
    assert_eq!(admitted(&mut credential, 2), "granted");
    let mut person = without("person", 1, |records| {
        records.persons.remove(&"p-1".parse().unwrap());
    });
    check(&mut person, "N11");
    assert_eq!(admitted(&mut person, 2), "granted");
    let mut alarm = without("alarm", 7, |_| {});
    check(&mut alarm, "granted");
}

#[test]
fn a_door_whose_record_is_damaged_is_closed_until_an_order() {
    let street = Desk::open().door("lon1/street");
    for table in ["door", "mode"] {
        let mut desk = without(table, street.get().into(), |_| {});
        assert_eq!(admitted(&mut desk, 1), "P01", "{table}");
        let order = ModeOrder::Lock;
        desk.command(Command::SetDoorMode { door: street, order, reason: reason("looked at it") }).unwrap();
        assert_eq!(admitted(&mut desk, 1), "granted", "{table}");
    }
}

#[test]
fn an_area_whose_lockdown_is_damaged_stays_locked_down() {
    let lobby = Desk::open().engine.site().find_area("lobby").unwrap().id;
    let mut desk = without("lockdown", lobby.get().into(), |_| {});
    assert_eq!(admitted(&mut desk, 1), "P03");
    desk.command(Command::ReleaseArea { area: lobby, reason: reason("looked at it") }).unwrap();
    assert_eq!(admitted(&mut desk, 1), "granted");
}

#[test]
fn the_number_of_a_damaged_row_is_never_given_again() {
    let mut desk = without("person", 2, |records| {
        records.persons.remove(&"p-2".parse().unwrap());
    });
    let name = PersonName::parse("New").unwrap();
    let create = Command::CreatePerson { name, status: PersonStatus::Enabled, details: usual_details(), key: None };
    assert_eq!(desk.command(create), Ok(Reply::Person("p-3".parse().unwrap())));
}
