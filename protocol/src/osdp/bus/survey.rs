//! Reading everything a device can tell, after its session was made.
//!
//! Decides the order of questions and when the picture is complete. What changed while the device was away is lost, so
//! nothing is assumed from before. A question the device refuses is left out: a bare reader has no inputs. Its identity
//! it must tell. It does not decide whether the identity is the right one (`answer`).

use alloc::vec::Vec;

use crate::osdp::message::{Capability, DeviceIdentity, Reply, code};

/// What has been read so far, and what is asked next.
#[derive(Clone, Debug, Default)]
pub(crate) struct Survey {
    question: Question,
    identity: Option<DeviceIdentity>,
    capabilities: Vec<Capability>,
    states: Vec<Reply>,
}

/// The questions in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Question {
    #[default]
    Identity,
    Capabilities,
    Inputs,
    Outputs,
    Local,
}

/// How a survey went on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Ask on.
    More,
    /// The device would not say who it is.
    Nameless,
    /// Everything has been read.
    Complete(Findings),
}

/// What a survey found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(crate) identity: DeviceIdentity,
    pub(crate) capabilities: Vec<Capability>,
    /// Inputs, outputs and local state, as far as the device has them.
    pub(crate) states: Vec<Reply>,
}

/// The longest frame the device says it takes, in bytes (OSDP 2.2, Annex B.11); 0 says nothing.
pub(crate) fn receive_buffer(capabilities: &[Capability]) -> Option<u16> {
    let buffer = capabilities.iter().find(|able| able.function == Capability::RECEIVE_BUFFER)?;
    Some(u16::from_le_bytes([buffer.level, buffer.count])).filter(|bytes| *bytes > 0)
}

impl Survey {
    /// Command code and DATA of the question to ask.
    pub(crate) fn question(&self) -> (u8, &'static [u8]) {
        match self.question {
            Question::Identity => (code::ID, &[0]),
            Question::Capabilities => (code::CAP, &[0]),
            Question::Inputs => (code::ISTAT, &[]),
            Question::Outputs => (code::OSTAT, &[]),
            Question::Local => (code::LSTAT, &[]),
        }
    }

    /// Takes an authenticated answer to the question asked.
    pub(crate) fn take(&mut self, reply: Reply) -> Progress {
        self.question = match (self.question, reply) {
            (Question::Identity, Reply::Identity(identity)) => {
                self.identity = Some(identity);
                Question::Capabilities
            }
            (Question::Identity, _) => return Progress::Nameless,
            (Question::Capabilities, reply) => {
                if let Reply::Capabilities(list) = reply {
                    self.capabilities = list;
                }
                Question::Inputs
            }
            (Question::Inputs, reply) => {
                self.states.extend(Some(reply).filter(|reply| matches!(reply, Reply::Inputs(_))));
                Question::Outputs
            }
            (Question::Outputs, reply) => {
                self.states.extend(Some(reply).filter(|reply| matches!(reply, Reply::Outputs(_))));
                Question::Local
            }
            (Question::Local, reply) => {
                self.states.extend(Some(reply).filter(|reply| matches!(reply, Reply::Local { .. })));
                return self.complete();
            }
        };
        Progress::More
    }

    fn complete(&mut self) -> Progress {
        match self.identity {
            None => Progress::Nameless,
            Some(identity) => Progress::Complete(Findings {
                identity,
                capabilities: core::mem::take(&mut self.capabilities),
                states: core::mem::take(&mut self.states),
            }),
        }
    }
}
