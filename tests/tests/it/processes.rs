//! Real processes from outside: the daemon, the simulated hardware and the command line as programs, joined by
//! pseudo-terminals, a broker, HTTP on sockets and nothing else. No crate of ours is linked into these tests but the tools
//! that know nothing of ours: a browser and a provider of identities (`tests/src`).
//!
//! Decided here: how long is waited for anything. Waiting means to read something that has a deadline, never to pause and
//! hope. What the programs must do is in the stories: `demo`, `apart`, `killed`, `disk_full`, `refusals`, `rights`, `handles`,
//! `other_broker`, `memory`, `moments`, `watchdog`, `webhooks`, `provider`, `passkeys`, `remote`, `let_in`, `certificates`, `repeated`,
//! `followers`, `strained`, `silent_log`, `swarm`, `confirmed`, `console`, `imports`, `recorded`, `reviews`, `halfway`, `tried`,
//! `alerts`, `support`; the tools
//! of the trade are in `program`, `http`, `stream`, `hands`, `site`, `splice`, `outside`, `guest`, `visitor`,
//! `terminal`, `cable`.
//!
//! Vocabulary: a *program* is a child process, ended with the test; *hands* act on simulated hardware; a *splice* is a
//! line with the test in its middle.

use std::time::Duration;

mod alerts;
mod apart;
mod cable;
mod certificates;
mod confirmed;
mod console;
mod demo;
mod disk_full;
mod followers;
mod guest;
mod halfway;
mod handles;
mod hands;
mod http;
mod imports;
mod killed;
mod let_in;
mod memory;
mod moments;
mod other_broker;
mod outside;
mod passkeys;
mod program;
mod provider;
mod publications;
mod recorded;
mod refusals;
mod remote;
mod repeated;
mod reviews;
mod rights;
mod silent_log;
mod site;
mod site_files;
mod splice;
mod strained;
mod stream;
mod support;
mod swarm;
mod terminal;
mod tried;
mod visitor;
mod watchdog;
mod webhooks;

/// Nothing that a test waits for takes longer, even on a busy machine. A shorter one would fail for the wrong reason, a
/// longer one would hold up whoever waits for a broken build.
const PATIENCE: Duration = Duration::from_secs(40);
