//! The daemon's end of one device's session: which message is news, and what is wrong with one that is not.
//!
//! Decided here: births, loss, doubles, replays, and messages where none belong. Not decided here: what a lost message or a
//! gone device means (the core), and whether a device may use a topic at all (`topic`, asked by the broker).
//!
//! ```text
//!            state                    birth
//!  Silent ──────────> Heard ───────────────────┐
//!     │ birth                                  v        gone of that birth
//!     └─────────────────────────────────────> Live <────────────────────────> Away
//!                                              birth of a new connection or boot
//! ```
//!
//! A broker hands retained messages to whoever subscribes, in any order and long after they were sent. So a retained birth or
//! state that is already known is no news and no trouble, and nothing counts as lost before the first live message.

use alloc::collections::VecDeque;

use super::message::{
    Ack, Birth, Boot, CardRead, Der, Event, Keypad, LogRecord, MessageError, RightsReport, Sequence, Stamp, UnixMillis,
    Up, UpBody,
};
use super::state::State;
use super::topic::UpLeaf;

/// How many former boots are remembered: a replay from an older one is still refused, but named [`Trouble::Unborn`].
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

/// What is wrong with a message, or with those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// So many messages before this one never came. The message itself counts.
    Lost {
        /// How many.
        missing: u32,
    },
    /// The message came before; refused.
    Duplicate,
    /// The message is older than one that came before, or of a former boot; refused.
    Replay,
    /// The message belongs to no connection that a birth has opened; refused.
    Unborn,
    /// The message was kept by the broker although its leaf must not be; refused.
    Retained,
    /// The payload is no message; refused.
    Malformed(MessageError),
}

/// What came of one payload. Trouble and event are present together only with [`Trouble::Lost`].
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reception {
    /// When it was said, by the device's clock; `None` of what is no news, or was kept by the broker.
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
    former: VecDeque<Boot>,
    /// A will that came before the birth it belongs to, which retained messages may do.
    early_will: Option<Stamp>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Session {
    #[default]
    Silent,
    Heard {
        boot: Boot,
        count: Count,
    },
    Live {
        boot: Boot,
        birth: Sequence,
        count: Count,
    },
    Away {
        boot: Boot,
        birth: Sequence,
        count: Count,
    },
}

/// What has come of one boot. Bit n of `seen` is the message n before `last`.
#[derive(Clone, Copy, Debug)]
struct Count {
    last: Sequence,
    seen: u64,
    start: Start,
}

/// Whether the count began with live messages, so that a gap in it is a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Retained,
    Live,
}

impl Count {
    fn from(first: Sequence, retained: bool) -> Self {
        Self { last: first, seen: 1, start: if retained { Start::Retained } else { Start::Live } }
    }

    /// Takes one message in, or says why it is none that is still to come.
    fn take(&mut self, sequence: Sequence, retained: bool) -> Result<Option<Trouble>, Trouble> {
        let Some(ahead) = sequence.number().checked_sub(self.last.number()).filter(|ahead| *ahead > 0) else {
            let behind = self.last.number() - sequence.number();
            let seen = self.seen.checked_shr(behind).is_some_and(|bits| bits & 1 == 1);
            return Err(if seen { Trouble::Duplicate } else { Trouble::Replay });
        };
        let counted = self.start == Start::Live;
        self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
        self.last = sequence;
        if !retained {
            self.start = Start::Live;
        }
        Ok((counted && ahead > 1).then(|| Trouble::Lost { missing: ahead - 1 }))
    }

    /// Notes a retained message that is older than others but was not known yet.
    fn note(&mut self, sequence: Sequence) {
        let behind = self.last.number().saturating_sub(sequence.number());
        self.seen |= 1u64.checked_shl(behind).unwrap_or(0);
    }
}

impl Link {
    /// The session of a device of which nothing was heard yet.
    pub fn new() -> Self {
        Self::default()
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
        let is_will = matches!(body, UpBody::Gone);
        let mut reception = match body {
            UpBody::Birth(birth) => self.born(stamp, birth, retained),
            UpBody::Gone => self.will(stamp),
            UpBody::State(state) => self.state(stamp, state, retained),
            UpBody::Event(Event::Card(card)) => self.live(stamp, LinkEvent::Card(card)),
            UpBody::Event(Event::Keypad(keypad)) => self.live(stamp, LinkEvent::Keypad(keypad)),
            UpBody::Ack(ack) => self.live(stamp, LinkEvent::Acked(ack)),
            UpBody::Rights(report) => self.live(stamp, LinkEvent::Rights(report)),
            UpBody::Log(record) => self.live(stamp, LinkEvent::Logged(record)),
            UpBody::Csr(der) => self.live(stamp, LinkEvent::CertificateWanted(der)),
        };
        // A will was written when the connection began, and what was kept may be of any time.
        reception.at = (reception.event.is_some() && !retained && !is_will).then_some(at);
        reception
    }

    fn born(&mut self, stamp: Stamp, birth: Birth, retained: bool) -> Reception {
        let Stamp { boot, sequence } = stamp;
        if self.former.contains(&boot) {
            return Reception::trouble(Trouble::Replay);
        }
        let (mut count, known) = match self.session {
            Session::Heard { boot: current, count } if current == boot => (count, None),
            Session::Live { boot: current, birth, count } | Session::Away { boot: current, birth, count }
                if current == boot =>
            {
                (count, Some(birth))
            }
            Session::Silent | Session::Heard { .. } | Session::Live { .. } | Session::Away { .. } => {
                return self.open(stamp, birth, Count::from(sequence, retained), None);
            }
        };
        if known == Some(sequence) {
            return if retained { Reception::nothing() } else { Reception::trouble(Trouble::Duplicate) };
        }
        let late = retained && known.is_none_or(|known| sequence > known) && sequence < count.last;
        if late {
            count.note(sequence);
            return self.open(stamp, birth, count, None);
        }
        match count.take(sequence, retained) {
            Ok(lost) => self.open(stamp, birth, count, lost),
            Err(trouble) => Reception::trouble(trouble),
        }
    }

    fn open(&mut self, stamp: Stamp, birth: Birth, count: Count, lost: Option<Trouble>) -> Reception {
        let Stamp { boot, sequence } = stamp;
        self.retire_boot_other_than(boot);
        if self.early_will.take() == Some(stamp) {
            self.session = Session::Away { boot, birth: sequence, count };
            return Reception::news(LinkEvent::Gone);
        }
        self.session = Session::Live { boot, birth: sequence, count };
        Reception { trouble: lost, ..Reception::news(LinkEvent::Born(boot, birth)) }
    }

    fn retire_boot_other_than(&mut self, boot: Boot) {
        let current = match self.session {
            Session::Silent => return,
            Session::Heard { boot, .. } | Session::Live { boot, .. } | Session::Away { boot, .. } => boot,
        };
        if current != boot {
            if self.former.len() == REMEMBERED_BOOTS {
                self.former.pop_front();
            }
            self.former.push_back(current);
        }
    }

    /// A will ends only the connection its birth opened. Any other one is late and says nothing new, so it is no trouble.
    fn will(&mut self, stamp: Stamp) -> Reception {
        match self.session {
            Session::Live { boot, birth, count } if (Stamp { boot, sequence: birth }) == stamp => {
                self.session = Session::Away { boot, birth, count };
                Reception::news(LinkEvent::Gone)
            }
            Session::Silent | Session::Heard { .. } | Session::Live { .. } | Session::Away { .. } => {
                self.early_will = Some(stamp);
                Reception::nothing()
            }
        }
    }

    fn state(&mut self, stamp: Stamp, state: State, retained: bool) -> Reception {
        match &mut self.session {
            Session::Silent => {
                self.session = Session::Heard { boot: stamp.boot, count: Count::from(stamp.sequence, retained) };
                Reception::news(LinkEvent::State(state))
            }
            Session::Heard { boot, count } | Session::Live { boot, count, .. } if *boot == stamp.boot => {
                match count.take(stamp.sequence, retained) {
                    Ok(trouble) => Reception { trouble, ..Reception::news(LinkEvent::State(state)) },
                    Err(Trouble::Duplicate) if retained => Reception::nothing(),
                    Err(trouble) => Reception::trouble(trouble),
                }
            }
            // What a device kept at the broker before it went says nothing about now.
            Session::Away { boot, .. } if *boot == stamp.boot && retained => Reception::nothing(),
            Session::Heard { .. } | Session::Live { .. } | Session::Away { .. } => self.stranger(stamp.boot),
        }
    }

    fn live(&mut self, stamp: Stamp, event: LinkEvent) -> Reception {
        match &mut self.session {
            Session::Live { boot, count, .. } if *boot == stamp.boot => match count.take(stamp.sequence, false) {
                Ok(trouble) => Reception { trouble, ..Reception::news(event) },
                Err(trouble) => Reception::trouble(trouble),
            },
            Session::Silent | Session::Heard { .. } | Session::Live { .. } | Session::Away { .. } => {
                self.stranger(stamp.boot)
            }
        }
    }

    fn stranger(&self, boot: Boot) -> Reception {
        let trouble = if self.former.contains(&boot) { Trouble::Replay } else { Trouble::Unborn };
        Reception::trouble(trouble)
    }
}

#[cfg(test)]
mod tests;
