//! The MQTT link between a device and the daemon: topics, messages, and both ends of one device's session.
//!
//! Decided here: how a topic is spelt and who may use it, what a payload may hold, and which message of a device is new,
//! lost, doubled or replayed. Not decided here: what a message means for a door (the core), and how bytes reach a broker
//! (the daemon's driver and the simulator's link). Nothing here does I/O, reads a clock or draws randomness.
//!
//! Vocabulary: a *leaf* is the last part of a topic; *up* runs from the device to the daemon, *down* the other way; a *boot*
//! names one start of a device, a *sequence* counts its messages within that boot, and both together are a *stamp*.

pub mod device;
pub mod enrolment;
pub mod feedback;
pub mod keeper;
pub mod link;
pub mod logbook;
pub mod message;
pub mod rights;
pub mod state;
pub mod topic;
mod wire;

pub use device::{DeviceSession, Received};
pub use feedback::{Buzzer, Colour, Feedback, Led, Rhythm};
pub use keeper::{Decision, Keeper};
pub use link::{Link, LinkEvent, Reception, Trouble};
pub use logbook::{Logbook, LogbookError};
pub use message::{
    Ack, Birth, Boot, BootCause, Capabilities, CardRead, Command, CommandId, CommandKind, Der, Down, Event, Keypad,
    Legend, LogRecord, Logged, MAX_MESSAGE_BYTES, MessageError, Outcome, RightsOutcome, RightsReport, SelfTest,
    Sequence, Stamp, UnixMillis, Up, UpBody,
};
pub use rights::{CardHash, HeldRights, ListNumber, RightsEntry, RightsList, RightsRefusal, SignedList, Window};
pub use state::{Reading, State, UnlockCause};
pub use topic::{DeviceId, DownLeaf, Leaf, SiteId, Topic, TopicError, UpLeaf, may_publish, may_subscribe};
