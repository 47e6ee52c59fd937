//! The table against the specification, and what must hold of every row on every device.

use core::time::Duration;

use super::Colour::{Amber, Blue, Green, Magenta, Off, Red, White};
use super::policy::{Disclosure, FeedbackPolicy, ReadyLook, Refused, TooLongSound, notice};
use super::*;
use crate::engine::input::{DeviceReport, Digits};
use crate::engine::output::{Feedback, PointState};
use crate::entry::{Denial, DenialClass};
use crate::id::Seq;
use crate::people::CredentialKey;
use crate::site::local_time::LocalSecond;
use crate::time::Monotonic;

type Light = (u8, u8, Colour, Colour);

const LIT: [Palette; 3] = [Palette::Full, Palette::RedGreen, Palette::OneColour];

fn granted(seconds: u64) -> Feedback {
    Feedback::Granted { release_time: Duration::from_secs(seconds), place: None }
}

fn refused(disclosure: Disclosure, reason: Denial) -> Feedback {
    let refused = Refused { reason, reference: reference(Seq::new(1)), from: None };
    Feedback::Denied(notice(disclosure, &refused, Label::parse("4400")))
}

/// One piece of feedback for every row that the engine can show.
fn every_feedback() -> Vec<Feedback> {
    let states = PointState::ALL.into_iter().map(Feedback::State);
    let results = [
        Feedback::Processing,
        granted(10),
        Feedback::Closing,
        Feedback::EnterPin,
        Feedback::SecondPerson,
        refused(Disclosure::Class, Denial::NotAuthorisedPoint),
        refused(Disclosure::Class, Denial::NotPermittedAtThisTime),
        refused(Disclosure::Class, Denial::LockedDown),
        Feedback::ReadAgain,
        refused(Disclosure::Class, Denial::NoDecision),
        Feedback::LockedOut { left: Duration::from_secs(60) },
        Feedback::SecuredAgain,
        Feedback::NotLatched,
        Feedback::Locate,
    ];
    states.chain(results).collect()
}

fn lines(feedback: Feedback) -> [String; 2] {
    pattern(feedback, Palette::Full).text.map_or_else(Default::default, |text| text.lines)
}

#[test]
fn lasting_states_are_the_rows_of_the_specification() {
    let check = |state, id: &str, light: Light, fallback: Light, sound: Option<(u8, u8, u8)>| {
        let rhythm = |(on_ticks, off_ticks, on, off)| Rhythm { on_ticks, off_ticks, on, off };
        let row = row_of(Feedback::State(state)).unwrap();
        assert_eq!((row.id, row.light, row.red_green), (id, rhythm(light), rhythm(fallback)), "{state:?}");
        let shown = pattern(Feedback::State(state), Palette::Full);
        assert_eq!(shown.light, Some(LightOrder::Lasting(rhythm(light))), "{state:?}");
        let sound = sound.map(|(on_ticks, off_ticks, count)| SoundOrder::Play(Sound { on_ticks, off_ticks, count }));
        assert_eq!((shown.sound, shown.text), (sound, None), "{state:?}");
    };
    check(PointState::Ready, "S1", (1, 49, Blue, Off), (10, 0, Red, Off), None);
    check(PointState::ReadyRed, "S1", (10, 0, Red, Off), (10, 0, Red, Off), None);
    check(PointState::ReadyBlue, "S1", (10, 0, Blue, Off), (10, 0, Red, Off), None);
    check(PointState::Unlocked, "S2", (10, 0, Green, Off), (10, 0, Green, Off), None);
    check(PointState::Blocked, "S3", (10, 10, Amber, Off), (10, 10, Red, Off), None);
    check(PointState::LockedDown, "S4", (5, 5, Red, Off), (5, 5, Red, Off), None);
    check(PointState::DoubleLocked, "S5", (1, 24, Red, Off), (1, 24, Red, Off), None);
    check(PointState::PreAlarm, "S6", (5, 5, Amber, Off), (5, 5, Red, Green), Some((2, 8, 0)));
    check(PointState::OpenTooLong, "S7", (3, 3, Red, Amber), (3, 3, Red, Off), Some((5, 5, 0)));
    check(PointState::OpenTooLongSilent, "S7", (3, 3, Red, Amber), (3, 3, Red, Off), None);
    check(PointState::Forced, "S8", (3, 3, Red, Off), (3, 3, Red, Off), None);
    check(PointState::OutOfService, "S9", (20, 20, Magenta, Off), (20, 20, Amber, Off), None);
}

#[test]
fn results_are_the_rows_of_the_specification() {
    let check = |given: Feedback, id: &str, light: Light, ticks: u16, sound: Option<(u8, u8, u8)>, words: &str| {
        let (on_ticks, off_ticks, on, off) = light;
        let shown = pattern(given, Palette::Full);
        assert_eq!(row_of(given).map(|row| row.id), Some(id), "{given:?}");
        let rhythm = Rhythm { on_ticks, off_ticks, on, off };
        assert_eq!(shown.light, Some(LightOrder::Result { rhythm, ticks }), "{given:?}");
        let sound = sound.map(|(on_ticks, off_ticks, count)| SoundOrder::Play(Sound { on_ticks, off_ticks, count }));
        assert_eq!(shown.sound, sound, "{given:?}");
        assert_eq!(lines(given)[0], words, "{given:?}");
    };
    check(Feedback::Processing, "T1", (2, 2, White, Off), 20, None, "CHECKING");
    let rack = Feedback::Granted { release_time: Duration::from_secs(10), place: Label::parse("R07-03") };
    check(rack, "T2", (1, 0, Green, Off), 70, Some((2, 0, 1)), "OPEN R07-03 10s");
    check(granted(5), "T2", (1, 0, Green, Off), 20, Some((2, 0, 1)), "OPEN 5s");
    check(Feedback::Closing, "T3", (3, 3, Green, Off), 30, Some((1, 9, 3)), "CLOSING 3s");
    check(Feedback::EnterPin, "T4", (3, 3, Amber, Off), 100, Some((1, 2, 2)), "ENTER PIN");
    check(Feedback::SecondPerson, "T5", (5, 5, Amber, Green), 150, Some((1, 2, 2)), "2ND PERSON 15s");
    for denial in Denial::ALL {
        let given = refused(Disclosure::Code, denial);
        let hidden = [Denial::CredentialUnknown, Denial::CredentialLost, Denial::CredentialStolen].contains(&denial);
        let code = if hidden { String::new() } else { format!(" {}", denial.code()) };
        match denial.class() {
            DenialClass::N => {
                check(given, "T6", (2, 2, Red, Off), 18, Some((2, 2, 3)), &format!("NO ACCESS{code}"));
            }
            DenialClass::W => {
                check(given, "T7", (4, 4, Red, Amber), 24, Some((5, 3, 2)), &format!("NOT NOW{code}"));
            }
            DenialClass::P => check(given, "T8", (1, 0, Red, Off), 20, Some((10, 0, 1)), &format!("CLOSED{code}")),
            DenialClass::F => {
                check(given, "T10", (1, 0, Magenta, Off), 30, Some((1, 1, 8)), &format!("CALL 4400{code}"));
            }
        }
    }
    check(Feedback::ReadAgain, "T9", (2, 2, Amber, Off), 8, Some((1, 1, 4)), "READ AGAIN");
    let left = Duration::from_secs(60);
    check(Feedback::LockedOut { left }, "T11", (1, 9, Red, Off), 600, None, "WAIT 60s");
    let left = Duration::from_millis(12_340);
    check(Feedback::LockedOut { left }, "T11", (1, 9, Red, Off), 123, None, "WAIT 12s");
    check(Feedback::SecuredAgain, "T13", (2, 0, Blue, Off), 5, Some((1, 0, 1)), "LOCKED");
    check(Feedback::NotLatched, "T14", (5, 5, Amber, Off), 100, Some((1, 9, 5)), "PUSH HANDLE");
    check(Feedback::Locate, "T15", (2, 8, Green, Off), 300, None, "");
    let cancel = pattern(Feedback::Cancel, Palette::Full);
    assert_eq!(cancel, Pattern { light: Some(LightOrder::EndResult), ..Pattern::default() });
}

#[test]
fn every_row_of_the_table_can_be_shown() {
    let shown: Vec<Row> = every_feedback().into_iter().filter_map(row_of).collect();
    assert_eq!(shown.len(), ROWS.len());
    for row in ROWS {
        assert!(shown.contains(&row), "{} is in the table and never shown", row.id);
        assert!(!row.looks.is_empty() && !row.means.is_empty(), "{} has no words", row.id);
    }
}

/// Green that stays is said by one state alone, and nothing that is not a state stays at all.
#[test]
fn nothing_but_a_door_held_unlocked_is_green_for_good() {
    for feedback in every_feedback() {
        for palette in LIT {
            let shown = pattern(feedback, palette);
            let is_state = matches!(feedback, Feedback::State(_));
            assert_eq!(shown.is_lasting(), is_state, "{feedback:?}");
            let Some(LightOrder::Lasting(rhythm)) = shown.light else { continue };
            let held = feedback == Feedback::State(PointState::Unlocked);
            // Red and green in turn is no green light: it asks for the door to be closed.
            let is_green = rhythm.on == Green || rhythm.off == Green && rhythm.on != Red;
            assert_eq!(is_green, held, "{feedback:?} on {palette:?}");
        }
    }
}

#[test]
fn no_light_changes_faster_than_eyes_stand() {
    for row in ROWS {
        for palette in LIT {
            let rhythm = row.rhythm(palette).unwrap();
            let period = u16::from(rhythm.on_ticks) + u16::from(rhythm.off_ticks);
            assert!(rhythm.on_ticks > 0, "{} on {palette:?}: a light that never shines", row.id);
            assert!(rhythm.is_steady() || period >= 4, "{} on {palette:?}: more than 2.5 Hz", row.id);
        }
        assert_ne!(row.rhythm(Palette::OneColour).unwrap().on, Off, "{}", row.id);
        let one = row.rhythm(Palette::OneColour).unwrap();
        assert!(one.is_steady() || one.off == Off, "{}: two colours on a device with one", row.id);
        let two = row.rhythm(Palette::RedGreen).unwrap();
        for colour in [two.on, two.off] {
            assert!([Off, Red, Green, Amber].contains(&colour), "{}: {colour:?} on red and green", row.id);
        }
    }
}

/// What somebody who sees no colours can tell: when the light is on, and the sound.
#[test]
fn the_answers_are_told_apart_without_colours() {
    let answers = [
        granted(10),
        Feedback::EnterPin,
        refused(Disclosure::Class, Denial::NotAuthorisedPoint),
        refused(Disclosure::Class, Denial::NotPermittedAtThisTime),
        refused(Disclosure::Class, Denial::LockedDown),
    ];
    for palette in LIT {
        let told = |feedback: Feedback| {
            let row = row_of(feedback).unwrap();
            let rhythm = row.rhythm(palette).unwrap();
            ((!rhythm.is_steady()).then_some((rhythm.on_ticks, rhythm.off_ticks)), row.sound)
        };
        for (index, one) in answers.iter().enumerate() {
            for other in &answers[index + 1..] {
                assert_ne!(told(*one), told(*other), "{one:?} and {other:?} on {palette:?}");
            }
        }
    }
}

#[test]
fn colours_follow_what_a_device_says_it_has() {
    let check = |level, count, expect| assert_eq!(Palette::of_capability(level, count), expect, "{level} {count}");
    check(4, 1, Palette::Full);
    check(9, 1, Palette::Full);
    check(3, 1, Palette::RedGreen);
    check(2, 1, Palette::OneColour);
    check(1, 2, Palette::OneColour);
    check(0, 1, Palette::NoLight);
    check(4, 0, Palette::NoLight);
    assert_eq!(pattern(Feedback::EnterPin, Palette::NoLight).light, None);
    assert!(pattern(Feedback::EnterPin, Palette::NoLight).sound.is_some());
}

#[test]
fn the_light_never_outlasts_the_lock() {
    let check = |millis, expect: Option<(Colour, u16)>| {
        let release_time = Duration::from_millis(millis);
        let shown = pattern(Feedback::Granted { release_time, place: None }, Palette::Full);
        let light = shown.light.map(|light| match light {
            LightOrder::Result { rhythm, ticks } => (rhythm.off, ticks),
            LightOrder::Lasting(_) | LightOrder::EndResult => panic!("not a result"),
        });
        assert_eq!(light.map(|(_, ticks)| ticks), expect.map(|(_, ticks)| ticks), "{millis} ms");
        let ticks = expect.map_or(0, |(_, ticks)| u64::from(ticks));
        assert!(ticks * 100 <= millis, "{millis} ms");
    };
    check(0, None);
    check(99, None);
    check(1_500, Some((Off, 15)));
    check(3_000, Some((Off, 30)));
    check(3_099, Some((Off, 30)));
    check(3_100, Some((Off, 1)));
    check(5_099, Some((Off, 20)));
    check(u64::MAX, Some((Off, u16::MAX - 30)));
}

/// A release as short as the warning is the warning, cut to its length (`feedback.md`, rule 2).
#[test]
fn a_short_release_hurries_at_once() {
    let check = |seconds: u64, count: u8, words: &str| {
        let shown = pattern(granted(seconds), Palette::Full);
        let Some(LightOrder::Result { rhythm, ticks }) = shown.light else { panic!("{shown:?}") };
        assert_eq!((rhythm.on_ticks, rhythm.off_ticks, u64::from(ticks)), (3, 3, seconds * 10));
        let Some(SoundOrder::Play(sound)) = shown.sound else { panic!("{shown:?}") };
        assert_eq!((sound.count, lines(granted(seconds))[0].as_str()), (count, words));
    };
    check(3, 3, "CLOSING 3s");
    check(2, 2, "CLOSING 2s");
    check(1, 1, "CLOSING 1s");
}

#[test]
fn how_much_a_refusal_says_follows_the_disclosure() {
    let monday_nine = LocalSecond::of_day(20_668, 9 * 60);
    let from = |days: i64, minute| {
        Some(PermittedFrom { asked: monday_nine, from: LocalSecond::of_day(20_668 + days, minute) })
    };
    let check = |disclosure, reason, from, id: &str, words: [&str; 2]| {
        let refused = Refused { reason, reference: Reference::parse("7F3K").unwrap(), from };
        let feedback = Feedback::Denied(notice(disclosure, &refused, None));
        let shown = lines(feedback);
        assert_eq!(
            (row_of(feedback).unwrap().id, [shown[0].as_str(), shown[1].as_str()]),
            (id, words),
            "{disclosure:?}"
        );
    };
    use Disclosure::{Class, Code, Full, Minimal};
    let (no, late, shut) = (Denial::NotAuthorisedPoint, Denial::NotPermittedAtThisTime, Denial::LockedDown);
    check(Minimal, no, None, "T6", ["NO ACCESS", ""]);
    check(Minimal, late, None, "T6", ["NO ACCESS", ""]);
    check(Minimal, shut, None, "T6", ["NO ACCESS", ""]);
    check(Minimal, Denial::NoDecision, None, "T6", ["NO ACCESS", ""]);
    check(Class, no, None, "T6", ["NO ACCESS", ""]);
    check(Class, late, from(0, 1080), "T7", ["NOT NOW", ""]);
    check(Class, shut, None, "T8", ["CLOSED", ""]);
    check(Class, Denial::NoDecision, None, "T10", ["CALL DESK", ""]);
    check(Code, no, None, "T6", ["NO ACCESS N21", "REF 7F3K"]);
    check(Code, late, from(0, 1080), "T7", ["NOT NOW W12", "REF 7F3K"]);
    check(Code, shut, None, "T8", ["CLOSED P03", "REF 7F3K"]);
    check(Full, late, from(0, 1080), "T7", ["FROM 18:00 W12", "REF 7F3K"]);
    check(Full, late, from(1, 485), "T7", ["FROM TUE 08:05", "W12 REF 7F3K"]);
    check(Full, late, from(7, 480), "T7", ["FROM 10 AUG W12", "REF 7F3K"]);
    check(Full, late, None, "T7", ["NOT NOW W12", "REF 7F3K"]);
    check(Full, Denial::GrantNotApproved, None, "T7", ["NOT APPROVED W13", "REF 7F3K"]);
    check(Full, shut, None, "T8", ["CLOSED P03", "REF 7F3K"]);
    for reason in [Denial::CredentialUnknown, Denial::CredentialLost, Denial::CredentialStolen] {
        check(Class, reason, None, "T6", ["NO ACCESS", ""]);
        check(Full, reason, None, "T6", ["NO ACCESS", "REF 7F3K"]);
    }
}

#[test]
fn no_text_is_longer_than_a_display() {
    let from = PermittedFrom { asked: LocalSecond::of_day(20_668, 0), from: LocalSecond::of_day(20_700, 0) };
    let mut given = every_feedback();
    for denial in Denial::ALL {
        for disclosure in Disclosure::ALL {
            for from in [None, Some(from)] {
                let refused = Refused { reason: denial, reference: reference(Seq::new(77)), from };
                given.push(Feedback::Denied(notice(disclosure, &refused, Label::parse("4400123"))));
            }
        }
    }
    for seconds in [1, 5, 60, 999, 86_400, u64::MAX] {
        given.push(Feedback::Granted { release_time: Duration::from_secs(seconds), place: Label::parse("R123-45") });
    }
    for feedback in given {
        for line in lines(feedback) {
            assert!(line.len() <= 16 && line.is_ascii() && !line.contains('{'), "{feedback:?}: {line:?}");
        }
    }
    let long = Feedback::Granted { release_time: Duration::from_secs(9_999), place: Label::parse("R123-45") };
    assert_eq!(lines(long)[0], "OPEN 9999s", "the place gives way");
}

#[test]
fn a_rack_is_called_what_stands_on_its_door() {
    let check = |path: &str, expect: Option<&str>| {
        assert_eq!(Label::of_rack(path).map(|label| label.to_string()).as_deref(), expect, "{path}");
    };
    check("lon1/hall-a/r07/c03/front", Some("R07-03"));
    check("lon1/hall-a/r1/c1/rear", Some("R1-1"));
    check("lon1/hall-a/north-row/cabinet-12/front", None);
    check("front", None);
}

const READY: Feedback = Feedback::State(PointState::Ready);

#[test]
fn a_lasting_sound_is_stopped_once_its_state_ends_and_after_a_restart() {
    let mut face = Face::default();
    let play = |on_ticks, off_ticks, count| Some(SoundOrder::Play(Sound { on_ticks, off_ticks, count }));
    let mut check = |given: Option<Feedback>, expect: Option<SoundOrder>| match given {
        Some(given) => assert_eq!(face.show(given).sound, expect, "{given:?}"),
        None => face.forget(),
    };
    check(Some(READY), Some(SoundOrder::Silence));
    check(Some(Feedback::SecuredAgain), play(1, 0, 1));
    check(Some(READY), None);
    check(Some(Feedback::State(PointState::PreAlarm)), play(2, 8, 0));
    check(Some(Feedback::EnterPin), None);
    check(Some(Feedback::Cancel), None);
    check(Some(Feedback::State(PointState::OpenTooLong)), play(5, 5, 0));
    check(Some(Feedback::State(PointState::OpenTooLongSilent)), Some(SoundOrder::Silence));
    check(Some(READY), None);
    check(None, None);
    check(Some(READY), Some(SoundOrder::Silence));
}

#[test]
fn a_ticking_stops_with_what_it_belongs_to() {
    let check = |result: Feedback, expect: Option<SoundOrder>| {
        let mut face = Face::default();
        face.show(READY);
        face.show(result);
        let ended = face.show(Feedback::Cancel);
        assert_eq!((ended.light, ended.sound), (Some(LightOrder::EndResult), expect), "{result:?}");
    };
    check(granted(10), None);
    check(granted(3), Some(SoundOrder::Silence));
    check(Feedback::Closing, Some(SoundOrder::Silence));
    check(Feedback::NotLatched, Some(SoundOrder::Silence));
}

#[test]
fn whoever_waits_too_long_for_an_answer_sees_that_it_is_worked_on() {
    let at = |millis: u64| Monotonic::from_micros(millis * 1_000);
    let card = || DeviceReport::Card(CredentialKey::from_keyed_hash([1; 16]));
    let pin = || DeviceReport::Pin(Digits::parse("4711").unwrap());
    let mut face = Face::default();
    face.hear(at(0), &card());
    assert_eq!(face.deadline(), None, "a device that was told nothing is not ours to light");
    face.show(READY);
    face.hear(at(0), &pin());
    assert_eq!(face.deadline(), None, "nobody asked for digits");
    face.hear(at(1_000), &card());
    assert_eq!(face.overdue(at(1_299)), None);
    face.show(Feedback::EnterPin);
    assert_eq!((face.deadline(), face.overdue(at(1_300))), (None, None), "answered in time");
    face.hear(at(5_000), &pin());
    face.show(Feedback::State(PointState::OutOfService));
    assert_eq!(face.deadline(), Some(at(5_300)), "a lasting state answers nobody");
    let shown = face.overdue(at(5_300)).unwrap();
    assert_eq!(shown.text.unwrap().lines[0], "CHECKING");
    assert_eq!((face.deadline(), face.overdue(at(9_000))), (None, None), "once");
}

/// Every pattern as it is tried at a site with this policy.
fn tried(policy: &FeedbackPolicy) -> impl Iterator<Item = (PatternId, Feedback)> {
    PatternId::all().map(|pattern| (pattern, Feedback::Trial(pattern.row(policy).unwrap())))
}

#[test]
fn whatever_is_tried_is_shown_for_seconds_and_never_for_good() {
    for (id, feedback) in tried(&FeedbackPolicy::default()) {
        for palette in LIT {
            let shown = pattern(feedback, palette);
            assert!(!shown.is_lasting() && shown.is_momentary(), "{id:?} {palette:?}: {shown:?}");
            let Some(LightOrder::Result { ticks, rhythm }) = shown.light else {
                panic!("{id:?} {palette:?}: {shown:?}")
            };
            assert!((1..=100).contains(&ticks), "{id:?}: {ticks}");
            assert_eq!(Some(rhythm), row_of(feedback).unwrap().rhythm(palette), "{id:?} looks as it does");
            let Some(SoundOrder::Play(sound)) = shown.sound else { continue };
            let span = (u16::from(sound.on_ticks) + u16::from(sound.off_ticks)) * u16::from(sound.count);
            assert!(!sound.is_lasting() && span <= 100, "{id:?}: {sound:?}");
        }
        let dark = pattern(feedback, Palette::NoLight);
        assert!(dark.light.is_none() && dark.sound.is_none_or(|sound| sound != SoundOrder::Silence), "{id:?}");
    }
}

#[test]
fn patterns_are_those_of_the_specification_and_the_site() {
    let ids: Vec<_> = PatternId::all().map(PatternId::id).collect();
    assert_eq!((ids.len(), ids[0], ids[8], ids[9], ids[23]), (24, "S1", "S9", "T1", "T15"));
    for pattern in PatternId::all() {
        assert_eq!(PatternId::named(&pattern.id().to_lowercase()), Some(pattern));
        assert_eq!(PatternId::numbered(pattern.number()), Some(pattern));
    }
    for unknown in ["", "T", "T16", "S0", "T2 ", "locate"] {
        assert_eq!(PatternId::named(unknown), None, "{unknown}");
    }
    assert_eq!(PatternId::numbered(24), None);
    let steady = FeedbackPolicy { ready: ReadyLook::SteadyBlue, too_long: TooLongSound::Silent, ..Default::default() };
    let row = |id: &str| PatternId::named(id).unwrap().row(&steady).unwrap();
    assert_eq!((row("S1").looks, row("S7").sound), ("steady blue", None));
    assert_eq!(row("S8").id, "S8");
}

#[test]
fn a_trial_of_the_duress_pattern_is_one_of_the_granted() {
    let policy = FeedbackPolicy::default();
    let row = |id: &str| PatternId::named(id).unwrap().row(&policy).unwrap();
    for palette in LIT {
        let shown = |id| pattern(Feedback::Trial(row(id)), palette);
        assert_eq!(shown("T12"), shown("T2"));
        assert_eq!(shown("T12").text.unwrap().lines, ["TEST T2", ""]);
    }
}

#[test]
fn nobody_who_waits_for_an_answer_is_shown_a_trial() {
    let mut face = Face::default();
    face.show(READY);
    let trial = tried(&FeedbackPolicy::default()).find(|(id, _)| id.id() == "T14").unwrap().1;
    assert!(face.show(trial).light.is_some());
    assert_eq!(face.show(Feedback::Cancel).sound, Some(SoundOrder::Silence), "its ticking ends with it");
    face.hear(Monotonic::from_micros(0), &DeviceReport::Card(CredentialKey::from_keyed_hash([1; 16])));
    assert_eq!(face.show(trial), Pattern::default());
    assert!(face.deadline().is_some(), "they are still waited for");
}
