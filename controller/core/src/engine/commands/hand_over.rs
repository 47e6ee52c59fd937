//! Orders about the hand-over of the desk: a note is left, and whoever comes accepts or rejects it. Both are recorded; neither
//! changes anything else.

use core::time::Duration;

use super::{Order, Outcome, conflict, instant};
use crate::engine::Engine;
use crate::engine::command::Reply;
use crate::entry::{DeskEntry, LongText};
use crate::shift::ShiftAnswer;

/// Nobody takes the desk over twice within this time; on another day they do.
const AGAIN_AFTER: Duration = Duration::from_secs(3_600);

impl Engine {
    pub(super) fn note_shift(&mut self, order: Order, note: LongText) -> Outcome {
        self.record(order.now, DeskEntry::ShiftNoted { note, by: order.by });
        Ok(Reply::Done)
    }

    pub(super) fn answer_shift(&mut self, order: Order, answer: ShiftAnswer) -> Outcome {
        if answer == ShiftAnswer::Accepted
            && let Some(taken) = &self.records.shift.taken
            && taken.answer == ShiftAnswer::Accepted
            && taken.by == order.by
            && order.now.wall.since(taken.at) < AGAIN_AFTER
        {
            return Err(conflict(format!("you took the desk over at {} already", instant(taken.at))));
        }
        self.record(order.now, DeskEntry::ShiftAnswered { answer, by: order.by });
        Ok(Reply::Done)
    }
}
