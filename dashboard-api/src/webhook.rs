//! Webhooks as the API sees them: how each target is, which messages were given up, and what operators want of them. How
//! messages are sent is the daemon's; how it is all written down is `wire/webhook.rs`.

use rackward_core::Wall;
use rackward_core::id::Seq;

/// How one target is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookStatus {
    /// Its name in the site file.
    pub name: String,
    /// Scheme, host and port; its path may hold a token and is not told.
    pub origin: String,
    /// Which events it wants, as the site file says it.
    pub events: Vec<String>,
    /// Of which places; all where there is none.
    pub area: Option<String>,
    /// Whether its messages say all that an entry says.
    pub is_full: bool,
    /// The public keys that its messages may be checked with.
    pub public_keys: Vec<String>,
    /// Whether it takes messages.
    pub state: WebhookState,
    /// Messages that wait to be sent or sent again.
    pub waiting: u64,
    /// How many more may wait; none where it is disabled.
    pub room: u64,
    /// Entries of the journal that were not looked at yet.
    pub behind_entries: u64,
    /// Messages that were given up and not replayed.
    pub failures: u64,
    /// Messages taken since the daemon's start.
    pub delivered: u64,
    /// Attempts that failed since the daemon's start.
    pub failed_attempts: u64,
    /// When it last took a message since the daemon's start.
    pub last_delivery: Option<Wall>,
    /// When an attempt last failed since the daemon's start, and why.
    pub last_failure: Option<(Wall, String)>,
}

/// Whether a target takes messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookState {
    /// It does, as far as is known.
    Open,
    /// It seems to be away.
    Away {
        /// Failures in a row.
        attempts: u32,
    },
    /// It answered 410 and is sent nothing until an operator enables it.
    Disabled {
        /// When it did.
        since: Wall,
    },
}

/// A message that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookFailure {
    /// The entry it was about.
    pub seq: Seq,
    /// When it was given up.
    pub given_up: Wall,
    /// After how many attempts.
    pub attempts: u32,
    /// Why the last one failed.
    pub cause: String,
}

/// What an operator wants of webhooks. Who may is decided, and what is to be done is recorded, before it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookWish {
    /// How each target is.
    List,
    /// Which messages to a target were given up.
    Failures {
        /// Which target.
        name: String,
        /// About entries after this one.
        after: Seq,
        /// How many at most.
        limit: u32,
    },
    /// Messages that were given up are sent again.
    Replay {
        /// Which target.
        name: String,
        /// About entries from this one on.
        from: Seq,
        /// To this one.
        to: Seq,
    },
    /// A message that says nothing is sent now, once.
    Test {
        /// Which target.
        name: String,
    },
    /// A target that wanted no more is sent messages again.
    Enable {
        /// Which target.
        name: String,
    },
}

/// The answer, in the shape of the wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookAnswer {
    /// To [`WebhookWish::List`], in the site file's order.
    Targets(Vec<WebhookStatus>),
    /// To [`WebhookWish::Failures`], by place in the journal.
    Failures(Vec<WebhookFailure>),
    /// To [`WebhookWish::Replay`].
    Replayed {
        /// How many are sent again.
        replayed: u64,
        /// How many in the same stretch are left, because only so many wait at once.
        left: u64,
    },
    /// To [`WebhookWish::Test`]: taken, or why not.
    Tested(Result<(), String>),
    /// To [`WebhookWish::Enable`].
    Enabled,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookRefused {
    /// There is no such target.
    #[error("no webhook is called so; `rackward webhook list` names those there are")]
    Unknown,
    /// It is sent nothing, so nothing is sent again.
    #[error("the webhook is disabled and is sent nothing; `rackward webhook enable` resumes, then replay")]
    Disabled,
    /// As many messages wait for it as may.
    #[error("as many messages as may wait do so already; nothing more is sent again before it has taken some")]
    Full,
    /// What is kept of webhooks cannot be used now.
    #[error("what is kept of webhooks cannot be used now; see the daemon's log")]
    Unavailable,
}
