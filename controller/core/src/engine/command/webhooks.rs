//! What may be ordered of a webhook: of what the daemon tells other programs. Which webhooks there are, what they were sent
//! and what they did not take, the shell knows; the core says who may order what, and records it before it is done.

use crate::id::Seq;

/// An order about one webhook. What it comes to is the shell's, once it is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookCommand {
    /// Which.
    pub webhook: WebhookName,
    /// What.
    pub order: WebhookOrder,
}

/// What is ordered of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookOrder {
    /// Messages that were given up are sent again.
    Replay {
        /// About entries from this one on.
        from: Seq,
        /// To this one; to the last if `None`.
        to: Option<Seq>,
    },
    /// A message that says nothing is sent once.
    Test,
    /// It is sent messages again.
    Enable,
    /// It is sent no more. Only the shell gives this order, for the system, when the target has answered so.
    Disable,
}

/// The name of a webhook in the site file: 1 to 56 lower-case letters, digits, `-`, `.` and `:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookName(String);

impl WebhookName {
    /// The longest name.
    pub const MAX_BYTES: usize = 56;

    /// Takes a name as it is; `None` where no webhook can be called so.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.:".contains(&byte);
        let fits = (1..=Self::MAX_BYTES).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
