//! Command lines that wait to be let in (RFC 8628): the codes they show, who may still decide, and what they fetch. Of a code
//! only a digest is kept, in memory: a restart ends them all, which is the safe side. Who may let one in, and with which
//! rights, is the core's (`engine/commands/operators/tokens.rs`); asking is `signin/device.rs`, the page `signin/let_in.rs`.
//!
//! Vocabulary: the *device code* is a secret of the command line's, the *user code* is short and typed by a person; a request
//! is *lapsed* once its time is over.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use rackward_core::Monotonic;
use rackward_core::id::{OperatorId, TokenId};
use rackward_core::operator::TokenReturn;
use sha2::Sha256;

use super::{NoRandomness, Token, digest, position};
use crate::limits::whole_network;

/// How long somebody may take to let it in.
pub(crate) const CODE_LIFE: Duration = Duration::from_secs(10 * 60);

/// How often a command line may ask whether it was let in (RFC 8628, clause 3.5: five seconds if nothing else is said), and
/// by how much longer it waits after each time that it asked too soon.
pub(crate) const POLL_EVERY: Duration = Duration::from_secs(5);

/// How early a question may come and still be in time: clocks and lines are not even.
const POLL_SLACK: Duration = Duration::from_millis(500);

/// Requests at once: a new one is refused, since pushing out an old one would let a stranger end everybody's.
const MAX_REQUESTS: usize = 256;

/// Requests at once from one network: somebody who starts over, and no flood.
const FROM_ONE_NETWORK_MAX_REQUESTS: usize = 8;

/// The letters of a user code (RFC 8628, clause 6.1): no vowels, so no words, and nothing that looks like a digit. Eight of
/// twenty are 34 bits; with the bound on guesses below, ten minutes are not enough for any part of them that matters.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// How many of them a code has.
pub(crate) const CODE_CHARS: usize = 8;

/// Wrong codes in a row after which one operator types none for a while.
const WRONG_MAX: u32 = 5;

/// For how long, the first time; twice as long each time after, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(5 * 60);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// After so long without a wrong code none before counts.
const WRONG_COUNTS_FOR: Duration = Duration::from_secs(2 * 3600);

/// The longest name of a command line, in characters.
const NAME_CHARS: usize = 64;

/// Who asks to be let in, as far as that can be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asks {
    /// How it calls itself, cut, without what cannot be shown; empty where it said nothing.
    pub(crate) name: String,
    /// From which address, where the listener has any.
    pub(crate) address: Option<IpAddr>,
}

impl Asks {
    /// Somebody at `address` who calls themselves `name`.
    pub(crate) fn of(name: &str, address: Option<IpAddr>) -> Self {
        let plain = |c: &char| (' '..='~').contains(c);
        let name: String = name.chars().filter(plain).take(NAME_CHARS).collect();
        Self { name: name.trim().to_owned(), address }
    }
}

/// A request that was begun.
#[derive(Debug)]
pub(crate) struct Begun {
    /// What the command line fetches its token with.
    pub(crate) device: Token,
    /// What it shows, in two halves of four letters.
    pub(crate) user: String,
}

/// Why none was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotBegun {
    #[error("too many wait to be let in; try again in some minutes")]
    Crowded,
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// What a user code comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Looked {
    /// Somebody waits for a decision.
    Waits {
        /// The code as the command line shows it.
        code: String,
        /// Who.
        asks: Asks,
        /// For how long still.
        left: Duration,
    },
    /// Nobody does, under this code: it was never given out, is lapsed, or decided.
    Nobody,
    /// This operator has typed too many that were wrong; again after this.
    Paused(Duration),
}

/// What a device code comes to.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// Nobody has decided yet.
    Waits,
    /// It asks too often; from now on so long has to pass between two questions.
    TooSoon(Duration),
    /// An operator said no.
    Refused,
    /// Nobody decided in time.
    Lapsed,
    /// No request has this code.
    Unknown,
    /// It was let in: this once the token is told.
    LetIn(Issued),
    /// It was told before. Whoever asks now has stolen the code, or had it stolen: the token has to end.
    Twice(TokenId),
}

/// A token that was issued to a command line.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) id: TokenId,
    /// Its secret, without what every token begins with.
    pub(crate) secret: Token,
    /// For how long it counts from when it was issued.
    pub(crate) lasts: Duration,
}

#[derive(Debug)]
enum State {
    Waiting,
    /// An operator is letting it in: nobody else decides meanwhile.
    Deciding,
    Refused,
    LetIn(Issued),
    Told(TokenId),
}

#[derive(Debug)]
struct Request {
    device: [u8; 32],
    user: [u8; 32],
    asks: Asks,
    begun: Monotonic,
    asked: Option<Monotonic>,
    every: Duration,
    state: State,
}

/// What one operator typed wrongly.
#[derive(Debug, Clone, Copy)]
struct Wrong {
    in_a_row: u32,
    pauses: u32,
    last: Monotonic,
    until: Monotonic,
}

#[derive(Debug, Default)]
struct Table {
    requests: Vec<Request>,
    /// No more than there are operators.
    wrong: HashMap<OperatorId, Wrong>,
    /// Drawn at the first request: a user code alone is short enough to be found from a plain digest.
    key: Option<[u8; 32]>,
}

/// Command lines that wait to be let in.
#[derive(Debug, Default)]
pub(crate) struct Devices(Mutex<Table>);

impl Devices {
    /// Begins a request.
    pub(crate) fn begin(&self, asks: Asks, now: Monotonic) -> Result<Begun, NotBegun> {
        let mut table = self.lock();
        let network = asks.address.map(whole_network);
        // One that nobody could ask about any more, and whose token was told, makes room.
        table.requests.retain(|request| !request.is_lapsed(now) || matches!(request.state, State::LetIn(_)));
        let from_there = table.requests.iter().filter(|request| request.asks.address.map(whole_network) == network);
        if table.requests.len() >= MAX_REQUESTS || from_there.count() >= FROM_ONE_NETWORK_MAX_REQUESTS {
            return Err(NotBegun::Crowded);
        }
        let key = table.key()?;
        let device = Token::draw()?;
        let user = loop {
            let drawn = draw_letters()?;
            if table.requests.iter().all(|request| request.user != keyed(&key, &drawn)) {
                break drawn;
            }
        };
        table.requests.push(Request {
            device: digest(device.reveal()),
            user: keyed(&key, &user),
            asks,
            begun: now,
            asked: None,
            every: POLL_EVERY,
            state: State::Waiting,
        });
        Ok(Begun { device, user: in_halves(&user) })
    }

    /// Who waits under a code that an operator typed. One that is nobody's counts as wrong.
    pub(crate) fn look(&self, operator: OperatorId, typed: &str, now: Monotonic) -> Looked {
        let mut table = self.lock();
        if let Some(paused) = table.paused(operator, now) {
            return Looked::Paused(paused);
        }
        match table.waiting(typed, now) {
            Some(request) => {
                let code = as_drawn(typed).map(|letters| in_halves(&letters)).unwrap_or_default();
                let left = CODE_LIFE.saturating_sub(now.since(request.begun));
                Looked::Waits { code, asks: request.asks.clone(), left }
            }
            None => {
                table.count_wrong(operator, now);
                Looked::Nobody
            }
        }
    }

    /// Says no to whoever waits under a code; whether somebody did.
    pub(crate) fn refuse(&self, typed: &str, now: Monotonic) -> bool {
        self.decide(typed, now, State::Refused)
    }

    /// Keeps everybody else from deciding until [`Self::let_in`] or [`Self::put_back`]; whether somebody waits.
    pub(crate) fn begin_to_let_in(&self, typed: &str, now: Monotonic) -> bool {
        self.decide(typed, now, State::Deciding)
    }

    fn decide(&self, typed: &str, now: Monotonic, decided: State) -> bool {
        self.lock().waiting(typed, now).map(|request| request.state = decided).is_some()
    }

    /// Leaves the token where the command line fetches it. One whose time ran out meanwhile is lapsed like any other, and its
    /// token goes back with [`Self::lapsed`].
    pub(crate) fn let_in(&self, typed: &str, issued: Issued) {
        if let Some(request) = self.lock().under(typed) {
            request.state = State::LetIn(issued);
        }
    }

    /// It came to nothing: whoever comes next may decide.
    pub(crate) fn put_back(&self, typed: &str) {
        if let Some(request) = self.lock().under(typed).filter(|request| matches!(request.state, State::Deciding)) {
            request.state = State::Waiting;
        }
    }

    /// What the holder of a device code is told.
    pub(crate) fn fetch(&self, device: &str, now: Monotonic) -> Fetched {
        let mut table = self.lock();
        let Some(place) = position(&table.requests, |request| &request.device, &digest(device)) else {
            return Fetched::Unknown;
        };
        let Some(request) = table.requests.get_mut(place) else { return Fetched::Unknown };
        if let State::Told(token) = request.state {
            return Fetched::Twice(token);
        }
        if request.is_lapsed(now) {
            return Fetched::Lapsed;
        }
        let is_early = request.asked.is_some_and(|asked| now.since(asked) + POLL_SLACK < request.every);
        request.asked = Some(now);
        if is_early {
            request.every += POLL_EVERY;
            return Fetched::TooSoon(request.every);
        }
        match &request.state {
            State::Waiting | State::Deciding => Fetched::Waits,
            State::Refused => Fetched::Refused,
            State::Told(token) => Fetched::Twice(*token),
            State::LetIn(issued) => {
                let told = State::Told(issued.id);
                match core::mem::replace(&mut request.state, told) {
                    State::LetIn(issued) => Fetched::LetIn(issued),
                    _ => Fetched::Unknown,
                }
            }
        }
    }

    /// Forgets what is lapsed; gives the tokens that nobody fetched, with why they end.
    pub(crate) fn lapsed(&self, now: Monotonic) -> Vec<(TokenId, TokenReturn)> {
        let mut unfetched = Vec::new();
        self.lock().requests.retain(|request| {
            let is_lapsed = request.is_lapsed(now) && !matches!(request.state, State::Deciding);
            if let (true, State::LetIn(issued)) = (is_lapsed, &request.state) {
                unfetched.push((issued.id, TokenReturn::NotFetched));
            }
            !is_lapsed
        });
        unfetched
    }

    /// A panic while the table was locked cannot leave it half changed: every change is one step.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Request {
    fn is_lapsed(&self, now: Monotonic) -> bool {
        now.since(self.begun) >= CODE_LIFE
    }
}

impl Table {
    fn key(&mut self) -> Result<[u8; 32], NoRandomness> {
        if let Some(key) = self.key {
            return Ok(key);
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| NoRandomness)?;
        self.key = Some(key);
        Ok(key)
    }

    fn under(&mut self, typed: &str) -> Option<&mut Request> {
        let wanted = keyed(self.key.as_ref()?, &as_drawn(typed)?);
        let place = position(&self.requests, |request| &request.user, &wanted)?;
        self.requests.get_mut(place)
    }

    fn waiting(&mut self, typed: &str, now: Monotonic) -> Option<&mut Request> {
        self.under(typed).filter(|request| matches!(request.state, State::Waiting) && !request.is_lapsed(now))
    }

    fn paused(&self, operator: OperatorId, now: Monotonic) -> Option<Duration> {
        let until = self.wrong.get(&operator)?.until;
        (until > now).then(|| until.since(now))
    }

    fn count_wrong(&mut self, operator: OperatorId, now: Monotonic) {
        let none = Wrong { in_a_row: 0, pauses: 0, last: now, until: now };
        let wrong = self.wrong.entry(operator).or_insert(none);
        if now.since(wrong.last) > WRONG_COUNTS_FOR {
            *wrong = none;
        }
        wrong.in_a_row += 1;
        wrong.last = now;
        if wrong.in_a_row >= WRONG_MAX {
            let pause = FIRST_PAUSE.saturating_mul(1 << wrong.pauses.min(8)).min(LONGEST_PAUSE);
            *wrong = Wrong { in_a_row: 0, pauses: wrong.pauses.saturating_add(1), last: now, until: now.after(pause) };
        }
    }
}

fn draw_letters() -> Result<String, NoRandomness> {
    let mut letters = String::with_capacity(CODE_CHARS);
    while letters.len() < CODE_CHARS {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
        // What lies beyond the last whole round of letters would make some likelier than others.
        let fair = bytes.into_iter().filter(|byte| usize::from(*byte) < 256 / LETTERS.len() * LETTERS.len());
        let drawn = fair.filter_map(|byte| LETTERS.get(usize::from(byte) % LETTERS.len()));
        letters.extend(drawn.map(|letter| char::from(*letter)).take(CODE_CHARS - letters.len()));
    }
    Ok(letters)
}

/// As it is shown: two halves are easier to read out than one whole.
fn in_halves(letters: &str) -> String {
    let (first, second) = letters.split_at_checked(CODE_CHARS / 2).unwrap_or((letters, ""));
    format!("{first}-{second}")
}

/// What was typed, as it was drawn; `None` where it cannot be a code. Small letters and whatever divides them are forgiven.
fn as_drawn(typed: &str) -> Option<String> {
    let letters: String = typed.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_uppercase()).collect();
    let others = typed.chars().all(|c| c.is_ascii_alphabetic() || c.is_whitespace() || "-._".contains(c));
    (letters.len() == CODE_CHARS && others).then_some(letters)
}

fn keyed(key: &[u8; 32], letters: &str) -> [u8; 32] {
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mut mac) => {
            mac.update(letters.as_bytes());
            mac.finalize().into_bytes().into()
        }
        // HMAC takes a key of any length (RFC 2104, clause 2).
        Err(_) => digest(letters),
    }
}

#[cfg(test)]
mod tests;
