//! Wrong tries: how many in how short a time lock a credential out (`alarms.md` 13, `feedback.md` T11). What a lock-out means
//! for a decision is `decide/lockout.rs`.

use core::time::Duration;

use crate::alarm::{AlarmKind, AlarmSource};
use crate::decide::PinEvidence;
use crate::engine::Engine;
use crate::entry::Entry;
use crate::id::{CredentialId, DeviceId};
use crate::permission::Actor;
use crate::time::{Monotonic, Now};

/// This many wrong PINs within [`TRIES_WITHIN`] lock a credential out.
const TRIES_LIMIT: u8 = 5;

/// The time in which wrong tries add up.
const TRIES_WITHIN: Duration = Duration::from_secs(60);

/// How long a credential is locked out: as long as the reader says `WAIT 60s`. With five tries a minute and a minute's rest,
/// ten thousand codes take more than two days of standing at a door.
pub(in crate::engine) const LOCKED_OUT_FOR: Duration = Duration::from_secs(60);

/// Wrong tries of one credential since `since`.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Tries {
    count: u8,
    since: Monotonic,
}

impl Engine {
    pub(super) fn wrong_try(&mut self, now: Now, device: DeviceId, credential: CredentialId) {
        let fresh = Tries { count: 0, since: now.monotonic };
        let tries = self.tries.entry(credential).or_insert(fresh);
        if now.monotonic.since(tries.since) >= TRIES_WITHIN {
            *tries = fresh;
        }
        tries.count += 1;
        if tries.count >= TRIES_LIMIT {
            self.tries.remove(&credential);
            self.record(now, Entry::CredentialLockedOut { credential, until: now.wall.after(LOCKED_OUT_FOR) });
            self.begin_alarm(now, AlarmKind::Lockout, AlarmSource::Credential(credential));
            self.show_lock_out(device, LOCKED_OUT_FOR);
        }
    }

    /// Whoever is admitted with a PIN has proved it; a card alone proves nothing.
    pub(super) fn forget_tries(&mut self, credential: CredentialId, pin: PinEvidence) {
        match pin {
            PinEvidence::Right | PinEvidence::Duress => drop(self.tries.remove(&credential)),
            PinEvidence::Missing => {}
        }
    }

    /// Ends lock-outs whose time is over and forgets tries that no longer count; once a minute.
    pub(in crate::engine) fn review_tries(&mut self, now: Now) {
        self.tries.retain(|_, tries| now.monotonic.since(tries.since) < TRIES_WITHIN);
        let over =
            |(credential, until): (&CredentialId, &crate::time::Wall)| (*until <= now.wall).then_some(*credential);
        let over: Vec<CredentialId> = self.records.lockouts.iter().filter_map(over).collect();
        over.into_iter().for_each(|credential| self.end_lockout(now, credential, Actor::System));
    }

    pub(in crate::engine) fn end_lockout(&mut self, now: Now, credential: CredentialId, by: Actor) {
        self.record(now, Entry::LockoutEnded { credential, by });
        self.end_alarm(now, AlarmKind::Lockout, AlarmSource::Credential(credential));
    }
}
