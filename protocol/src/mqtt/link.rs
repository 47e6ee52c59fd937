//! The daemon's end of one device's session: which message is news, and what is wrong with one that is not.
//!
//! Decided here: births, loss, doubles, late comers, replays, two devices under one name, and messages where none belong. Not
//! decided here: what a lost message or a gone device means (the core), how many messages are too many (the daemon's driver),
//! and whether a device may use a topic at all (`topic`, asked by the broker).
//!
//! ```text
//!            state                    birth
//!  Silent ──────────> Heard ───────────────────┐
//!     │ birth                                  v        gone of that birth
//!     └─────────────────────────────────────> Live <────────────────────────> Away
//!                                              birth of a new connection or boot
//! ```
//!
//! Order holds within a topic of one connection to one broker (MQTT 5, 4.6). Between topics, and where a device has moved to
//! another broker, messages overtake each other; none is then lost for it that still says something:
//!
//! | what comes after later ones, once | what is made of it |
//! |---|---|
//! | acknowledgement, log record | news: each speaks for itself, also before the birth is here and after the will |
//! | birth, state, rights, request for a certificate | news if it is the newest of its kind |
//! | card, keys | refused: whoever stood there may have gone, and somebody may have held it back |
//!
//! A broker hands retained messages to whoever subscribes, in any order and long after they were sent. So a retained birth or
//! state that is not the newest is no news and no trouble, and nothing counts as lost before the first live message. A birth that
//! is retained, or was said before the last one, opens a session that gives way when the boot before it speaks on.

use alloc::collections::VecDeque;

use super::message::{
    Ack, Birth, Boot, CardRead, Der, Event, Keypad, LogRecord, MessageError, RightsReport, Sequence, Stamp, UnixMillis,
    Up, UpBody,
};
use super::state::State;
use super::topic::UpLeaf;

use count::{Count, Place, Slot};

mod count;

/// How many former boots are remembered: a message of an older one is still refused, but named [`Trouble::Unborn`], and a
/// birth of an older one opens a session, which only a look at its time tells from a true one.
pub const REMEMBERED_BOOTS: usize = 16;

/// News from a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// It is connected, and this is who it is.
    Born(Boot, Birth),
    /// What its sensors read.
    State(State),
    /// Someone presented a card.
    Card(CardRead),
    /// Someone pressed keys.
    Keypad(Keypad),
    /// What became of a command.
    Acked(Ack),
    /// Which rights it holds.
    Rights(RightsReport),
    /// What happened while it was on its own.
    Logged(LogRecord),
    /// It asks for its next certificate.
    CertificateWanted(Der),
    /// It is no longer connected.
    Gone,
}

/// What a message says when later ones have come before it.
enum Worth {
    /// Something that was so at one moment only.
    Moment,
    /// How it stands, until the next of the kind.
    Newest(Slot),
    /// Something that stays true.
    Lasting,
}

impl LinkEvent {
    fn worth(&self) -> Worth {
        match self {
            Self::Card(_) | Self::Keypad(_) | Self::Gone => Worth::Moment,
            Self::Born(..) => Worth::Newest(Slot::Birth),
            Self::State(_) => Worth::Newest(Slot::State),
            Self::Rights(_) => Worth::Newest(Slot::Rights),
            Self::CertificateWanted(_) => Worth::Newest(Slot::Csr),
            Self::Acked(_) | Self::Logged(_) => Worth::Lasting,
        }
    }
}

/// What is wrong with a message, or with those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// So many messages before this one never came, or have not yet. The message itself counts.
    Lost {
        /// How many.
        missing: u32,
    },
    /// The message came after later ones; one of those that were told as lost. It counts if there is an event with it, else it
    /// is refused.
    Reordered,
    /// The message came before; refused.
    Duplicate,
    /// The message is older than all that is remembered, or one that a former boot had said before; refused.
    Replay,
    /// A former boot speaks on after a later one: two devices have one identity; refused.
    Twin,
    /// The message belongs to no connection that a birth has opened; refused.
    Unborn,
    /// The message was kept by the broker although its leaf must not be; refused.
    Retained,
    /// The payload is no message; refused.
    Malformed(MessageError),
}

/// What came of one payload: one piece of news at most, so that no flood of messages grows here. Trouble and event are present
/// together only with [`Trouble::Lost`] and [`Trouble::Reordered`].
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reception {
    /// When it was said, by the device's clock; `None` of what is no news, came late, or was kept by the broker.
    pub at: Option<UnixMillis>,
    /// What is wrong.
    pub trouble: Option<Trouble>,
    /// What is news.
    pub event: Option<LinkEvent>,
}

impl Reception {
    fn nothing() -> Self {
        Self::default()
    }

    fn trouble(trouble: Trouble) -> Self {
        Self { trouble: Some(trouble), ..Self::default() }
    }

    fn news(event: LinkEvent) -> Self {
        Self { event: Some(event), ..Self::default() }
    }
}

/// The session of one device, as the daemon sees it.
#[derive(Debug, Default)]
pub struct Link {
    session: Session,
    /// The session whose place a doubtful birth of another boot has taken, until one of the two speaks.
    aside: Option<Session>,
    former: VecDeque<Former>,
    /// A will that came before the birth it belongs to.
    early_will: Option<Stamp>,
}

/// A boot that a later one has followed, and the last that was heard of it.
#[derive(Clone, Copy, Debug)]
struct Former {
    boot: Boot,
    last: Sequence,
}

#[derive(Clone, Copy, Debug, Default)]
enum Session {
    #[default]
    Silent,
    Heard(Voice),
    Live(Voice, Opening),
    Away(Voice, Opening),
}

/// The boot that speaks, and what has come of it.
#[derive(Clone, Copy, Debug)]
struct Voice {
    boot: Boot,
    count: Count,
}

/// The birth that opened the connection.
#[derive(Clone, Copy, Debug)]
struct Opening {
    sequence: Sequence,
    at: UnixMillis,
}

impl Session {
    fn voice(self) -> Option<Voice> {
        match self {
            Self::Silent => None,
            Self::Heard(voice) | Self::Live(voice, _) | Self::Away(voice, _) => Some(voice),
        }
    }

    fn voice_mut(&mut self, boot: Boot) -> Option<&mut Voice> {
        match self {
            Self::Silent => None,
            Self::Heard(voice) | Self::Live(voice, _) | Self::Away(voice, _) => Some(voice).filter(|v| v.boot == boot),
        }
    }

    fn opening(self) -> Option<Opening> {
        match self {
            Self::Silent | Self::Heard(_) => None,
            Self::Live(_, opening) | Self::Away(_, opening) => Some(opening),
        }
    }

    fn is_of(self, boot: Boot) -> bool {
        self.voice().is_some_and(|voice| voice.boot == boot)
    }
}

impl Link {
    /// The session of a device of which nothing was heard yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a connection is open, as far as the messages tell: a birth has come, and no will for it.
    pub fn is_live(&self) -> bool {
        matches!(self.session, Session::Live(..))
    }

    /// Takes one payload that came on `leaf` of this device's topics.
    pub fn receive(&mut self, leaf: UpLeaf, retained: bool, payload: &[u8]) -> Reception {
        if retained && !leaf.retained() {
            return Reception::trouble(Trouble::Retained);
        }
        let Up { stamp, at, body } = match Up::decode(leaf, payload) {
            Ok(up) => up,
            Err(error) => return Reception::trouble(Trouble::Malformed(error)),
        };
        let event = match body {
            // A will was written when the connection began, so it says nothing about which boot is alive.
            UpBody::Gone => return self.will(stamp),
            UpBody::Birth(birth) => LinkEvent::Born(stamp.boot, birth),
            UpBody::State(state) => LinkEvent::State(state),
            UpBody::Event(Event::Card(card)) => LinkEvent::Card(card),
            UpBody::Event(Event::Keypad(keypad)) => LinkEvent::Keypad(keypad),
            UpBody::Ack(ack) => LinkEvent::Acked(ack),
            UpBody::Rights(report) => LinkEvent::Rights(report),
            UpBody::Log(record) => LinkEvent::Logged(record),
            UpBody::Csr(der) => LinkEvent::CertificateWanted(der),
        };
        if !retained {
            self.settle(stamp, at, leaf == UpLeaf::Birth);
        }
        let mut reception = if leaf == UpLeaf::Birth {
            self.born(stamp, at, event, retained)
        } else if retained {
            self.kept(stamp, event)
        } else {
            self.said(stamp, at, event)
        };
        let is_timely = !retained && reception.trouble != Some(Trouble::Reordered);
        let is_news = reception.event.as_ref().is_some_and(|event| *event != LinkEvent::Gone);
        reception.at = (is_timely && is_news).then_some(at);
        reception
    }

    /// A live message says which of two boots is the present one, where that was left open. Of the earlier one it must have been
    /// said after the birth of the later one, or open a connection itself.
    fn settle(&mut self, Stamp { boot, sequence }: Stamp, at: UnixMillis, is_birth: bool) {
        let Some(aside) = self.aside else { return };
        let speaks_on = |voice: Voice| voice.boot == boot && voice.count.is_before(sequence);
        let is_present = is_birth || self.session.opening().is_none_or(|opening| opening.at <= at);
        let former = if self.session.voice().is_some_and(speaks_on) {
            aside
        } else if is_present && aside.voice().is_some_and(speaks_on) {
            core::mem::replace(&mut self.session, aside)
        } else {
            return;
        };
        self.aside = None;
        self.retire(former);
    }

    fn retire(&mut self, session: Session) {
        let Some(Voice { boot, count }) = session.voice() else { return };
        if self.former.len() == REMEMBERED_BOOTS {
            self.former.pop_front();
        }
        self.former.push_back(Former { boot, last: count.last() });
    }

    fn born(&mut self, stamp: Stamp, at: UnixMillis, event: LinkEvent, retained: bool) -> Reception {
        let known = self.session.opening().map(|opening| opening.sequence);
        let Some(voice) = self.session.voice_mut(stamp.boot) else {
            return self.born_anew(stamp, at, event, retained);
        };
        let place =
            if known == Some(stamp.sequence) { Place::Twice } else { voice.count.take(stamp.sequence, retained) };
        let count = voice.count;
        // A retained state may be ever so much newer than the birth it belongs to.
        let is_newer = known.is_none_or(|known| stamp.sequence > known);
        match place {
            Place::Next => self.open(stamp, at, event, count, None),
            Place::Ahead { missing } => self.open(stamp, at, event, count, Some(Trouble::Lost { missing })),
            Place::Late | Place::Old if retained && is_newer => self.open(stamp, at, event, count, None),
            Place::Late if is_newer => self.open(stamp, at, event, count, Some(Trouble::Reordered)),
            Place::Late | Place::Twice | Place::Old if retained => Reception::nothing(),
            Place::Late => Reception::trouble(Trouble::Reordered),
            Place::Twice => Reception::trouble(Trouble::Duplicate),
            Place::Old => Reception::trouble(Trouble::Replay),
        }
    }

    /// A birth of a boot that is not the present one.
    fn born_anew(&mut self, stamp: Stamp, at: UnixMillis, event: LinkEvent, retained: bool) -> Reception {
        let is_aside = self.aside.is_some_and(|aside| aside.is_of(stamp.boot));
        if is_aside || self.former.iter().any(|former| former.boot == stamp.boot) {
            return if retained { Reception::nothing() } else { self.stranger(stamp, at, true) };
        }
        let before = core::mem::take(&mut self.session);
        let is_first = matches!(before, Session::Silent);
        // Kept by a broker, or said before the present boot's birth, it may be an old one that comes late; or the device has
        // lost its clock. Whoever speaks next will tell.
        let is_doubtful = retained || before.opening().is_some_and(|opening| at < opening.at);
        if is_doubtful && !is_first && self.aside.is_none() {
            self.aside = Some(before);
        } else {
            // It follows whatever was there; and of two boots that both are doubtful, one is left.
            let aside = self.aside.take_if(|_| !is_doubtful);
            self.retire(aside.unwrap_or_default());
            self.retire(before);
        }
        let missing = stamp.sequence.number() - 1;
        let lost = (!retained && !is_first && missing > 0).then_some(Trouble::Lost { missing });
        self.open(stamp, at, event, Count::from(stamp.sequence, retained), lost)
    }

    fn open(
        &mut self,
        stamp: Stamp,
        at: UnixMillis,
        event: LinkEvent,
        count: Count,
        trouble: Option<Trouble>,
    ) -> Reception {
        let Stamp { boot, sequence } = stamp;
        let (voice, opening) = (Voice { boot, count }, Opening { sequence, at });
        if self.early_will.take_if(|will| *will == stamp).is_some() {
            self.session = Session::Away(voice, opening);
            return Reception { trouble, ..Reception::news(LinkEvent::Gone) };
        }
        self.session = Session::Live(voice, opening);
        Reception { trouble, ..Reception::news(event) }
    }

    /// A will, or the farewell of a device that disconnects by itself. It ends only the connection its birth opened; any other
    /// is early, and waits for its birth, or late and says nothing new, so it is no trouble.
    fn will(&mut self, stamp: Stamp) -> Reception {
        match self.session {
            Session::Live(voice, opening) if is_opened_by(voice, opening, stamp) => {
                self.session = Session::Away(voice, opening);
                Reception::news(LinkEvent::Gone)
            }
            Session::Silent | Session::Heard(_) | Session::Live(..) | Session::Away(..) => {
                if self.is_to_come(stamp) {
                    self.early_will = Some(stamp);
                }
                Reception::nothing()
            }
        }
    }

    /// Whether the birth of this stamp can still come, and no later one has left its will already.
    fn is_to_come(&self, stamp: Stamp) -> bool {
        let is_past = |of: Stamp| of.boot == stamp.boot && stamp.sequence <= of.sequence;
        let known = self.session.voice().zip(self.session.opening());
        let known = known.map(|(voice, opening)| Stamp { boot: voice.boot, sequence: opening.sequence });
        let is_former = self.former.iter().any(|former| former.boot == stamp.boot);
        !is_former && !known.is_some_and(is_past) && !self.early_will.is_some_and(is_past)
    }

    /// A state that the broker has kept.
    fn kept(&mut self, Stamp { boot, sequence }: Stamp, event: LinkEvent) -> Reception {
        match &mut self.session {
            Session::Silent => {
                self.session = Session::Heard(Voice { boot, count: Count::heard(sequence, true, event.worth()) });
                Reception::news(event)
            }
            Session::Heard(voice) | Session::Live(voice, _) if voice.boot == boot => {
                let is_newest = voice.count.is_newest(sequence, &event.worth());
                match voice.count.take(sequence, true) {
                    Place::Next | Place::Ahead { .. } | Place::Late if is_newest => Reception::news(event),
                    Place::Next | Place::Ahead { .. } | Place::Late | Place::Twice | Place::Old => Reception::nothing(),
                }
            }
            // What a device kept at the broker before it went says nothing about now, nor does what another boot kept.
            Session::Heard(_) | Session::Live(..) | Session::Away(..) => Reception::nothing(),
        }
    }

    /// Anything but births and wills, as it is said.
    fn said(&mut self, stamp: Stamp, at: UnixMillis, event: LinkEvent) -> Reception {
        let worth = event.worth();
        match (&mut self.session, &worth) {
            (Session::Silent, Worth::Newest(Slot::State)) => {
                let count = Count::heard(stamp.sequence, false, worth);
                self.session = Session::Heard(Voice { boot: stamp.boot, count });
                Reception::news(event)
            }
            (Session::Live(voice, _), _)
            | (Session::Heard(voice), Worth::Lasting | Worth::Newest(Slot::State))
            | (Session::Away(voice, _), Worth::Lasting)
                if voice.boot == stamp.boot =>
            {
                voice.hear(stamp.sequence, event, worth)
            }
            (Session::Silent | Session::Heard(_) | Session::Live(..) | Session::Away(..), _) => {
                self.stranger(stamp, at, false)
            }
        }
    }

    /// Names what is wrong with a live message of no open connection.
    fn stranger(&mut self, Stamp { boot, sequence }: Stamp, at: UnixMillis, is_birth: bool) -> Reception {
        if self.aside.is_some_and(|aside| aside.is_of(boot)) {
            return Reception::trouble(Trouble::Replay);
        }
        let since = self.session.opening().map(|opening| opening.at);
        let Some(former) = self.former.iter_mut().find(|former| former.boot == boot) else {
            return Reception::trouble(Trouble::Unborn);
        };
        if sequence <= former.last {
            return Reception::trouble(Trouble::Replay);
        }
        former.last = sequence;
        // What a device had said before it started anew may come after its next birth. A connection it does not open then.
        let is_over = !is_birth && since.is_none_or(|since| at < since);
        Reception::trouble(if is_over { Trouble::Reordered } else { Trouble::Twin })
    }
}

impl Voice {
    fn hear(&mut self, sequence: Sequence, event: LinkEvent, worth: Worth) -> Reception {
        let is_newest = self.count.is_newest(sequence, &worth);
        match self.count.take(sequence, false) {
            Place::Next => Reception::news(event),
            Place::Ahead { missing } => {
                Reception { trouble: Some(Trouble::Lost { missing }), ..Reception::news(event) }
            }
            Place::Late if is_newest => Reception { trouble: Some(Trouble::Reordered), ..Reception::news(event) },
            Place::Late => Reception::trouble(Trouble::Reordered),
            Place::Twice => Reception::trouble(Trouble::Duplicate),
            Place::Old => Reception::trouble(Trouble::Replay),
        }
    }
}

fn is_opened_by(voice: Voice, opening: Opening, stamp: Stamp) -> bool {
    voice.boot == stamp.boot && opening.sequence == stamp.sequence
}

#[cfg(test)]
mod tests;
