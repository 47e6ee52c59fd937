//! PINs: what is acceptable as one, and the slow hash that keeps them. Hashing takes tens of milliseconds and 19 MiB on
//! purpose, so it runs on the blocking pool, two at a time, with a bounded queue: somebody who hammers a keypad cannot
//! starve the daemon.
//!
//! Whether a right PIN opens a door is decided in the core; here is only compared.

use std::fmt;
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use rackward_core::engine::command::PinHash;
use rackward_core::engine::input::{Digits, PinOutcome};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use zeroize::Zeroizing;

/// Memory of one hash in KiB, passes and lanes: the OWASP minimum for argon2id. PINs are short; what protects them is that
/// every guess at a stolen hash costs this much.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes under way at once. It trades the wait of people at keypads against cores and memory taken from everything else.
const HASHES_AT_ONCE: usize = 2;

/// Hashes waiting or under way. With more, people at keypads would wait over a second and try again, which makes it worse;
/// whoever comes later is told that no decision is possible.
const QUEUE_MAX_HASHES: usize = 32;

/// An acceptable PIN: 4 to 8 digits; wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// Takes a PIN; `None` unless it is 4 to 8 ASCII digits.
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

/// Why a PIN was not hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PinError {
    /// Too many are waiting.
    #[error("too many PINs are being hashed; try again in a moment")]
    Overloaded,
    /// The hash could not be made: no random bytes or no memory.
    #[error("the PIN could not be hashed; the system lacks memory or random bytes")]
    Unavailable,
}

/// Hashes and compares PINs off the async runtime, a bounded number at a time; cheap to clone.
#[derive(Debug, Clone)]
pub struct PinWorker {
    queue: Arc<Semaphore>,
    working: Arc<Semaphore>,
}

impl Default for PinWorker {
    fn default() -> Self {
        Self::new()
    }
}

impl PinWorker {
    /// A worker with nothing to do.
    pub fn new() -> Self {
        Self { queue: Arc::new(Semaphore::new(QUEUE_MAX_HASHES)), working: Arc::new(Semaphore::new(HASHES_AT_ONCE)) }
    }

    /// Hashes a new PIN under a fresh salt.
    ///
    /// # Errors
    /// Too many are waiting, or the system lacks what it takes.
    pub async fn hash(&self, pin: Pin) -> Result<PinHash, PinError> {
        self.run(move || hash_now(&pin)).await?
    }

    /// Compares typed digits with a person's hash; `None` is a person without one.
    pub async fn compare(&self, hash: Option<PinHash>, typed: Digits) -> PinOutcome {
        let Some(hash) = hash else { return PinOutcome::Unavailable };
        self.run(move || compare_now(&hash, &typed)).await.unwrap_or(PinOutcome::Unavailable)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PinError> {
        let (_place, turn) = self.turn().await?;
        // The turn goes along, so that a caller who gives up does not let a third hash start beside his.
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
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

fn hash_now(pin: &Pin) -> Result<PinHash, PinError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| PinError::Unavailable)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash: PasswordHash = argon2.hash_password(pin.0.as_bytes()).map_err(|_| PinError::Unavailable)?;
    Ok(PinHash::from_phc(hash.to_string()))
}

/// The hash's own parameters count, so that old hashes stay good when the constants above are raised.
fn compare_now(hash: &PinHash, typed: &Digits) -> PinOutcome {
    let Ok(hash) = PasswordHash::new(hash.as_phc()) else { return PinOutcome::Unavailable };
    match Argon2::default().verify_password(typed.reveal().as_bytes(), &hash) {
        Ok(()) => PinOutcome::Right,
        Err(argon2::password_hash::Error::PasswordInvalid) => PinOutcome::Wrong,
        Err(_) => PinOutcome::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Digits {
        Digits::parse(text).unwrap()
    }

    #[test]
    fn a_pin_is_four_to_eight_digits() {
        let check = |text: &str, expect: bool| assert_eq!(Pin::parse(text).is_some(), expect, "{text}");
        check("1234", true);
        check("12345678", true);
        check("0000", true);
        check("123", false);
        check("123456789", false);
        check("12a4", false);
        check("12 4", false);
        check("١٢٣٤", false);
        check("", false);
    }

    #[tokio::test]
    async fn only_the_persons_own_pin_compares_right() {
        let worker = PinWorker::new();
        let hash = worker.hash(Pin::parse("4711").unwrap()).await.unwrap();
        assert!(hash.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_phc());
        assert_eq!(worker.compare(Some(hash.clone()), digits("4711")).await, PinOutcome::Right);
        for wrong in ["4712", "47110", "471", "04711", "0000000000000000"] {
            assert_eq!(worker.compare(Some(hash.clone()), digits(wrong)).await, PinOutcome::Wrong, "{wrong}");
        }
        assert_ne!(worker.hash(Pin::parse("4711").unwrap()).await.unwrap(), hash, "each hash has its own salt");
    }

    #[tokio::test]
    async fn what_cannot_be_compared_is_no_wrong_pin() {
        let worker = PinWorker::new();
        assert_eq!(worker.compare(None, digits("4711")).await, PinOutcome::Unavailable);
        for broken in ["", "4711", "$argon2id$v=19$m=19456,t=2,p=1$", "$scrypt$ln=1$AAAAAAAA$AAAA"] {
            let hash = PinHash::from_phc(broken.to_owned());
            assert_eq!(worker.compare(Some(hash), digits("4711")).await, PinOutcome::Unavailable, "{broken}");
        }
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
