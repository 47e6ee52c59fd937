//! Passwords: argon2id hashes (RFC 9106), worked out on the blocking pool one at a time behind a bounded queue, so that
//! nobody who tries passwords can starve the daemon. For nobody as much is worked out as for somebody.
//!
//! What is kept is a byte for the form, memory in KiB, passes and lanes in four bytes each, the salt and the hash.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version};
use rackward_core::engine::command::SealedSecret;
use rackward_dashboard::backend::Unavailable;
use rackward_dashboard::proofs::Typed;
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;

/// Memory of one hash in KiB, passes and lanes: the OWASP minimum for argon2id.
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// What a kept hash may ask for at most: a row that was altered must not take the daemon's memory or its time.
const COST_MAX: (u32, u32, u32) = (16 * COST.0, 16 * COST.1, 16 * COST.2);

/// Hashes under way at once. It trades the wait of people who sign in, some 50 ms each, against cores and memory taken from
/// everything else.
const HASHES_AT_ONCE: usize = 1;

/// Hashes waiting or under way. Whoever comes later is told to try again, before a wait of seconds makes them do so.
const QUEUE_MAX_HASHES: usize = 32;

const FORM: u8 = 1;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// Hashes and compares passwords, a bounded number at a time; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct PasswordWorker {
    queue: Arc<Semaphore>,
    working: Arc<Semaphore>,
}

impl PasswordWorker {
    pub(super) fn new() -> Self {
        Self { queue: Arc::new(Semaphore::new(QUEUE_MAX_HASHES)), working: Arc::new(Semaphore::new(HASHES_AT_ONCE)) }
    }

    /// Hashes a new password under a fresh salt.
    pub(super) async fn hash(&self, password: Typed) -> Result<SealedSecret, Unavailable> {
        self.run(move || fresh(&password)).await?.ok_or(Unavailable)
    }

    /// Whether a password is the one that is kept; where none is kept, it is not, after as long a time.
    pub(super) async fn is_right(&self, kept: Option<SealedSecret>, password: Typed) -> Result<bool, Unavailable> {
        self.run(move || {
            let kept = kept.as_ref().and_then(|kept| Kept::read(kept.as_bytes()));
            let is_somebodys = kept.is_some();
            let kept = kept.unwrap_or(Kept { cost: COST, salt: [0; SALT_BYTES], hash: [0; HASH_BYTES] });
            kept.fits(&password) && is_somebodys
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Unavailable> {
        let _place = self.queue.try_acquire().map_err(|_| Unavailable)?;
        let turn = Arc::clone(&self.working).acquire_owned().await.map_err(|_| Unavailable)?;
        // The turn goes along, so that a caller who gives up does not let another hash start beside this one.
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        done.await.map_err(|_| Unavailable)
    }
}

struct Kept {
    cost: (u32, u32, u32),
    salt: [u8; SALT_BYTES],
    hash: [u8; HASH_BYTES],
}

fn fresh(password: &Typed) -> Option<SealedSecret> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt).ok()?;
    let hash = worked_out(COST, &salt, password)?;
    let (memory, passes, lanes) = COST;
    let cost = [memory, passes, lanes].into_iter().flat_map(u32::to_be_bytes);
    Some(SealedSecret::new(std::iter::once(FORM).chain(cost).chain(salt).chain(hash).collect()))
}

fn worked_out(cost: (u32, u32, u32), salt: &[u8; SALT_BYTES], password: &Typed) -> Option<[u8; HASH_BYTES]> {
    let (memory, passes, lanes) = cost;
    let params = Params::new(memory, passes, lanes, Some(HASH_BYTES)).ok()?;
    let mut hash = [0; HASH_BYTES];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    // What is longer than any of our passwords is cut, so that it takes no longer either; it fits none of them.
    let bytes = password.reveal().as_bytes();
    let bytes = bytes.get(..Typed::MAX_BYTES + 1).unwrap_or(bytes);
    argon2.hash_password_into(bytes, salt, &mut hash).ok()?;
    Some(hash)
}

impl Kept {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (form, rest) = bytes.split_first()?;
        let (cost, rest) = rest.split_at_checked(12)?;
        let (salt, hash) = rest.split_at_checked(SALT_BYTES)?;
        let number = |at: usize| Some(u32::from_be_bytes(cost.get(at..at + 4)?.try_into().ok()?));
        let cost = (number(0)?, number(4)?, number(8)?);
        let bearable = cost.0 <= COST_MAX.0 && cost.1 <= COST_MAX.1 && cost.2 <= COST_MAX.2;
        (*form == FORM && bearable).then_some(())?;
        Some(Self { cost, salt: salt.try_into().ok()?, hash: hash.try_into().ok()? })
    }

    fn fits(&self, password: &Typed) -> bool {
        worked_out(self.cost, &self.salt, password).is_some_and(|hash| bool::from(hash.ct_eq(&self.hash)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Typed {
        Typed::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_fits_its_hash_and_nothing_else() {
        let worker = PasswordWorker::new();
        let kept = worker.hash(typed("correct horse battery")).await.unwrap();
        let again = worker.hash(typed("correct horse battery")).await.unwrap();
        assert_ne!(kept, again, "each has a salt of its own");
        let check = async |kept: Option<&SealedSecret>, password: &str, right: bool| {
            let found = worker.is_right(kept.cloned(), typed(password)).await.unwrap();
            assert_eq!(found, right, "{password}");
        };
        check(Some(&kept), "correct horse battery", true).await;
        check(Some(&kept), "correct horse batter", false).await;
        check(Some(&kept), "", false).await;
        check(None, "correct horse battery", false).await;
        check(None, "", false).await;
    }

    #[tokio::test]
    async fn a_row_that_was_altered_fits_nothing_and_asks_for_no_more_memory() {
        let worker = PasswordWorker::new();
        let kept = worker.hash(typed("correct horse battery")).await.unwrap();
        let with = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = kept.as_bytes().to_vec();
            change(&mut bytes);
            SealedSecret::new(bytes)
        };
        let altered = [
            with(&|bytes| bytes[0] = 2),
            with(&|bytes| bytes[1..5].copy_from_slice(&u32::MAX.to_be_bytes())),
            with(&|bytes| bytes.truncate(20)),
            with(&|bytes| bytes.push(0)),
            SealedSecret::new(Vec::new()),
        ];
        for kept in altered {
            assert!(!worker.is_right(Some(kept), typed("correct horse battery")).await.unwrap());
        }
    }

    #[tokio::test]
    async fn whoever_comes_when_too_many_wait_is_told() {
        let worker = PasswordWorker::new();
        let places = worker.queue.try_acquire_many(u32::try_from(QUEUE_MAX_HASHES).unwrap()).unwrap();
        assert_eq!(worker.is_right(None, typed("x")).await, Err(Unavailable));
        drop(places);
        assert_eq!(worker.is_right(None, typed("x")).await, Ok(false));
    }
}
