//! How a demo was asked for. What it consists of is `site.rs` and `people.rs`; starting it is `demo.rs`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How a demo was asked for.
#[derive(Debug, Clone)]
pub struct DemoOptions {
    /// Where it keeps its files and sockets.
    pub place: Place,
    /// The console's address; port 0 takes a free one.
    pub http: SocketAddr,
    /// What it prints when it is ready.
    pub banner: Banner,
    /// Whether people walk about by themselves.
    pub walking: Walking,
    /// When it ends by itself.
    pub lifetime: Lifetime,
    /// The seed of what the simulated people do; drawn if `None`.
    pub seed: Option<u64>,
    /// How many times the usual allowance of requests everybody has: a demo that is measured is asked more than any console.
    pub allowances: u32,
}

/// Where a demo keeps its files and sockets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A directory that was named: what it holds is kept and used again.
    Kept(PathBuf),
    /// The default directory, where `rackward` without `--dir` looks: each demo starts afresh there.
    Fresh(PathBuf),
}

impl Place {
    /// The directory.
    pub fn dir(&self) -> &std::path::Path {
        match self {
            Self::Kept(dir) | Self::Fresh(dir) => dir,
        }
    }
}

/// What a demo prints when it is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Banner {
    /// The console's address, a sign-in link and commands to try.
    Full,
    /// One JSON line with `http`, `dir` and `login`.
    OneLine,
}

/// Whether people walk about by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walking {
    /// They do.
    Alive,
    /// Only `rackward sim` moves anything.
    Still,
}

/// When a demo ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Not before it is told to stop.
    UntilStopped,
    /// After this long.
    Span(Duration),
}
