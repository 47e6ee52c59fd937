//! Those for whom the provider has given its word by one factor, and who are to type a code of their own beside it. They are
//! kept in memory, a bounded number for a bounded time and a bounded number of tries.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use rackward_core::Monotonic;
use rackward_core::id::OperatorId;

/// How long somebody may look for their app.
const LIFE: Duration = Duration::from_secs(5 * 60);

/// How often a code may be typed for one visit to the provider; nobody mistypes more often than that.
const MAX_TRIES: u8 = 5;

/// How many may be half-way. Each has signed in at the provider, so the bound only keeps memory in hand; the oldest makes
/// room.
const MAX_HALF_WAY: usize = 256;

struct Waiting {
    operator: OperatorId,
    since: Monotonic,
    tries: u8,
}

/// Everybody who is half-way.
#[derive(Default)]
pub(super) struct HalfWay(Mutex<HashMap<String, Waiting>>);

impl HalfWay {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets somebody wait; gives the name under which their code is expected, if the system gives random numbers.
    pub(super) fn begin(&self, operator: OperatorId, now: Monotonic) -> Option<String> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).ok()?;
        let handle = BASE64URL_NOPAD.encode(&bytes);
        let mut waiting = self.lock();
        waiting.retain(|_, one| now.since(one.since) < LIFE);
        if waiting.len() >= MAX_HALF_WAY {
            let oldest = waiting.iter().min_by_key(|(_, one)| one.since).map(|(handle, _)| handle.clone());
            oldest.and_then(|oldest| waiting.remove(&oldest));
        }
        waiting.insert(handle.clone(), Waiting { operator, since: now, tries: 0 });
        Some(handle)
    }

    /// Who waits under this name; counts a try.
    pub(super) fn try_one(&self, handle: &str, now: Monotonic) -> Option<OperatorId> {
        let mut waiting = self.lock();
        let one = waiting.get_mut(handle)?;
        one.tries += 1;
        if one.tries > MAX_TRIES || now.since(one.since) >= LIFE {
            waiting.remove(handle);
            return None;
        }
        Some(one.operator)
    }

    /// Ends a wait.
    pub(super) fn end(&self, handle: &str) {
        self.lock().remove(handle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Monotonic = Monotonic::from_micros(1_000_000);

    #[test]
    fn whoever_is_half_way_has_five_tries_and_five_minutes() {
        let half_way = HalfWay::default();
        let operator = OperatorId::new(7);
        let handle = half_way.begin(operator, START).unwrap();
        for _ in 0..MAX_TRIES {
            assert_eq!(half_way.try_one(&handle, START), Some(operator));
        }
        assert_eq!(half_way.try_one(&handle, START), None);
        let handle = half_way.begin(operator, START).unwrap();
        assert_eq!(half_way.try_one(&handle, START.after(LIFE)), None);
        let handle = half_way.begin(operator, START).unwrap();
        half_way.end(&handle);
        assert_eq!(half_way.try_one(&handle, START), None, "the first code that is right ends it");
        assert_eq!(half_way.try_one("never given out", START), None);
    }

    #[test]
    fn the_oldest_makes_room() {
        let half_way = HalfWay::default();
        let at = |number: usize| START.after(Duration::from_millis(number as u64));
        let handles: Vec<_> =
            (0..=MAX_HALF_WAY).map(|number| half_way.begin(OperatorId::new(1), at(number)).unwrap()).collect();
        assert_eq!(half_way.try_one(&handles[0], at(MAX_HALF_WAY)), None);
        assert!(half_way.try_one(&handles[1], at(MAX_HALF_WAY)).is_some());
    }
}
