//! The device's end of its session: it numbers what it says, and does each command at most once.
//!
//! Decided here: stamps, the will and the farewell, which commands are repeats, kept by the broker, or too late. Not decided here: how a
//! command is carried out (the firmware) and when to connect (the device's link).

use alloc::collections::VecDeque;

use alloc::vec::Vec;

use super::feedback::Feedback;
use super::message::{
    Ack, Boot, Command, CommandId, CommandKind, Der, Down, MessageError, Outcome, Sequence, Stamp, UnixMillis, Up,
    UpBody,
};
use super::topic::DownLeaf;

/// How many commands are remembered: a redelivered one older than these would be done again, so `not_after` stays the
/// second guard of a release.
pub const REMEMBERED_COMMANDS: usize = 64;

/// What came of one payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// Carry this out, then report with [`DeviceSession::completed`]: also a canary, a note that the log is safe, and to decide
    /// online only, where the [`Keeper`](super::Keeper) and the [`Logbook`](super::Logbook) know what to do.
    Execute(Command),
    /// Nothing to carry out; answer this.
    Answer(Ack),
    /// The command is being carried out; its answer follows by itself.
    Pending,
    /// Show this.
    Show(Feedback),
    /// A rights list: open it with [`SignedList`](super::SignedList), put it to the [`Keeper`](super::Keeper), and report.
    Rights(Vec<u8>),
    /// The certificate that was asked for: show it from the next connection on. One for another key than the one last asked
    /// with is of an earlier request and is dropped.
    Certificate(Der),
    /// The broker had kept the message. Who it was for is long gone; nothing is done.
    Stale,
    /// The payload is no message; nothing is done.
    Malformed(MessageError),
}

/// The session of one device, as the device sees it.
#[derive(Debug)]
pub struct DeviceSession {
    boot: Boot,
    next: Option<Sequence>,
    /// The birth of the last connection.
    born: Option<Stamp>,
    commands: VecDeque<(CommandId, Option<Ack>)>,
}

impl DeviceSession {
    /// A session that begins with power-up; `boot` must be drawn at random.
    pub fn new(boot: Boot) -> Self {
        Self { boot, next: Some(Sequence::FIRST), born: None, commands: VecDeque::new() }
    }

    /// The last will to register before connecting: it carries the stamp that the birth of that connection will have.
    /// `None` when the numbers are used up and the device must start anew.
    pub fn will(&self, now: UnixMillis) -> Option<Up> {
        let stamp = Stamp { boot: self.boot, sequence: self.next? };
        Some(Up { stamp, at: now, body: UpBody::Gone })
    }

    /// Numbers one message; `None` when the numbers are used up and the device must start anew.
    pub fn stamp(&mut self, now: UnixMillis, body: UpBody) -> Option<Up> {
        let sequence = self.next?;
        self.next = sequence.next();
        let stamp = Stamp { boot: self.boot, sequence };
        if matches!(body, UpBody::Birth(_)) {
            self.born = Some(stamp);
        }
        Some(Up { stamp, at: now, body })
    }

    /// What to say, retained, before the connection is closed on purpose: a broker that is told of the end (MQTT 5, 3.14) sends
    /// no will. It ends the connection of the last birth; `None` when there was none.
    pub fn farewell(&self, now: UnixMillis) -> Option<Up> {
        Some(Up { stamp: self.born?, at: now, body: UpBody::Gone })
    }

    /// Takes one payload that came on `leaf` at `now` by the device's clock.
    pub fn receive(&mut self, now: UnixMillis, leaf: DownLeaf, retained: bool, payload: &[u8]) -> Received {
        if retained {
            return Received::Stale;
        }
        match Down::decode(leaf, payload) {
            Ok(Down::Feedback(feedback)) => Received::Show(feedback),
            Ok(Down::Command(command)) => self.command(now, command),
            Ok(Down::Rights(list)) => Received::Rights(list),
            Ok(Down::Certificate(der)) => Received::Certificate(der),
            Err(error) => Received::Malformed(error),
        }
    }

    fn command(&mut self, now: UnixMillis, command: Command) -> Received {
        if let Some((_, answered)) = self.commands.iter().find(|(id, _)| *id == command.id) {
            return answered.map_or(Received::Pending, Received::Answer);
        }
        let late = match &command.kind {
            CommandKind::Release { not_after, .. } => now >= *not_after,
            CommandKind::Relock
            | CommandKind::ReadState
            | CommandKind::DecideOnline
            | CommandKind::Canary { .. }
            | CommandKind::NoteLog { .. } => false,
        };
        if self.commands.len() == REMEMBERED_COMMANDS {
            self.commands.pop_front();
        }
        self.commands.push_back((command.id, None));
        if late {
            Received::Answer(self.completed(now, command.id, Outcome::Expired))
        } else {
            Received::Execute(command)
        }
    }

    /// Notes how a command ended and gives the answer to send, now and to every repeat.
    pub fn completed(&mut self, now: UnixMillis, command: CommandId, outcome: Outcome) -> Ack {
        let ack = Ack { command, outcome, at: now };
        if let Some((_, answered)) = self.commands.iter_mut().find(|(id, _)| *id == command) {
            *answered = Some(ack);
        }
        ack
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_000_000);

    fn release(id: u64, not_after: u64) -> alloc::vec::Vec<u8> {
        let kind = CommandKind::Release { duration_ms: 5_000, not_after: UnixMillis(not_after) };
        Down::Command(Command { id: CommandId(id), kind }).encode().unwrap()
    }

    fn session() -> DeviceSession {
        DeviceSession::new(Boot(7))
    }

    #[test]
    fn a_will_ends_the_connection_of_the_next_birth() {
        let mut session = session();
        let will = session.will(NOW).unwrap();
        assert_eq!(session.will(NOW), Some(will.clone()), "a connect that fails uses no number up");
        assert_eq!(session.stamp(NOW, UpBody::Gone).unwrap().stamp, will.stamp);
        assert_eq!(session.will(NOW).unwrap().stamp.sequence.number(), 2);
    }

    #[test]
    fn a_command_is_done_once_and_its_repeats_get_the_same_answer() {
        let mut session = session();
        let payload = release(1, 2_000_000);
        let Received::Execute(command) = session.receive(NOW, DownLeaf::Cmd, false, &payload) else { panic!() };
        assert_eq!(session.receive(NOW, DownLeaf::Cmd, false, &payload), Received::Pending);
        let ack = session.completed(NOW, command.id, Outcome::Done);
        let later = UnixMillis(NOW.0 + 10);
        assert_eq!(session.receive(later, DownLeaf::Cmd, false, &payload), Received::Answer(ack));
    }

    #[test]
    fn a_release_does_nothing_from_its_not_after_on() {
        for (not_after, expired) in [(NOW.0 - 1, true), (NOW.0, true), (NOW.0 + 1, false)] {
            let received = session().receive(NOW, DownLeaf::Cmd, false, &release(1, not_after));
            let answer = Ack { command: CommandId(1), outcome: Outcome::Expired, at: NOW };
            assert_eq!(received == Received::Answer(answer), expired, "not after {not_after}");
        }
    }

    #[test]
    fn what_the_broker_kept_is_not_done() {
        assert_eq!(session().receive(NOW, DownLeaf::Cmd, true, &release(1, 2_000_000)), Received::Stale);
    }
}
