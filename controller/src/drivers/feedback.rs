//! Feedback at a reader or handle: the core's word for what to show becomes light, sound and text, as `feedback.md` B.4
//! has them, for both links.
//!
//! Decides rhythms, colours, counts and lengths, and that a lasting sound is stopped when its state ends. It does not decide
//! what is shown when (the core) nor in which bytes (`osdp`, `mqtt`). Results are temporary patterns over the lasting
//! state, so a device returns by itself to what it shall show.
//!
//! Vocabulary: a *tick* is 100 ms; ids such as T2 and S6 are the rows of `feedback.md`.

use std::time::Duration;

use rackward_core::Feedback;
use rackward_core::engine::output::PointState;
use rackward_core::entry::{Denial, DenialClass};
use rackward_protocol::mqtt::feedback::{Buzzer, Colour, Led, Rhythm};

/// The end of a release that T3 announces; T2 ends before it (`feedback.md`, rule 2).
const CLOSING_TICKS: u128 = 30;

const TICK_MILLIS: u128 = 100;

/// What a device shall show at one moment; a part that is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Pattern {
    pub(super) led: Option<Led>,
    pub(super) buzzer: Option<Buzzer>,
    /// Only for devices with a display.
    pub(super) caption: Option<Caption>,
}

/// A text for some seconds; it fits a display of two lines of sixteen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caption {
    pub(super) words: String,
    pub(super) seconds: u8,
}

/// What one device shows, as far as we told it.
#[derive(Debug, Default)]
pub(super) struct Face {
    state: Option<PointState>,
}

impl Face {
    /// Forgets what the device shows; it may have restarted.
    pub(super) fn forget(&mut self) {
        self.state = None;
    }

    /// The pattern for `feedback`, given what the device shows already.
    pub(super) fn show(&mut self, feedback: Feedback) -> Pattern {
        if let Feedback::State(state) = feedback {
            let before = self.state.replace(state);
            return lasting(before, state);
        }
        let pattern = temporary(feedback);
        match self.state {
            // A short sound would end the lasting one, and nobody would start that again.
            Some(state) if lasting_sound(state).is_some() => Pattern { buzzer: None, ..pattern },
            Some(_) | None => pattern,
        }
    }
}

/// S1 to S7 and S9. A sound without end is stopped when its state ends, also when we do not know what went before
/// (`feedback.md`, rule 7); a short sound of a result is left to finish.
fn lasting(before: Option<PointState>, state: PointState) -> Pattern {
    let rhythm = match state {
        PointState::Ready => rhythm(1, 49, Colour::Blue, Colour::Off),
        PointState::Unlocked => rhythm(10, 0, Colour::Green, Colour::Off),
        PointState::Blocked => rhythm(10, 10, Colour::Amber, Colour::Off),
        PointState::LockedDown => rhythm(5, 5, Colour::Red, Colour::Off),
        PointState::DoubleLocked => rhythm(1, 24, Colour::Red, Colour::Off),
        PointState::PreAlarm => rhythm(5, 5, Colour::Amber, Colour::Off),
        PointState::OpenTooLong => rhythm(3, 3, Colour::Red, Colour::Amber),
        PointState::OutOfService => rhythm(20, 20, Colour::Magenta, Colour::Off),
    };
    let sounded = before.is_none_or(|before| lasting_sound(before).is_some());
    let buzzer = lasting_sound(state).or(sounded.then_some(Buzzer::Silence));
    Pattern { led: Some(Led::Permanent(rhythm)), buzzer, caption: None }
}

fn lasting_sound(state: PointState) -> Option<Buzzer> {
    match state {
        PointState::PreAlarm => Some(sound(2, 8, 0)),
        PointState::OpenTooLong => Some(sound(5, 5, 0)),
        PointState::Ready
        | PointState::Unlocked
        | PointState::Blocked
        | PointState::LockedDown
        | PointState::DoubleLocked
        | PointState::OutOfService => None,
    }
}

/// The T rows; the comment on each names it.
fn temporary(feedback: Feedback) -> Pattern {
    match feedback {
        Feedback::State(state) => lasting(None, state),
        Feedback::Granted { release_time } => granted(release_time),
        // T3
        Feedback::Closing => {
            result((3, 3, Colour::Green, Colour::Off), 30, Some(sound(1, 9, 3)), caption("CLOSING 3s", 3))
        }
        Feedback::Cancel => Pattern { led: Some(Led::Cancel), ..Pattern::default() },
        // T4
        Feedback::EnterPin => {
            result((3, 3, Colour::Amber, Colour::Off), 100, Some(sound(1, 2, 2)), caption("ENTER PIN", 10))
        }
        // T5
        Feedback::SecondPerson => {
            result((5, 5, Colour::Amber, Colour::Green), 150, Some(sound(1, 2, 2)), caption("2ND PERSON 15s", 15))
        }
        // T11
        Feedback::Denied(Denial::CredentialLockedOut) => {
            result((1, 9, Colour::Red, Colour::Off), 600, None, caption("WAIT 60s", 60))
        }
        Feedback::Denied(denial) => denied(denial.class()),
        // T13
        Feedback::SecuredAgain => {
            result((2, 0, Colour::Blue, Colour::Off), 5, Some(sound(1, 0, 1)), caption("LOCKED", 2))
        }
        // T14
        Feedback::NotLatched => {
            result((5, 5, Colour::Amber, Colour::Off), 100, Some(sound(1, 9, 5)), caption("PUSH HANDLE", 10))
        }
    }
}

/// T2: until T3 takes over. Rounded down, so that the light never outlasts the lock (`feedback.md`, rule 1).
fn granted(release_time: Duration) -> Pattern {
    let ticks = (release_time.as_millis() / TICK_MILLIS).saturating_sub(CLOSING_TICKS);
    let Some(ticks) = u16::try_from(ticks.min(u128::from(u16::MAX))).ok().filter(|ticks| *ticks > 0) else {
        return Pattern::default();
    };
    let seconds = u8::try_from(release_time.as_secs()).unwrap_or(u8::MAX);
    let words = caption(&format!("OPEN {}s", release_time.as_secs()), seconds);
    result((1, 0, Colour::Green, Colour::Off), ticks, Some(sound(2, 0, 1)), words)
}

/// T6, T7, T8, T10, by class.
fn denied(class: DenialClass) -> Pattern {
    match class {
        DenialClass::N => result((2, 2, Colour::Red, Colour::Off), 18, Some(sound(2, 2, 3)), caption("NO ACCESS", 2)),
        DenialClass::W => result((4, 4, Colour::Red, Colour::Amber), 24, Some(sound(5, 3, 2)), caption("NOT NOW", 3)),
        DenialClass::P => result((1, 0, Colour::Red, Colour::Off), 20, Some(sound(10, 0, 1)), caption("CLOSED", 2)),
        DenialClass::F => {
            result((1, 0, Colour::Magenta, Colour::Off), 30, Some(sound(1, 1, 8)), caption("CALL SECURITY", 3))
        }
    }
}

fn result(
    (on, off, on_colour, off_colour): (u8, u8, Colour, Colour),
    ticks: u16,
    buzzer: Option<Buzzer>,
    caption: Option<Caption>,
) -> Pattern {
    Pattern { led: Some(Led::Temporary { rhythm: rhythm(on, off, on_colour, off_colour), ticks }), buzzer, caption }
}

fn rhythm(on_ticks: u8, off_ticks: u8, on_colour: Colour, off_colour: Colour) -> Rhythm {
    Rhythm { on_ticks, off_ticks, on_colour, off_colour }
}

fn sound(on_ticks: u8, off_ticks: u8, count: u8) -> Buzzer {
    Buzzer::Sound { on_ticks, off_ticks, count }
}

fn caption(words: &str, seconds: u8) -> Option<Caption> {
    Some(Caption { words: words.to_owned(), seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (u8, u8, Colour, Colour);

    fn check_result(given: Feedback, light: Row, ticks: u16, buzzer: (u8, u8, u8), words: &str) {
        let shown = Face { state: Some(PointState::Ready) }.show(given);
        let led = Led::Temporary { rhythm: rhythm(light.0, light.1, light.2, light.3), ticks };
        assert_eq!(shown.led, Some(led), "{given:?}");
        assert_eq!(shown.buzzer, Some(sound(buzzer.0, buzzer.1, buzzer.2)), "{given:?}");
        assert_eq!(shown.caption.map(|caption| caption.words).as_deref(), Some(words), "{given:?}");
    }

    fn check_state(given: PointState, light: Row, buzzer: Option<Buzzer>) {
        let shown = Face { state: Some(PointState::Ready) }.show(Feedback::State(given));
        assert_eq!(shown.led, Some(Led::Permanent(rhythm(light.0, light.1, light.2, light.3))), "{given:?}");
        assert_eq!(shown.buzzer, buzzer, "{given:?}");
    }

    #[test]
    fn results_are_the_rows_of_the_specification() {
        use Colour::{Amber, Blue, Green, Magenta, Off, Red};
        let granted = |seconds| Feedback::Granted { release_time: Duration::from_secs(seconds) };
        check_result(granted(5), (1, 0, Green, Off), 20, (2, 0, 1), "OPEN 5s"); // T2
        check_result(granted(10), (1, 0, Green, Off), 70, (2, 0, 1), "OPEN 10s"); // T2
        check_result(Feedback::Closing, (3, 3, Green, Off), 30, (1, 9, 3), "CLOSING 3s"); // T3
        check_result(Feedback::EnterPin, (3, 3, Amber, Off), 100, (1, 2, 2), "ENTER PIN"); // T4
        check_result(Feedback::SecondPerson, (5, 5, Amber, Green), 150, (1, 2, 2), "2ND PERSON 15s"); // T5
        check_result(Feedback::SecuredAgain, (2, 0, Blue, Off), 5, (1, 0, 1), "LOCKED"); // T13
        check_result(Feedback::NotLatched, (5, 5, Amber, Off), 100, (1, 9, 5), "PUSH HANDLE"); // T14
        let rest = temporary(Feedback::Denied(Denial::CredentialLockedOut)); // T11
        assert_eq!(rest, result((1, 9, Red, Off), 600, None, caption("WAIT 60s", 60)));
        for denial in Denial::ALL.into_iter().filter(|denial| *denial != Denial::CredentialLockedOut) {
            let (light, ticks, buzzer, words) = match denial.class() {
                DenialClass::N => ((2, 2, Red, Off), 18, (2, 2, 3), "NO ACCESS"), // T6
                DenialClass::W => ((4, 4, Red, Amber), 24, (5, 3, 2), "NOT NOW"), // T7
                DenialClass::P => ((1, 0, Red, Off), 20, (10, 0, 1), "CLOSED"),   // T8
                DenialClass::F => ((1, 0, Magenta, Off), 30, (1, 1, 8), "CALL SECURITY"), // T10
            };
            check_result(Feedback::Denied(denial), light, ticks, buzzer, words);
        }
    }

    #[test]
    fn states_are_the_rows_of_the_specification() {
        use Colour::{Amber, Blue, Green, Magenta, Off, Red};
        check_state(PointState::Ready, (1, 49, Blue, Off), None); // S1
        check_state(PointState::Unlocked, (10, 0, Green, Off), None); // S2
        check_state(PointState::Blocked, (10, 10, Amber, Off), None); // S3
        check_state(PointState::LockedDown, (5, 5, Red, Off), None); // S4
        check_state(PointState::DoubleLocked, (1, 24, Red, Off), None); // S5
        check_state(PointState::PreAlarm, (5, 5, Amber, Off), Some(sound(2, 8, 0))); // S6
        check_state(PointState::OpenTooLong, (3, 3, Red, Amber), Some(sound(5, 5, 0))); // S7
        check_state(PointState::OutOfService, (20, 20, Magenta, Off), None); // S9
    }

    #[test]
    fn the_light_never_outlasts_the_lock() {
        let check = |millis, ticks: Option<u16>| {
            let shown = temporary(Feedback::Granted { release_time: Duration::from_millis(millis) });
            let shown_ticks = shown.led.map(|led| match led {
                Led::Temporary { ticks, .. } => ticks,
                Led::Permanent(_) | Led::Cancel => panic!("not a result"),
            });
            assert_eq!(shown_ticks, ticks, "{millis} ms");
        };
        check(0, None);
        check(3_000, None);
        check(3_099, None);
        check(3_100, Some(1));
        check(5_099, Some(20));
        check(u64::MAX, Some(u16::MAX));
    }

    #[test]
    fn a_lasting_sound_is_stopped_once_its_state_ends_and_after_a_restart() {
        let mut face = Face::default();
        let mut check = |given: Option<Feedback>, expect: Option<Buzzer>| match given {
            Some(given) => assert_eq!(face.show(given).buzzer, expect, "{given:?}"),
            None => face.forget(),
        };
        check(Some(Feedback::State(PointState::Ready)), Some(Buzzer::Silence));
        check(Some(Feedback::SecuredAgain), Some(sound(1, 0, 1)));
        check(Some(Feedback::State(PointState::Ready)), None);
        check(Some(Feedback::State(PointState::PreAlarm)), Some(sound(2, 8, 0)));
        check(Some(Feedback::EnterPin), None);
        check(Some(Feedback::State(PointState::OpenTooLong)), Some(sound(5, 5, 0)));
        check(Some(Feedback::State(PointState::Ready)), Some(Buzzer::Silence));
        check(None, None);
        check(Some(Feedback::State(PointState::Ready)), Some(Buzzer::Silence));
    }

    #[test]
    fn opening_ends_the_temporary_pattern_and_nothing_else() {
        let shown = Face { state: Some(PointState::Ready) }.show(Feedback::Cancel);
        assert_eq!(shown, Pattern { led: Some(Led::Cancel), buzzer: None, caption: None });
    }
}
