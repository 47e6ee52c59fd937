//! What happens at the door of a handle that has nobody to tell: opened, closed and secured, key turned, cover opened.
//!
//! Decided here: which change of the state is worth a record. When it is written down is decided in [`super`].

use rackward_protocol::mqtt::{Logged, Reading, State};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Leaf {
    /// Nothing is known of it.
    #[default]
    Unseen,
    /// Closed; after it was open, also seated and locked.
    Secured,
    /// Opened, and not secured since.
    Opened,
}

/// Watches one door.
#[derive(Debug, Default)]
pub(super) struct DoorWatch {
    leaf: Leaf,
    key_turned: Reading,
    tampered: Reading,
}

impl DoorWatch {
    /// Looks at the state once and says what happened since the last look.
    pub(super) fn look(&mut self, state: &State) -> Vec<Logged> {
        let mut happened = Vec::new();
        let secured = [state.closed, state.locked, state.handle_home] == [Reading::Yes; 3];
        let leaf = match (self.leaf, state.closed) {
            (_, Reading::No) => Leaf::Opened,
            (Leaf::Opened, Reading::Yes) if secured => Leaf::Secured,
            (Leaf::Unseen, Reading::Yes) => Leaf::Secured,
            (leaf, Reading::Yes | Reading::Unknown | Reading::Fault) => leaf,
        };
        match (std::mem::replace(&mut self.leaf, leaf), leaf) {
            (Leaf::Secured, Leaf::Opened) => happened.push(Logged::Opened),
            (Leaf::Opened, Leaf::Secured) => happened.push(Logged::Closed),
            (Leaf::Unseen | Leaf::Secured | Leaf::Opened, _) => {}
        }
        for (was, is, what) in [
            (&mut self.key_turned, state.key_turned, Logged::KeyTurned),
            (&mut self.tampered, state.tampered, Logged::Tampered),
        ] {
            if (*was, is) == (Reading::No, Reading::Yes) {
                happened.push(what);
            }
            *was = is;
        }
        happened
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YES: Reading = Reading::Yes;
    const NO: Reading = Reading::No;

    fn state(closed: Reading, locked: Reading, handle_home: Reading) -> State {
        State { closed, locked, handle_home, key_turned: NO, tampered: NO, ..State::default() }
    }

    #[test]
    fn a_door_is_closed_again_only_when_it_is_secured() {
        let rows = [
            (state(YES, YES, YES), None),
            (state(YES, NO, NO), None),
            (state(NO, NO, NO), Some(Logged::Opened)),
            (state(YES, NO, NO), None),
            (state(YES, NO, YES), None),
            (state(NO, NO, NO), None),
            (state(YES, YES, YES), Some(Logged::Closed)),
            (State { key_turned: YES, ..state(YES, YES, YES) }, Some(Logged::KeyTurned)),
            (State { key_turned: YES, tampered: YES, ..state(YES, YES, YES) }, Some(Logged::Tampered)),
            (state(YES, YES, YES), None),
        ];
        let mut watch = DoorWatch::default();
        for (at, (seen, expect)) in rows.iter().enumerate() {
            assert_eq!(watch.look(seen), Vec::from_iter(*expect), "row {at}");
        }
    }

    #[test]
    fn what_was_so_before_the_first_look_did_not_happen_now() {
        let open = State { key_turned: YES, tampered: YES, ..state(NO, NO, NO) };
        assert_eq!(DoorWatch::default().look(&open), []);
    }
}
