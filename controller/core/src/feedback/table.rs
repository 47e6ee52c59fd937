//! The table: one row for each lasting state and each result (`feedback.md` B.4). Nothing else in the project knows a
//! rhythm. Three grammar rules hold in every row: colour is never the only difference, no light changes more than 2.5
//! times a second, and red and green alone, or one colour alone, still tell the rows apart by rhythm or sound.
//!
//! Where the specification names no fallback, ours keeps the rhythm: on red and green, what blinks amber alternates
//! between both; on one colour, the second colour is dark. One row is different: where a light has one colour, S1 stays a
//! blip, because a steady light would say what S2 says.

use super::{Colour, Lasts, Rhythm, Row, Sound};
use crate::engine::output::{Feedback, PointState};
use crate::feedback::DenialNotice;
use crate::feedback::policy::{FeedbackPolicy, ForcedLook};
use Colour::{Amber, Blue, Green, Magenta, Off, Red, White};

const fn light(on_ticks: u8, off_ticks: u8, on: Colour, off: Colour) -> Rhythm {
    Rhythm { on_ticks, off_ticks, on, off }
}

const fn sound(on_ticks: u8, off_ticks: u8, count: u8) -> Option<Sound> {
    Some(Sound { on_ticks, off_ticks, count })
}

/// A row whose light is the same on every device.
const fn same(id: &'static str, outcome: &'static str, light: Rhythm) -> Row {
    Row {
        id,
        outcome,
        looks: "",
        means: "",
        light,
        red_green: light,
        one_colour: light,
        lasts: Lasts::Lasting,
        sound: None,
        text: "",
    }
}

const READY: Row = Row {
    looks: "a short blue blip every five seconds",
    means: "Locked and ready: present your card.",
    red_green: light(10, 0, Red, Off),
    one_colour: light(1, 49, Red, Off),
    ..same("S1", "Locked, ready", light(1, 49, Blue, Off))
};
const READY_RED: Row = Row { looks: "steady red", light: light(10, 0, Red, Off), ..READY };
const READY_BLUE: Row = Row { looks: "steady blue", light: light(10, 0, Blue, Off), ..READY };
const UNLOCKED: Row = Row {
    looks: "steady green",
    means: "Held unlocked: walk through, no card needed.",
    ..same("S2", "Unlocked, LockedOpen", light(10, 0, Green, Off))
};
const BLOCKED: Row = Row {
    looks: "slow amber, one second on and one off",
    means: "Closed for now by the desk; no card opens it.",
    red_green: light(10, 10, Red, Off),
    one_colour: light(10, 10, Red, Off),
    ..same("S3", "Blocked, access point disabled", light(10, 10, Amber, Off))
};
const LOCKED_DOWN: Row = Row {
    looks: "red, half a second on and half a second off",
    means: "Lockdown: stay where you are and follow instructions.",
    ..same("S4", "LockedDown", light(5, 5, Red, Off))
};
const DOUBLE_LOCKED: Row = Row {
    looks: "a short red blip every two and a half seconds",
    means: "Double locked: this way is closed for the night.",
    ..same("S5", "DoubleLocked", light(1, 24, Red, Off))
};
const PRE_ALARM: Row = Row {
    looks: "amber, half a second on and half a second off, with a tick each second",
    means: "Close the door now, an alarm is about to start.",
    red_green: light(5, 5, Red, Green),
    one_colour: light(5, 5, Red, Off),
    sound: sound(2, 8, 0),
    ..same("S6", "Pre-alarm: must close", light(5, 5, Amber, Off))
};
const OPEN_TOO_LONG: Row = Row {
    looks: "fast red and amber, with a tone every second",
    means: "Open too long: close the door, the desk has been told.",
    red_green: light(3, 3, Red, Off),
    one_colour: light(3, 3, Red, Off),
    sound: sound(5, 5, 0),
    ..same("S7", "DoorOpenTooLong", light(3, 3, Red, Amber))
};
const OPEN_TOO_LONG_SILENT: Row = Row { looks: "fast red and amber", sound: None, ..OPEN_TOO_LONG };
const FORCED: Row = Row {
    looks: "fast red",
    means: "Opened by force or tampered with: the desk has been told.",
    ..same("S8", "DoorForcedOpen, tamper", light(3, 3, Red, Off))
};
const OUT_OF_SERVICE: Row = Row {
    looks: "very slow magenta, two seconds on and two off",
    means: "Out of service: use another way or call the desk.",
    red_green: light(20, 20, Amber, Off),
    one_colour: light(20, 20, Amber, Off),
    ..same("S9", "Commissioning, out of service", light(20, 20, Magenta, Off))
};

const PROCESSING: Row = Row {
    looks: "fast white",
    means: "Still checking: wait.",
    red_green: light(2, 2, Amber, Off),
    one_colour: light(2, 2, Amber, Off),
    lasts: Lasts::Ticks(20),
    text: "CHECKING",
    ..same("T1", "Processing", light(2, 2, White, Off))
};
const GRANTED: Row = Row {
    looks: "steady green, one short tone",
    means: "One short: go.",
    lasts: Lasts::ReleaseLess(CLOSING_TICKS),
    sound: sound(2, 0, 1),
    text: "OPEN {place} {s}s",
    ..same("T2", "AccessGranted", light(1, 0, Green, Off))
};
const CLOSING: Row = Row {
    looks: "fast green, slow ticking",
    means: "Hurry: it locks again in three seconds.",
    lasts: Lasts::Ticks(CLOSING_TICKS),
    sound: sound(1, 9, 3),
    text: "CLOSING {s}s",
    ..same("T3", "AccessGranted, last seconds", light(3, 3, Green, Off))
};
const ENTER_PIN: Row = Row {
    looks: "fast amber, two short tones",
    means: "Two short: type your PIN.",
    red_green: light(3, 3, Red, Green),
    one_colour: light(3, 3, Amber, Off),
    lasts: Lasts::Ticks(100),
    sound: sound(1, 2, 2),
    text: "ENTER PIN",
    ..same("T4", "RequireIdentifier pt:PIN", light(3, 3, Amber, Off))
};
const SECOND_PERSON: Row = Row {
    looks: "amber and green in turn, two short tones",
    means: "Two short: a second person or your escort must present a card.",
    red_green: light(5, 5, Green, Red),
    one_colour: light(5, 5, Amber, Off),
    lasts: Lasts::Ticks(150),
    sound: sound(1, 2, 2),
    text: "2ND PERSON {s}s",
    ..same("T5", "RequireIdentifier pt:DualCredential", light(5, 5, Amber, Green))
};
const NO_ACCESS: Row = Row {
    looks: "fast red, three short tones",
    means: "Three short: no. Your own page, or the desk, says why.",
    lasts: Lasts::Ticks(18),
    sound: sound(2, 2, 3),
    text: "NO ACCESS {code}",
    ..same("T6", "AccessDenied, class N", light(2, 2, Red, Off))
};
const NOT_NOW: Row = Row {
    looks: "red and amber in turn, two long tones",
    means: "Two long: not at this time, or your grant has not begun, is over or waits for approval.",
    red_green: light(4, 4, Red, Off),
    one_colour: light(4, 4, Red, Off),
    lasts: Lasts::Ticks(24),
    sound: sound(5, 3, 2),
    text: "NOT NOW {code}",
    ..same("T7", "AccessDenied, class W", light(4, 4, Red, Amber))
};
const CLOSED: Row = Row {
    looks: "steady red for two seconds, one long tone",
    means: "One long: this place is closed to everyone now.",
    lasts: Lasts::Ticks(20),
    sound: sound(10, 0, 1),
    text: "CLOSED {code}",
    ..same("T8", "AccessDenied, class P", light(1, 0, Red, Off))
};
const READ_AGAIN: Row = Row {
    looks: "fast amber, four rapid tones",
    means: "Four rapid: present the card again.",
    red_green: light(2, 2, Red, Green),
    one_colour: light(2, 2, Amber, Off),
    lasts: Lasts::Ticks(8),
    sound: sound(1, 1, 4),
    text: "READ AGAIN",
    ..same("T9", "RetryIdentifier", light(2, 2, Amber, Off))
};
const FAULT: Row = Row {
    looks: "steady magenta, eight rapid tones",
    means: "Eight rapid: a fault of ours, call the desk.",
    red_green: light(1, 0, Amber, Off),
    one_colour: light(1, 0, Amber, Off),
    lasts: Lasts::Ticks(30),
    sound: sound(1, 1, 8),
    text: "CALL {call} {code}",
    ..same("T10", "pt:Fault", light(1, 0, Magenta, Off))
};
const LOCKED_OUT: Row = Row {
    looks: "a red blip every second",
    means: "Too many wrong tries: wait a minute.",
    lasts: Lasts::Ticks(600),
    text: "WAIT {s}s",
    ..same("T11", "Lock-out", light(1, 9, Red, Off))
};
const SECURED_AGAIN: Row = Row {
    looks: "one blue flash of half a second, one very short tone",
    means: "The rack is locked: door, handle and lock say so.",
    red_green: light(2, 0, Amber, Off),
    lasts: Lasts::Ticks(5),
    sound: sound(1, 0, 1),
    text: "LOCKED",
    ..same("T13", "Rack secured again", light(2, 0, Blue, Off))
};
const NOT_LATCHED: Row = Row {
    looks: "amber, half a second on and half a second off, slow ticking",
    means: "Not closed: push the door shut and the handle home.",
    red_green: light(5, 5, Red, Green),
    one_colour: light(5, 5, Amber, Off),
    lasts: Lasts::Ticks(100),
    sound: sound(1, 9, 5),
    text: "PUSH HANDLE",
    ..same("T14", "Handle or door not fully closed", light(5, 5, Amber, Off))
};
const LOCATE: Row = Row {
    looks: "a green flash every second",
    means: "Here: this is the rack your grant is for.",
    lasts: Lasts::Ticks(300),
    ..same("T15", "Locate", light(2, 8, Green, Off))
};

/// The last ticks of a release, which T3 announces; T2 ends before them (`feedback.md`, rule 2).
pub(super) const CLOSING_TICKS: u16 = 30;

/// Every row, in order of the specification. T12, the duress PIN, has none: it is T2 in every respect.
pub const ROWS: [Row; 26] = [
    READY,
    READY_RED,
    READY_BLUE,
    UNLOCKED,
    BLOCKED,
    LOCKED_DOWN,
    DOUBLE_LOCKED,
    PRE_ALARM,
    OPEN_TOO_LONG,
    OPEN_TOO_LONG_SILENT,
    FORCED,
    OUT_OF_SERVICE,
    PROCESSING,
    GRANTED,
    CLOSING,
    ENTER_PIN,
    SECOND_PERSON,
    NO_ACCESS,
    NOT_NOW,
    CLOSED,
    READ_AGAIN,
    FAULT,
    LOCKED_OUT,
    SECURED_AGAIN,
    NOT_LATCHED,
    LOCATE,
];

/// The rows that readers of a site with this policy can show, in order of the specification.
pub fn rows_shown(policy: &FeedbackPolicy) -> impl Iterator<Item = Row> {
    let ready = state_row(policy.ready.state());
    let too_long = state_row(policy.too_long.state());
    let shows_force = policy.forced == ForcedLook::Red;
    ROWS.into_iter().filter(move |row| match row.id {
        "S1" => *row == ready,
        "S7" => *row == too_long,
        "S8" => shows_force,
        _ => true,
    })
}

/// The row that `feedback` shows; `None` for the end of a result, which shows what lasts.
pub const fn row_of(feedback: Feedback) -> Option<Row> {
    let row = match feedback {
        Feedback::State(state) => state_row(state),
        Feedback::Processing => PROCESSING,
        Feedback::Granted { .. } => GRANTED,
        Feedback::Closing => CLOSING,
        Feedback::Cancel => return None,
        Feedback::EnterPin => ENTER_PIN,
        Feedback::SecondPerson => SECOND_PERSON,
        Feedback::Denied(DenialNotice::NoAccess(_)) => NO_ACCESS,
        Feedback::Denied(DenialNotice::NotNow(_)) => NOT_NOW,
        Feedback::Denied(DenialNotice::Closed(_)) => CLOSED,
        Feedback::Denied(DenialNotice::Fault(..)) => FAULT,
        Feedback::LockedOut { .. } => LOCKED_OUT,
        Feedback::ReadAgain => READ_AGAIN,
        Feedback::SecuredAgain => SECURED_AGAIN,
        Feedback::NotLatched => NOT_LATCHED,
        Feedback::Locate => LOCATE,
        Feedback::Trial(row) => *row,
    };
    Some(row)
}

const fn state_row(state: PointState) -> Row {
    match state {
        PointState::Ready => READY,
        PointState::ReadyRed => READY_RED,
        PointState::ReadyBlue => READY_BLUE,
        PointState::Unlocked => UNLOCKED,
        PointState::Blocked => BLOCKED,
        PointState::LockedDown => LOCKED_DOWN,
        PointState::DoubleLocked => DOUBLE_LOCKED,
        PointState::PreAlarm => PRE_ALARM,
        PointState::OpenTooLong => OPEN_TOO_LONG,
        PointState::OpenTooLongSilent => OPEN_TOO_LONG_SILENT,
        PointState::Forced => FORCED,
        PointState::OutOfService => OUT_OF_SERVICE,
    }
}
