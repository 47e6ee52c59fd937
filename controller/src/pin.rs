//! PINs: what is acceptable as one, and the slow hash that keeps them. Hashing takes tens of milliseconds and 19 MiB on
//! purpose, so it runs on the blocking pool, one at a time, with a bounded queue: somebody who hammers a keypad cannot
//! starve the daemon.
//!
//! A person may have two: the usual one, and a duress PIN that opens just the same and calls for help. Both are compared
//! every time, so that nobody at the door can tell from the wait which one it was.
//!
//! Whether a right PIN opens a door is decided in the core; here is only compared.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use rackward_core::engine::command::{PinHash, PinPurpose};
use rackward_core::engine::input::{Digits, PinOutcome};
use rackward_core::id::PersonId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use zeroize::Zeroizing;

/// Memory of one hash in KiB, passes and lanes: the OWASP minimum for argon2id. PINs are short; what protects them is that
/// every guess at a stolen hash costs this much.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What a stored hash may ask for at most, in KiB, passes and lanes. A row that was altered must not take the daemon's
/// memory or its time; ours may grow sixteenfold until this has to.
const STORED_MAX: (u32, u32, u32) = (16 * MEMORY_KIB, 16 * PASSES, 16 * LANES);

/// Hashes under way at once. It trades the wait of people at keypads, some 50 ms each, against cores and memory taken from
/// everything else; more would each need a [`Memory`] of their own.
const HASHES_AT_ONCE: usize = 1;

/// Hashes waiting or under way. With more, people at keypads would wait over a second and try again, which makes it worse;
/// whoever comes later is told that no decision is possible.
const QUEUE_MAX_HASHES: usize = 32;

/// An acceptable PIN: 4 to 12 digits; wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// Takes a PIN; `None` unless it is 4 to 12 ASCII digits.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = Digits::PIN_DIGITS.contains(&text.len());
        (fits && text.bytes().all(|b| b.is_ascii_digit())).then(|| Self(Zeroizing::new(text.to_owned())))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(..)")
    }
}

/// The hashes of one person's PINs, as far as they are set and could be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PinHashes {
    usual: Option<PinHash>,
    duress: Option<PinHash>,
}

impl PinHashes {
    /// Sets one of the two.
    pub fn set(&mut self, purpose: PinPurpose, hash: PinHash) {
        match purpose {
            PinPurpose::Usual => self.usual = Some(hash),
            PinPurpose::Duress => self.duress = Some(hash),
        }
    }

    /// One of the two.
    pub fn of(&self, purpose: PinPurpose) -> Option<&PinHash> {
        match purpose {
            PinPurpose::Usual => self.usual.as_ref(),
            PinPurpose::Duress => self.duress.as_ref(),
        }
    }

    /// The one that a new PIN of this purpose must not be the same as.
    pub fn other(&self, purpose: PinPurpose) -> Option<&PinHash> {
        match purpose {
            PinPurpose::Usual => self.of(PinPurpose::Duress),
            PinPurpose::Duress => self.of(PinPurpose::Usual),
        }
    }
}

/// Everybody's hashes, shared between the loop, which learns new ones, and the API, which compares new PINs with them;
/// cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Pins(Arc<RwLock<BTreeMap<PersonId, PinHashes>>>);

impl From<BTreeMap<PersonId, PinHashes>> for Pins {
    fn from(hashes: BTreeMap<PersonId, PinHashes>) -> Self {
        Self(Arc::new(RwLock::new(hashes)))
    }
}

impl Pins {
    /// A person's hashes; none of a person without PINs.
    pub fn of(&self, person: PersonId) -> PinHashes {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&person).cloned().unwrap_or_default()
    }

    /// Sets one of a person's hashes.
    pub fn set(&self, person: PersonId, purpose: PinPurpose, hash: PinHash) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).entry(person).or_default().set(purpose, hash);
    }
}

/// Why a PIN was not hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Too many are waiting.
    #[error("too many PINs are being hashed; try again in a moment")]
    Overloaded,
    /// The hash could not be made: no random bytes or no memory.
    #[error("the PIN could not be hashed; the system lacks memory or random bytes")]
    Unavailable,
    /// It is the person's other PIN.
    #[error("the usual PIN and the duress PIN must differ; choose another")]
    SameAsOther,
}

/// Hashes and compares PINs off the async runtime, a bounded number at a time; cheap to clone.
#[derive(Debug, Clone)]
pub struct PinWorker {
    queue: Arc<Semaphore>,
    working: Arc<Semaphore>,
    memory: Arc<Mutex<Memory>>,
}

/// What a hash is worked out in, some 19 MiB. It is kept, because an allocator that is given such blocks back keeps several
/// of them.
#[derive(Debug, Default)]
struct Memory(Vec<Block>);

impl Default for PinWorker {
    fn default() -> Self {
        Self::new()
    }
}

impl PinWorker {
    /// A worker with nothing to do.
    pub fn new() -> Self {
        Self {
            queue: Arc::new(Semaphore::new(QUEUE_MAX_HASHES)),
            working: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
            memory: Arc::default(),
        }
    }

    /// Hashes a new PIN under a fresh salt.
    ///
    /// # Errors
    /// Too many are waiting, or the system lacks what it takes.
    pub async fn hash(&self, pin: Pin) -> Result<PinHash, PinError> {
        self.run(move |memory| hash_now(&pin, memory)).await?
    }

    /// Hashes a new PIN of a person, unless it is `other`, the person's other PIN.
    ///
    /// # Errors
    /// It is the other one, too many are waiting, or the system lacks what it takes.
    pub async fn hash_beside(&self, pin: Pin, other: Option<PinHash>) -> Result<PinHash, PinError> {
        let hash = move |memory: &mut Memory| match other.map(|other| matches(&other, pin.0.as_bytes(), memory)) {
            Some(Match::Same) => Err(PinError::SameAsOther),
            // Never told apart from the other one, it must not be set beside it.
            Some(Match::Unknown) => Err(PinError::Unavailable),
            Some(Match::Different) | None => hash_now(&pin, memory),
        };
        self.run(hash).await?
    }

    /// Compares typed digits with both of a person's hashes, in the same time whatever comes of it and whether there are
    /// two or one.
    pub async fn compare(&self, hashes: PinHashes, typed: Digits) -> PinOutcome {
        if hashes == PinHashes::default() {
            return PinOutcome::Unavailable;
        }
        self.run(move |memory| compare_now(&hashes, &typed, memory)).await.unwrap_or(PinOutcome::Unavailable)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, PinError> {
        let (_place, turn) = self.turn().await?;
        // The turn goes along, so that a caller who gives up does not let a third hash start beside his.
        let memory = Arc::clone(&self.memory);
        let done = tokio::task::spawn_blocking(move || {
            let result = work(&mut memory.lock().unwrap_or_else(PoisonError::into_inner));
            drop(turn);
            result
        });
        done.await.map_err(|_| PinError::Unavailable)
    }

    async fn turn(&self) -> Result<(SemaphorePermit<'_>, OwnedSemaphorePermit), PinError> {
        let place = self.queue.try_acquire().map_err(|_| PinError::Overloaded)?;
        let turn = Arc::clone(&self.working).acquire_owned().await.map_err(|_| PinError::Unavailable)?;
        Ok((place, turn))
    }
}

fn hash_now(pin: &Pin, memory: &mut Memory) -> Result<PinHash, PinError> {
    fresh_hash(pin, memory).map(|hash| PinHash::from_phc(hash.to_string())).ok_or(PinError::Unavailable)
}

fn fresh_hash(pin: &Pin, memory: &mut Memory) -> Option<PasswordHash> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    let mut salt = [0; Salt::RECOMMENDED_LENGTH];
    getrandom::fill(&mut salt).ok()?;
    let salt = Salt::new(&salt).ok()?;
    let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
    let argon2 = Argon2::new(algorithm, version, params.clone());
    let hash = memory.work_out(&argon2, pin.0.as_bytes(), &salt, Params::DEFAULT_OUTPUT_LEN)?;
    let params = ParamsString::try_from(&params).ok()?;
    Some(PasswordHash {
        algorithm: algorithm.ident(),
        version: Some(version.into()),
        params,
        salt: Some(salt),
        hash: Some(hash),
    })
}

impl Memory {
    fn work_out(&mut self, argon2: &Argon2<'_>, digits: &[u8], salt: &[u8], length: usize) -> Option<Output> {
        let blocks = argon2.params().block_count();
        self.0.resize(blocks, Block::new());
        let mut out = [0; Output::MAX_LENGTH];
        let out = out.get_mut(..length)?;
        let worked = argon2.hash_password_into_with_memory(digits, salt, out, &mut self.0).ok();
        if blocks > MEMORY_KIB as usize {
            // A stored hash that asks for more than ours is rare, and its memory is given back.
            self.0 = Vec::new();
        }
        worked?;
        Output::new(out).ok()
    }
}

fn compare_now(hashes: &PinHashes, typed: &Digits, memory: &mut Memory) -> PinOutcome {
    // Where there is one alone it is compared twice, for the time it takes.
    let Some(usual) = hashes.usual.as_ref().or(hashes.duress.as_ref()) else { return PinOutcome::Unavailable };
    let duress = hashes.duress.as_ref().unwrap_or(usual);
    let digits = typed.reveal().as_bytes();
    let (usual, duress) = (matches(usual, digits, memory), matches(duress, digits, memory));
    let usual = if hashes.usual.is_some() { usual } else { Match::Unknown };
    let duress = if hashes.duress.is_some() { duress } else { Match::Different };
    match (usual, duress) {
        // Asking for help counts before everything else.
        (_, Match::Same) => PinOutcome::Duress,
        (Match::Same, Match::Different | Match::Unknown) => PinOutcome::Right,
        (Match::Different, Match::Different) => PinOutcome::Wrong,
        (Match::Unknown, _) | (_, Match::Unknown) => PinOutcome::Unavailable,
    }
}

/// What comparing digits with one hash gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    Same,
    Different,
    Unknown,
}

/// The hash's own parameters count, so that old hashes stay good when the constants above are raised.
fn matches(hash: &PinHash, digits: &[u8], memory: &mut Memory) -> Match {
    match comparable(hash).and_then(|hash| is_same(&hash, digits, memory)) {
        Some(true) => Match::Same,
        Some(false) => Match::Different,
        None => Match::Unknown,
    }
}

/// Two outputs compare in the same time wherever their first difference is (crate `phc`).
fn is_same(hash: &PasswordHash, digits: &[u8], memory: &mut Memory) -> Option<bool> {
    let (salt, expected) = (hash.salt.as_ref()?, hash.hash.as_ref()?);
    let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
    let version = hash.version.map_or(Ok(Version::default()), Version::try_from).ok()?;
    let argon2 = Argon2::new(algorithm, version, Params::try_from(hash).ok()?);
    let found = memory.work_out(&argon2, digits, salt, expected.len())?;
    Some(found == *expected)
}

/// Whether PINs can be compared with a stored hash: it is whole, and asks for no more than is bearable.
pub fn is_comparable(hash: &PinHash) -> bool {
    comparable(hash).is_some()
}

fn comparable(hash: &PinHash) -> Option<PasswordHash> {
    let hash = PasswordHash::new(hash.as_phc()).ok()?;
    let params = Params::try_from(&hash).ok()?;
    let (memory_kib, passes, lanes) = STORED_MAX;
    let bearable = params.m_cost() <= memory_kib && params.t_cost() <= passes && params.p_cost() <= lanes;
    (bearable && hash.salt.is_some() && hash.hash.is_some()).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Digits {
        Digits::parse(text).unwrap()
    }

    #[test]
    fn a_pin_is_four_to_twelve_digits() {
        let check = |text: &str, expect: bool| assert_eq!(Pin::parse(text).is_some(), expect, "{text}");
        check("1234", true);
        check("123456789012", true);
        check("0000", true);
        check("123", false);
        check("1234567890123", false);
        check("12a4", false);
        check("12 4", false);
        check("١٢٣٤", false);
        check("", false);
    }

    fn hashes(usual: Option<&PinHash>, duress: Option<&PinHash>) -> PinHashes {
        PinHashes { usual: usual.cloned(), duress: duress.cloned() }
    }

    async fn hash_of(worker: &PinWorker, pin: &str) -> PinHash {
        worker.hash(Pin::parse(pin).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn only_the_persons_own_pin_compares_right() {
        let worker = PinWorker::new();
        let hash = hash_of(&worker, "4711").await;
        assert!(hash.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_phc());
        let alone = hashes(Some(&hash), None);
        assert_eq!(worker.compare(alone.clone(), digits("4711")).await, PinOutcome::Right);
        for wrong in ["4712", "47110", "471", "04711", "0000000000000000"] {
            assert_eq!(worker.compare(alone.clone(), digits(wrong)).await, PinOutcome::Wrong, "{wrong}");
        }
        assert_ne!(hash_of(&worker, "4711").await, hash, "each hash has its own salt");
    }

    #[tokio::test]
    async fn each_of_two_pins_is_known_as_what_it_is() {
        let worker = PinWorker::new();
        let (usual, duress) = (hash_of(&worker, "4711").await, hash_of(&worker, "9999").await);
        let broken = PinHash::from_phc("$argon2id$v=19$".to_owned());
        let check = async |usual: Option<&PinHash>, duress: Option<&PinHash>, typed: &str, expect: PinOutcome| {
            let outcome = worker.compare(hashes(usual, duress), digits(typed)).await;
            assert_eq!(outcome, expect, "{} {} {typed}", usual.is_some(), duress.is_some());
        };
        let (some, other, bad) = (Some(&usual), Some(&duress), Some(&broken));
        check(some, other, "4711", PinOutcome::Right).await;
        check(some, other, "9999", PinOutcome::Duress).await;
        check(some, other, "1234", PinOutcome::Wrong).await;
        check(some, None, "9999", PinOutcome::Wrong).await;
        check(None, other, "9999", PinOutcome::Duress).await;
        check(None, other, "4711", PinOutcome::Unavailable).await;
        check(some, bad, "4711", PinOutcome::Right).await;
        check(some, bad, "9999", PinOutcome::Unavailable).await;
        check(some, some, "4711", PinOutcome::Duress).await;
        check(None, None, "4711", PinOutcome::Unavailable).await;
    }

    #[tokio::test]
    async fn a_new_pin_must_not_be_the_other_one() {
        let worker = PinWorker::new();
        let other = hash_of(&worker, "4711").await;
        let pin = |text: &str| Pin::parse(text).unwrap();
        assert_eq!(worker.hash_beside(pin("4711"), Some(other.clone())).await, Err(PinError::SameAsOther));
        assert!(worker.hash_beside(pin("4712"), Some(other)).await.is_ok());
        assert!(worker.hash_beside(pin("4711"), None).await.is_ok());
        let broken = PinHash::from_phc("4711".to_owned());
        assert_eq!(worker.hash_beside(pin("4711"), Some(broken)).await, Err(PinError::Unavailable));
    }

    #[tokio::test]
    async fn what_cannot_be_compared_is_no_wrong_pin() {
        let worker = PinWorker::new();
        let good = hash_of(&worker, "4711").await;
        let greedy = good.as_phc().replace("m=19456", "m=4294967295");
        let slow = good.as_phc().replace("t=2", "t=4294967295");
        let cut = &good.as_phc()[..good.as_phc().rfind('$').unwrap()];
        let none = ["", "4711", "$argon2id$v=19$m=19456,t=2,p=1$", "$scrypt$ln=1$AAAAAAAA$AAAA", &greedy, &slow, cut];
        for broken in none {
            let hash = PinHash::from_phc(broken.to_owned());
            assert!(!is_comparable(&hash), "{broken}");
            assert_eq!(
                worker.compare(hashes(Some(&hash), None), digits("4711")).await,
                PinOutcome::Unavailable,
                "{broken}"
            );
        }
        assert!(is_comparable(&good));
    }

    #[tokio::test]
    async fn a_full_queue_says_so_at_once() {
        let worker = PinWorker::new();
        let all = worker.queue.try_acquire_many(QUEUE_MAX_HASHES as u32).unwrap();
        assert_eq!(worker.hash(Pin::parse("4711").unwrap()).await, Err(PinError::Overloaded));
        drop(all);
        assert!(worker.hash(Pin::parse("4711").unwrap()).await.is_ok());
    }

    #[test]
    fn a_pin_is_never_printed() {
        assert_eq!(format!("{:?}", Pin::parse("4711").unwrap()), "Pin(..)");
    }
}
