//! The one place that reads the machine's clocks. Everything else is handed a [`Now`].

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rackward_core::{Monotonic, Now, Wall};

/// Both clocks, read together; the monotonic one counts from the first call in this process.
pub fn now() -> Now {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let monotonic = FIRST.get_or_init(Instant::now).elapsed();
    let wall = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX),
    };
    Now {
        monotonic: Monotonic::from_micros(u64::try_from(monotonic.as_micros()).unwrap_or(u64::MAX)),
        wall: Wall::from_micros(wall),
    }
}
