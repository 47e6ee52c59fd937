//! Whatever handles, links and the journal do: once faults stop, every handle holds what it should, and a card that lost its
//! right at a handle never opens it again after the handle acknowledged that.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::Hall;
use crate::site::card;
use rackward_core::id::{DeviceId, GrantId};
use rackward_core::rights_list::ListRefusal;
use rackward_core::{Command, Input, Output};

const RACKS: usize = 3;
const CARDS: u8 = 3;

/// The hall and what is known of it from outside.
struct Watched {
    hall: Hall,
    /// Rights that were given and not taken back: card, rack, grant.
    given: Vec<(u8, usize, GrantId)>,
    writable: bool,
    /// Outputs that a broker keeps back.
    delayed: Vec<Output>,
    keeps_back: bool,
}

impl Watched {
    fn open() -> Self {
        let mut hall = Hall::of(RACKS);
        (1..=CARDS).for_each(|number| _ = hall.desk.person(number));
        hall.carry();
        Self { hall, given: Vec::new(), writable: true, delayed: Vec::new(), keeps_back: false }
    }

    fn step(&mut self, what: u8, number: u8, seconds: u16) {
        let rack = usize::from(number) % RACKS;
        let device = self.hall.device(rack);
        match what % 14 {
            0..=2 => self.give(1 + number % CARDS, usize::from(number / 3) % RACKS),
            3 | 4 => self.take(usize::from(number)),
            5 => self.move_link(device),
            6 => self.hall.handle(rack).mute ^= true,
            7 => {
                let refuses = &mut self.hall.handle(rack).refuses;
                *refuses = refuses.is_none().then_some(ListRefusal::NotKept);
            }
            8 => self.reset(rack, device),
            9 if self.writable => {
                // What waited for the journal is kept by the gate.
                self.hall.desk.outputs.clear();
                self.hall.desk.input(Input::StoreFailed { withheld: Vec::new(), jobs: Vec::new() });
                self.writable = false;
            }
            9 | 10 => self.mend(),
            11 => {
                self.mend();
                self.delayed.clear();
                self.hall.restart();
                self.hall.all_come();
            }
            12 => self.keeps_back ^= true,
            _ => self.hall.wait(u64::from(seconds)),
        }
        self.carry();
        self.check();
    }

    /// Carries out what was asked for, or keeps it back as a slow broker does.
    fn carry(&mut self) {
        if self.keeps_back {
            self.delayed.append(&mut self.hall.desk.outputs);
        } else {
            let newer = core::mem::take(&mut self.hall.desk.outputs);
            self.hall.desk.outputs = core::mem::take(&mut self.delayed);
            self.hall.desk.outputs.extend(newer);
            self.hall.carry();
        }
    }

    fn give(&mut self, number: u8, rack: usize) {
        if !self.writable {
            return;
        }
        let person = rackward_core::id::PersonId::new(number.into());
        let validity = rackward_core::people::Validity {
            from: self.hall.desk.now.wall,
            to: self.hall.desk.now.wall.after(core::time::Duration::from_secs(86_400 * 9)),
        };
        let path = super::rack_path(rack);
        let always = rackward_core::site::schedule::Weekly::always();
        let grant = self.hall.desk.grant_when(person, &[&path], always, validity);
        self.given.push((number, rack, grant));
    }

    fn take(&mut self, number: usize) {
        if self.writable && !self.given.is_empty() {
            let (_, _, grant) = self.given.remove(number % self.given.len());
            let reason = crate::site::reason("over");
            self.hall.desk.command(Command::RevokeGrant { grant, reason }).unwrap();
        }
    }

    fn move_link(&mut self, device: DeviceId) {
        if self.hall.handles[&device].reached { self.hall.go(device) } else { self.hall.come(device) }
    }

    /// A handle loses its supply and with it its list.
    fn reset(&mut self, rack: usize, device: DeviceId) {
        self.hall.handle(rack).held = None;
        if self.hall.handles[&device].reached {
            self.hall.go(device);
            self.hall.come(device);
        }
    }

    fn mend(&mut self) {
        if !self.writable {
            self.hall.desk.input(Input::StoreRecovered);
            self.writable = true;
        }
    }

    fn rights(&self) -> BTreeSet<(u8, usize)> {
        self.given.iter().map(|(number, rack, _)| (*number, *rack)).collect()
    }

    fn opened(&mut self) -> BTreeSet<(u8, usize)> {
        let now = self.hall.desk.now.wall;
        let all = (1..=CARDS).flat_map(|number| (0..RACKS).map(move |rack| (number, rack)));
        all.filter(|(number, rack)| self.hall.handle(*rack).opens(card(*number), now)).collect()
    }

    /// Whoever opens without a right opens at a handle that is known to honour it still.
    fn check(&mut self) {
        let rights = self.rights();
        let behind: BTreeSet<DeviceId> =
            self.hall.behind().iter().filter(|row| row.honours_until.is_some()).map(|row| row.device).collect();
        for (number, rack) in self.opened() {
            let known = rights.contains(&(number, rack)) || behind.contains(&self.hall.device(rack));
            assert!(known, "card {number} opens rack {rack} and nobody knows");
        }
    }

    fn end(&mut self) {
        self.mend();
        self.keeps_back = false;
        self.carry();
        for rack in 0..RACKS {
            let device = self.hall.device(rack);
            let handle = self.hall.handle(rack);
            (handle.mute, handle.refuses) = (false, None);
            if !handle.reached {
                self.hall.come(device);
            }
        }
        self.hall.wait(150);
        self.hall.check_converged();
        assert_eq!(self.opened(), self.rights());
        assert!(!self.hall.desk.active(rackward_core::alarm::AlarmKind::RevocationPending));
        assert!(!self.hall.desk.active(rackward_core::alarm::AlarmKind::RightsDrift));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn handles_converge_and_no_revoked_card_opens_unknown(
        steps in proptest::collection::vec((any::<u8>(), any::<u8>(), 0..20_000_u16), 1..60),
    ) {
        let mut watched = Watched::open();
        for (what, number, seconds) in steps {
            watched.step(what, number, seconds);
        }
        watched.end();
    }
}
