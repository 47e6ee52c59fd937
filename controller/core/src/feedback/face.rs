//! What one device shows, as far as it was told: what it is told next depends on it.
//!
//! Decides that a sound without end is stopped when its state ends, also after a restart (`feedback.md`, rule 7), that
//! nothing cuts such a sound short, that a ticking stops with the result it belongs to, and when somebody who waits for an
//! answer is shown T1. A driver keeps one for each device and tells it what the device reports and what the engine wants.

use core::time::Duration;

use super::pattern::{LightOrder, Pattern, SoundOrder, pattern};
use super::table::row_of;
use super::{Palette, Sound};
use crate::engine::input::DeviceReport;
use crate::engine::output::{Feedback, PointState};
use crate::time::Monotonic;

/// Whoever has presented something and sees no answer for so long is shown T1.
pub const PROCESSING_AFTER: Duration = Duration::from_millis(300);

/// A result's sound that takes longer than this outlives what it belongs to when that is ended early.
const LONG_SOUND_TICKS: u16 = 20;

/// What one device shows.
#[derive(Debug, Default)]
pub struct Face {
    palette: Palette,
    lasting: Option<PointState>,
    result: Option<Feedback>,
    answer_due: Option<Monotonic>,
}

impl Face {
    /// The device is there and has these colours; what it shows is not known.
    pub fn appear(&mut self, palette: Palette) {
        *self = Self { palette, ..Self::default() };
    }

    /// Forgets what the device shows; it may have restarted.
    pub fn forget(&mut self) {
        self.appear(self.palette);
    }

    /// Notes that the device has said something that wants an answer: a card, or the PIN it was asked for. A device that
    /// was never told what lasts is not ours to light, so nobody waits for an answer there.
    pub fn hear(&mut self, now: Monotonic, report: &DeviceReport) {
        let asked_for_pin = self.result == Some(Feedback::EnterPin);
        let is_card = matches!(report, DeviceReport::Card(_) | DeviceReport::DoubtfulCard(_));
        let wants_answer = is_card || asked_for_pin && matches!(report, DeviceReport::Pin(_));
        if wants_answer && self.lasting.is_some() {
            self.answer_due = Some(now.after(PROCESSING_AFTER));
        }
    }

    /// When [`Self::overdue`] has something to show, if no answer comes before.
    pub const fn deadline(&self) -> Option<Monotonic> {
        self.answer_due
    }

    /// T1, once, when the answer is overdue.
    pub fn overdue(&mut self, now: Monotonic) -> Option<Pattern> {
        self.answer_due.filter(|due| *due <= now)?;
        Some(self.show(Feedback::Processing))
    }

    /// The pattern for `feedback`, given what the device shows already.
    pub fn show(&mut self, feedback: Feedback) -> Pattern {
        let pattern = pattern(feedback, self.palette);
        if let Feedback::State(state) = feedback {
            return self.state(state, pattern);
        }
        // Somebody has come whom the engine has not heard yet.
        if matches!(feedback, Feedback::Trial(_)) && self.answer_due.is_some() {
            return Pattern::default();
        }
        let ended =
            if feedback == Feedback::Cancel { self.result.filter(|result| has_long_sound(*result)) } else { None };
        self.answer_due = None;
        self.result = Some(feedback);
        let sound = pattern.sound.or(ended.map(|_| SoundOrder::Silence));
        // A short sound, or silence, would end the lasting one, and nobody would start that again.
        let is_free = self.lasting.is_none_or(|state| lasting_sound(state).is_none());
        Pattern { sound: sound.filter(|_| is_free), ..pattern }
    }

    fn state(&mut self, state: PointState, pattern: Pattern) -> Pattern {
        let before = self.lasting.replace(state);
        // What it showed before is not known after a restart: silence does no harm.
        let sounded = before.is_none_or(|before| lasting_sound(before).is_some());
        Pattern { sound: pattern.sound.or(sounded.then_some(SoundOrder::Silence)), ..pattern }
    }
}

fn lasting_sound(state: PointState) -> Option<Sound> {
    row_of(Feedback::State(state)).and_then(|row| row.sound)
}

fn has_long_sound(result: Feedback) -> bool {
    let Pattern { light, sound, .. } = pattern(result, Palette::Full);
    let is_result = matches!(light, Some(LightOrder::Result { .. }));
    let Some(SoundOrder::Play(sound)) = sound else { return false };
    let length = (u16::from(sound.on_ticks) + u16::from(sound.off_ticks)) * u16::from(sound.count);
    is_result && length > LONG_SOUND_TICKS
}
