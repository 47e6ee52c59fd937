//! What is measured of the daemon, in the text form of Prometheus (exposition format 0.0.4). Counters are kept as entries
//! become durable ([`Counters`]); the rest is asked when somebody reads, at most every [`FRESH_FOR`]. No label names a person,
//! a card or anything else without a bound; a metric with one series a thing leaves out those that are as they should be where
//! there are too many (`text.rs`). Who may read is asked before.

mod counters;
mod histogram;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rackward_core::alarm::life::Suppression;
use rackward_core::alarm::{Acknowledged, Alarm, Condition};
use rackward_core::engine::command::Scope;
use rackward_core::engine::query::{DeviceStatus, DoorStatus, JournalHealth, Status};
use rackward_core::facts::Word as _;
use rackward_core::site::Role;
use rackward_core::{Answer, Query, Site, Wall};
use rackward_dashboard::bus::BusStatus;
use rackward_dashboard::wire::at::At;
use rackward_dashboard::wire::support::{Certificates, Storage};
use rackward_dashboard::{Backend, Unavailable};
use tokio::sync::Mutex;
use tokio::time::Instant;

pub use counters::Counters;
use text::{Kind, Text};

use crate::backend::DaemonBackend;
use crate::cursor::CursorStatus;

/// How old an answer may be. Asking takes the engine's time, which doors need, so nobody can ask more often than this.
const FRESH_FOR: Duration = Duration::from_secs(2);

/// The commit that this program was built from, where the build says it.
pub(crate) const COMMIT: &str = match option_env!("RACKWARD_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};

/// Measures, and remembers the last answer for a moment.
#[derive(Debug, Default)]
pub struct Meter {
    last: Mutex<Option<(Instant, Arc<str>)>>,
}

/// Everything that is asked at once.
struct Asked {
    status: Status,
    alarms: Vec<Alarm>,
    doors: Vec<DoorStatus>,
    devices: Vec<DeviceStatus>,
}

impl Meter {
    /// The measurements now, or as they were a moment ago.
    ///
    /// # Errors
    /// The engine cannot answer.
    pub async fn text(&self, backend: &DaemonBackend) -> Result<Arc<str>, Unavailable> {
        // Whoever comes meanwhile waits for the same answer.
        let mut last = self.last.lock().await;
        if let Some((asked, text)) = last.as_ref()
            && asked.elapsed() < FRESH_FOR
        {
            return Ok(Arc::clone(text));
        }
        let text: Arc<str> = measure(backend).await?.into();
        *last = Some((Instant::now(), Arc::clone(&text)));
        Ok(text)
    }
}

async fn measure(backend: &DaemonBackend) -> Result<String, Unavailable> {
    let asked = ask(backend).await?;
    let (site, now) = (backend.site(), backend.now().wall);
    let mut text = Text::default();
    build_info(&mut text);
    backend.counters.write(&mut text);
    policy(&mut text, &asked.status, &site, now);
    alarms(&mut text, &asked.alarms);
    doors(&mut text, &asked.doors, &site);
    devices(&mut text, &asked.devices, &site);
    buses(&mut text, &backend.buses());
    outward(&mut text, backend);
    let (storage, certificates) = backend.accounts.upkeep().await?;
    upkeep(&mut text, &storage, &certificates);
    Ok(text.into_string())
}

async fn ask(backend: &DaemonBackend) -> Result<Asked, Unavailable> {
    let ask = |query| backend.ask(Scope::Site, query);
    let Answer::Status(status) = ask(Query::Status).await? else { return Err(Unavailable) };
    let Answer::Alarms(alarms) = ask(Query::OpenAlarms).await? else { return Err(Unavailable) };
    let Answer::Doors(doors) = ask(Query::Doors).await? else { return Err(Unavailable) };
    let Answer::Devices(devices) = ask(Query::Devices).await? else { return Err(Unavailable) };
    let alarms = alarms.into_iter().map(|row| row.alarm).collect();
    Ok(Asked { status, alarms, doors, devices })
}

fn build_info(text: &mut Text) {
    text.family("rackward_build_info", Kind::Gauge, "Which program runs; always 1.");
    text.sample("rackward_build_info", &[("version", env!("CARGO_PKG_VERSION")), ("commit", COMMIT)], 1.0);
}

fn policy(text: &mut Text, status: &Status, site: &Site, now: Wall) {
    let site = [("controller", site.name())];
    text.family("rackward_policy_revision", Kind::Gauge, "The generation of rights.");
    text.sample("rackward_policy_revision", &site, status.generation.get() as f64);
    let lag = status.receipts.oldest.map_or(0.0, |oldest| now.since(oldest).as_secs_f64());
    text.family(
        "rackward_policy_delivery_lag_seconds",
        Kind::Gauge,
        "How long the oldest change of rights has waited for a device.",
    );
    text.sample("rackward_policy_delivery_lag_seconds", &site, lag);
    text.family("rackward_receipts_pending", Kind::Gauge, "Devices that have not applied the rights they should hold.");
    text.sample("rackward_receipts_pending", &site, f64::from(status.receipts.pending));
    text.family("rackward_journal_entries", Kind::Gauge, "The place of the newest entry of the journal.");
    text.sample("rackward_journal_entries", &site, status.head.get() as f64);
    text.family("rackward_journal_writable", Kind::Gauge, "1 while the journal can be written, 0 while it cannot.");
    let writable = match status.journal {
        JournalHealth::Writable => 1.0,
        JournalHealth::Unwritable => 0.0,
    };
    text.sample("rackward_journal_writable", &site, writable);
}

fn alarms(text: &mut Text, alarms: &[Alarm]) {
    const STATES: [&str; 4] = ["active_unacknowledged", "active_acknowledged", "returned_unacknowledged", "returned"];
    let state = |alarm: &Alarm| match (&alarm.condition, &alarm.acknowledged) {
        (Condition::Active, Acknowledged::No) => STATES[0],
        (Condition::Active, Acknowledged::Yes { .. }) => STATES[1],
        (Condition::Returned(_), Acknowledged::No) => STATES[2],
        (Condition::Returned(_), Acknowledged::Yes { .. }) => STATES[3],
    };
    text.family("rackward_alarms", Kind::Gauge, "Open alarms that are not put aside, by priority and state.");
    let stands = |alarm: &&Alarm| match alarm.life.suppression {
        Suppression::None | Suppression::ByDesign { .. } => true,
        Suppression::Shelved(_) | Suppression::OutOfService { .. } => false,
    };
    for priority in 1..=4_u8 {
        for wanted in STATES {
            let count = alarms
                .iter()
                .filter(stands)
                .filter(|alarm| alarm.kind.priority().number() == priority && state(alarm) == wanted);
            text.sample(
                "rackward_alarms",
                &[("priority", &priority.to_string()), ("state", wanted)],
                count.count() as f64,
            );
        }
    }
}

fn doors(text: &mut Text, doors: &[DoorStatus], site: &Site) {
    let name = "rackward_point_state";
    text.family(name, Kind::Gauge, "What the contact of a door says; 1 for the state that it is in.");
    let words =
        doors.iter().filter_map(|status| Some((site.door(status.door)?.path.as_str(), status.facts.contact.word())));
    let rows: Vec<_> = words.collect();
    text.series(
        name,
        &rows,
        |(_, word)| *word != "closed",
        |(path, word)| (vec![("point", *path), ("state", *word)], 1.0),
    );
    text.family("rackward_doors", Kind::Gauge, "Doors by what their contacts say.");
    let mut counts = BTreeMap::<&str, u32>::new();
    rows.iter().for_each(|(_, word)| *counts.entry(word).or_default() += 1);
    for (word, count) in counts {
        text.sample("rackward_doors", &[("state", word)], f64::from(count));
    }
}

fn devices(text: &mut Text, devices: &[DeviceStatus], site: &Site) {
    let named = |status: &DeviceStatus| site.device(status.device).map(|device| (device.name.as_str(), &device.role));
    let readers: Vec<_> = devices
        .iter()
        .filter_map(|status| match named(status)? {
            (name, Role::Reader { .. } | Role::Handle { .. }) => Some((name, status.online == Some(true))),
            (_, Role::Lock { .. } | Role::Inputs { .. }) => None,
        })
        .collect();
    text.family("rackward_reader_up", Kind::Gauge, "1 while a reader or handle answers, 0 while it does not.");
    text.series(
        "rackward_reader_up",
        &readers,
        |(_, is_up)| !is_up,
        |(name, is_up)| (vec![("reader", *name)], f64::from(u8::from(*is_up))),
    );
    text.family("rackward_devices", Kind::Gauge, "Devices by whether they answer.");
    for (word, wanted) in [("online", Some(true)), ("offline", Some(false)), ("unknown", None)] {
        let count = devices.iter().filter(|status| status.online == wanted).count();
        text.sample("rackward_devices", &[("state", word)], count as f64);
    }
    let clocks: Vec<_> =
        devices.iter().filter_map(|status| Some((named(status)?.0, status.clock_offset_ms?))).collect();
    text.family("rackward_clock_offset_seconds", Kind::Gauge, "By how much a device's clock is ahead of the daemon's.");
    text.series(
        "rackward_clock_offset_seconds",
        &clocks,
        |(_, offset)| offset.unsigned_abs() > 1000,
        |(name, offset)| (vec![("device", *name)], *offset as f64 / 1000.0),
    );
}

fn buses(text: &mut Text, buses: &[BusStatus]) {
    text.family("rackward_bus_up", Kind::Gauge, "1 while the port of a serial bus is open, 0 while it is away.");
    for bus in buses {
        text.sample("rackward_bus_up", &[("bus", &bus.name)], f64::from(u8::from(bus.is_up)));
    }
    text.family("rackward_osdp_polls_total", Kind::Counter, "Exchanges on a serial bus by what came of them.");
    for bus in buses {
        let missed: u64 = bus.devices.iter().map(|device| device.failures).sum();
        let results =
            [("answered", bus.frames), ("missed", missed), ("cut_off", bus.cut_off), ("false_start", bus.false_starts)];
        for (result, count) in results {
            text.sample("rackward_osdp_polls_total", &[("bus", &bus.name), ("result", result)], count as f64);
        }
    }
}

/// What leaves the daemon: cursors over the journal, and what webhooks came to.
fn outward(text: &mut Text, backend: &DaemonBackend) {
    text.family("rackward_event_export_queue", Kind::Gauge, "Entries that a reader of the journal has not taken yet.");
    for status in backend.cursors.statuses() {
        let lag = CursorStatus::lag_entries(&status);
        text.sample("rackward_event_export_queue", &[("sink", status.name.as_str())], lag as f64);
    }
    let lags = backend.webhooks.lags();
    text.family("rackward_webhook_waiting", Kind::Gauge, "Messages that wait to be sent to a webhook, or sent again.");
    for lag in &lags {
        text.sample("rackward_webhook_waiting", &[("webhook", &lag.name)], lag.waiting as f64);
    }
    text.family("rackward_webhook_attempts_total", Kind::Counter, "Attempts at a webhook by what came of them.");
    for lag in &lags {
        for (result, count) in [("delivered", lag.delivered), ("failed", lag.failed_attempts)] {
            let labels = [("webhook", lag.name.as_str()), ("result", result)];
            text.sample("rackward_webhook_attempts_total", &labels, count as f64);
        }
    }
}

/// What somebody must see to before it ends: the room on the disk, the daemon's own certificates. What cannot be read is not told.
fn upkeep(text: &mut Text, storage: &Storage, certificates: &Certificates) {
    text.family("rackward_storage_size_bytes", Kind::Gauge, "The size of the file system of the storage directory.");
    text.family("rackward_storage_free_bytes", Kind::Gauge, "What is left there for the daemon.");
    for (name, bytes) in
        [("rackward_storage_size_bytes", storage.size_bytes), ("rackward_storage_free_bytes", storage.free_bytes)]
    {
        if let Some(bytes) = bytes {
            text.sample(name, &[], bytes as f64);
        }
    }
    let name = "rackward_certificate_end_timestamp_seconds";
    text.family(
        name,
        Kind::Gauge,
        "When a certificate of the daemon's own is over; what it renews by itself is left out.",
    );
    for (which, end) in [("console", certificates.console_until_at), ("authority", certificates.authority_until_at)] {
        if let Some(At(end)) = end {
            text.sample(name, &[("certificate", which)], end.as_seconds() as f64);
        }
    }
}

#[cfg(test)]
mod tests;
