//! One guess at a time under one name. From the look at a lock-out to what came of a guess nobody else guesses for the same
//! operator, so that however many come at once, each counts before the next one is compared. Names that are nobody's take
//! turns in the same way: what waits tells nothing about who exists.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::refusal::Refusal;
use crate::wire::problem::ProblemKind;

/// Guesses under one name, under way or waiting. It trades how often somebody who mistypes quickly is told to wait against
/// how long the queue of whoever guesses for them may be: each takes some 50 ms.
const AT_ONE_NAME_MAX_GUESSES: usize = 4;

/// Who guesses now, by name.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Turns {
    /// Waits until nobody else guesses under this name. The turn ends when what this gives is dropped.
    ///
    /// # Errors
    /// Too many wait already: the caller comes again.
    pub(crate) async fn wait(&self, name: &str) -> Result<OwnedMutexGuard<()>, Refusal> {
        let turn = {
            let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Only what somebody holds is kept, so there are never more names than requests under way.
            names.retain(|_, turn| Arc::strong_count(turn) > 1);
            let turn = Arc::clone(names.entry(name.to_owned()).or_default());
            // One belongs to the table itself.
            if Arc::strong_count(&turn) > AT_ONE_NAME_MAX_GUESSES + 1 {
                let detail = "too many sign in under this name at once; try again in a moment";
                return Err(Refusal::new(ProblemKind::Unavailable, detail));
            }
            turn
        };
        Ok(turn.lock_owned().await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[tokio::test]
    async fn whoever_guesses_for_the_same_name_waits_and_few_do() {
        let turns = Turns::default();
        let first = turns.wait("m.rossi").await.unwrap();
        assert!(turns.wait("another").now_or_never().unwrap().is_ok(), "another name has turns of its own");
        let mut waiting: Vec<_> = (1..AT_ONE_NAME_MAX_GUESSES).map(|_| Box::pin(turns.wait("m.rossi"))).collect();
        for turn in &mut waiting {
            assert!(turn.as_mut().now_or_never().is_none());
        }
        let refused = turns.wait("m.rossi").now_or_never().unwrap().unwrap_err();
        assert_eq!(refused.problem().status, 503);
        drop(first);
        let second = waiting.remove(0).now_or_never().unwrap().unwrap();
        assert!(waiting.remove(0).now_or_never().is_none());
        drop((second, waiting));
        assert!(turns.wait("m.rossi").now_or_never().unwrap().is_ok());
        assert_eq!(turns.0.lock().unwrap().len(), 1, "what is over is forgotten");
    }
}
