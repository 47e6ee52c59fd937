//! Time as processors gave it to this work: what other processes take of a shared machine is left out, for everybody alike.

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds that `work` took of this thread. All who are compared decide on the thread that asks them.
pub fn nanoseconds(work: impl FnOnce()) -> f64 {
    spent(ClockId::ThreadCPUTime, work)
}

/// Seconds that `work` took of all threads of this process together: a store reads on a thread of its own.
pub fn seconds_of_all_threads(work: impl FnOnce()) -> f64 {
    spent(ClockId::ProcessCPUTime, work) / 1e9
}

fn spent(clock: ClockId, work: impl FnOnce()) -> f64 {
    let before = nanoseconds_at(clock);
    work();
    nanoseconds_at(clock) - before
}

fn nanoseconds_at(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
