//! What must never come about, whatever arrives on a line or from a broker and whenever: each target takes arbitrary bytes, makes a run of
//! them and panics when a promise is broken. A fuzzing engine looks for such bytes; the tree's tests replay the seeds it
//! left behind.
//!
//! Decides nothing: everything is asked of the shipped crates through what they offer to everybody. The only other thing
//! that speaks is `peers`, which knows a key and says whatever a run draws.
//!
//! | target | what it promises |
//! |---|---|
//! | `framing` | the same frames whatever the pieces; nothing found that was not sent; a frame after a silence is found |
//! | `messages` | any code and data inside a true session: answered once, read as they are, never a panic |
//! | `round_trip` | over a sound line every command is carried out once and as given, every event told once and as it was |
//! | `secure_channel` | who has no key opens no session, makes nobody act and is told nothing |
//! | `middle` | who sits in the middle can delay and destroy, but invents nothing; when they leave, the line recovers |
//! | `bus` | one frame at a time, every command ends once, time goes on, no key in the clear |
//! | `peripheral` | no act outside a session, one answer to one command, time goes on |
//! | `file_transfer` | no byte skipped or invented; a file arrives whole or not at all; the job ends once |
//! | `card_formats` | whatever a format says, bits and numbers go back and forth unchanged |
//! | `topics` | topics are printed as they are read; no device says or hears what is another's |
//! | `mqtt_messages` | any payload is refused or is one message of its leaf, which comes back as it went |
//! | `enrolment` | questions, answers and codes come back as they went; a code names one authority |
//! | `rights_list` | only what the site signed is a list; nobody passes but by the newest one, within life and windows |
//! | `plan_svg` | whatever is uploaded as a floor plan: what comes out only draws, and stays as it is |
//! | `device_session` | whatever a broker does: nothing is news or done twice, no card late, no log number forgotten |
//!
//! Vocabulary: a *run* is what one string of bytes makes happen.

#![forbid(unsafe_code)]

pub mod bus;
pub mod card_formats;
mod commands;
pub mod device_session;
pub mod draw;
pub mod ends;
pub mod enrolment;
pub mod file_transfer;
pub mod frames;
pub mod framing;
pub mod messages;
pub mod middle;
pub mod mqtt_messages;
mod pair;
pub mod peers;
pub mod peripheral;
pub mod plan_svg;
pub mod rights_list;
pub mod round_trip;
pub mod secure_channel;
pub mod topics;
