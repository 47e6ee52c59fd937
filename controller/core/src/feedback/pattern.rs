//! One piece of feedback as light, sound and text for one device, from the rows of the table.
//!
//! Decides lengths that depend on more than the row: a result never lasts longer than the lock it speaks of
//! (`feedback.md`, rules 1 and 2), and no timer exceeds sixteen bits (rule 5).

use core::time::Duration;

use super::table::{CLOSING_TICKS, row_of};
use super::words::LINE_CHARS;
use super::{DenialNotice, DenialWords, Label, Lasts, Palette, Rhythm, Row, Sound, TICK};
use crate::engine::output::Feedback;

/// Shorter than this nobody has read a text.
const LEAST_SECONDS: u8 = 2;

/// What a device shall show; a part that is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pattern {
    /// The light.
    pub light: Option<LightOrder>,
    /// The sound.
    pub sound: Option<SoundOrder>,
    /// The text, for devices with a display.
    pub text: Option<Text>,
}

/// What a light shall do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LightOrder {
    /// Show this until told otherwise, and after every result.
    Lasting(Rhythm),
    /// Show this for so many ticks, 1 to 65,535, then what lasts.
    Result {
        /// The rhythm.
        rhythm: Rhythm,
        /// How long.
        ticks: u16,
    },
    /// End a result now.
    EndResult,
}

/// What a sounder shall do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoundOrder {
    /// Be quiet.
    Silence,
    /// Play this.
    Play(Sound),
}

/// Two lines of at most sixteen characters, for some seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The first line and the second, which may be empty.
    pub lines: [String; 2],
    /// How long, 1 to 255 seconds.
    pub seconds: u8,
}

impl Pattern {
    /// Whether the light stays until told otherwise.
    pub const fn is_lasting(&self) -> bool {
        matches!(self.light, Some(LightOrder::Lasting(_)))
    }

    /// Whether it belongs to a moment. Shown late, it would be taken for the answer to something else, and a light that
    /// says that a lock is open would outlast the lock (`feedback.md`, rule 1).
    pub const fn is_momentary(&self) -> bool {
        match (self.light, self.sound) {
            (Some(LightOrder::Result { .. }), _) => true,
            (Some(LightOrder::Lasting(_) | LightOrder::EndResult), _) => false,
            (None, Some(SoundOrder::Play(sound))) => !sound.is_lasting(),
            (None, Some(SoundOrder::Silence) | None) => false,
        }
    }
}

/// What `feedback` is on a device with these colours.
pub fn pattern(feedback: Feedback, palette: Palette) -> Pattern {
    match (feedback, row_of(feedback)) {
        (_, None) => Pattern { light: Some(LightOrder::EndResult), ..Pattern::default() },
        (Feedback::Granted { release_time, .. }, Some(_)) if ticks(release_time) <= CLOSING_TICKS => {
            row_of(Feedback::Closing).map_or_else(Pattern::default, |row| hurry(&row, ticks(release_time), palette))
        }
        (Feedback::Trial(_), Some(row)) => trial(&row, palette),
        (_, Some(row)) => of_row(feedback, &row, palette),
    }
}

fn of_row(feedback: Feedback, row: &Row, palette: Palette) -> Pattern {
    let rhythm = row.rhythm(palette);
    let (light, shown) = match (row.lasts, feedback) {
        (Lasts::Lasting, _) => (rhythm.map(LightOrder::Lasting), Duration::ZERO),
        (Lasts::Ticks(row_ticks), Feedback::LockedOut { left }) => (result(rhythm, ticks(left).min(row_ticks)), left),
        (Lasts::Ticks(row_ticks), _) => (result(rhythm, row_ticks), TICK * u32::from(row_ticks)),
        (Lasts::ReleaseLess(warning), Feedback::Granted { release_time, .. }) => {
            (result(rhythm, ticks(release_time).saturating_sub(warning)), release_time)
        }
        // Only a release has a length of its own.
        (Lasts::ReleaseLess(_), _) => (None, Duration::ZERO),
    };
    Pattern { light, sound: row.sound.map(SoundOrder::Play), text: text(feedback, row, shown) }
}

/// A row that somebody wants to see. A display has the row's id instead of its words, which would be taken for an answer, and
/// leaves no line behind that the next answer does not write over.
fn trial(row: &Row, palette: Palette) -> Pattern {
    let seconds = u8::try_from(row.trial_time().as_secs()).unwrap_or(u8::MAX).max(LEAST_SECONDS);
    let text = || Text { lines: [format!("TEST {}", row.id), String::new()], seconds };
    Pattern {
        light: result(row.rhythm(palette), row.trial_ticks()),
        sound: row.trial_sound().map(SoundOrder::Play),
        text: (!row.text.is_empty()).then(text),
    }
}

/// T3 for a release that is as short as T3 itself, or shorter: T2 is skipped, and nothing outlasts the lock.
fn hurry(row: &Row, ticks: u16, palette: Palette) -> Pattern {
    let Some(light) = result(row.rhythm(palette), ticks) else { return Pattern::default() };
    let shown = TICK * u32::from(ticks);
    let seconds = u8::try_from(shown.as_millis().div_ceil(1_000)).unwrap_or(u8::MAX);
    let sound = row.sound.map(|sound| SoundOrder::Play(Sound { count: sound.count.min(seconds).max(1), ..sound }));
    Pattern { light: Some(light), sound, text: text(Feedback::Closing, row, shown) }
}

fn result(rhythm: Option<Rhythm>, ticks: u16) -> Option<LightOrder> {
    // Devices take a timer of zero for "for ever".
    rhythm.filter(|_| ticks > 0).map(|rhythm| LightOrder::Result { rhythm, ticks })
}

/// Whole ticks, rounded down, so that a light never outlasts what it speaks of.
fn ticks(span: Duration) -> u16 {
    u16::try_from(span.as_millis() / TICK.as_millis()).unwrap_or(u16::MAX)
}

fn text(feedback: Feedback, row: &Row, shown: Duration) -> Option<Text> {
    if row.text.is_empty() {
        return None;
    }
    let seconds = u8::try_from(shown.as_millis().div_ceil(1_000)).unwrap_or(u8::MAX);
    let filling = Filling::of(feedback, shown.as_secs().max(1));
    let words = if let Feedback::Denied(notice) = feedback { notice.words() } else { DenialWords::None };
    let first = words.first_line().unwrap_or_else(|| filling.line(row.text));
    let second = words.second_line();
    Some(Text { lines: [cut(first), cut(second)], seconds: seconds.max(LEAST_SECONDS) })
}

/// What goes into a row's words.
struct Filling {
    place: Option<Label>,
    seconds: u64,
    call: Option<Label>,
    code: Option<&'static str>,
}

impl Filling {
    fn of(feedback: Feedback, seconds: u64) -> Self {
        let place = if let Feedback::Granted { place, .. } = feedback { place } else { None };
        let call = if let Feedback::Denied(DenialNotice::Fault(_, call)) = feedback { call } else { None };
        let code = if let Feedback::Denied(notice) = feedback { notice.words().code() } else { None };
        Self { place, seconds, call, code }
    }

    /// The line; without the place where it would be too long.
    fn line(&self, template: &str) -> String {
        let whole = self.fill(template);
        if whole.len() <= LINE_CHARS { whole } else { Self { place: None, ..*self }.fill(template) }
    }

    fn fill(&self, template: &str) -> String {
        let words = template.split(' ').filter_map(|word| match word {
            "{place}" => self.place.map(|place| place.to_string()),
            "{call}" => Some(self.call.map_or_else(|| "DESK".to_owned(), |call| call.to_string())),
            "{code}" => self.code.map(str::to_owned),
            "{s}s" => Some(format!("{}s", self.seconds)),
            word => Some(word.to_owned()),
        });
        words.collect::<Vec<_>>().join(" ")
    }
}

fn cut(line: String) -> String {
    line.chars().take(LINE_CHARS).collect()
}
