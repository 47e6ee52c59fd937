//! Drivers: what devices say becomes a [`DeviceReport`], what the engine wants becomes bytes or messages.
//!
//! A driver translates and keeps links alive. It does not decide who may pass, what a fact means or which alarm follows:
//! that is the core's. It never invents a report: when a link is away, it says so, and nothing else.
//! How frames and messages are told from noise and replays is `rackward_protocol`'s.
//!
//! Vocabulary: an *order* is an output of the engine on its way to one device; a *link* is what a device hangs on, one
//! serial bus or the broker. One task owns each link, so nothing here is shared or locked. [`Panel`] and [`Fleet`] are the
//! links without their port and socket: pure, with time as an argument, so that a simulated site drives the same code.

mod admissions;
mod broker;
mod feedback;
mod keypad;
mod mqtt;
mod order;
mod osdp;
mod profile;
pub mod publications;
mod reading;
mod settings;
mod stock;
#[cfg(test)]
mod tests;
mod wiring;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use rackward_core::engine::input::FailureCause;
use rackward_core::id::{CommandId, DeviceId};
use rackward_core::people::CredentialKey;
use rackward_core::{DeviceReport, Now, Output};
use rackward_dashboard::backend;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::run::Heard;
use publications::Outlet;

pub use admissions::{Admissions, Arrival, Entered, NotAdmitted};
pub(crate) use broker::daemon_id;
pub use mqtt::{Fleet, Message};
pub use order::{Order, Task};
pub use osdp::{BusHandle, Met, Need, Panel, PortName, PortRefused, Rs485};
pub use profile::Profile;
pub use settings::{
    Alone, BrokerLogin, BrokerSettings, BusDevice, BusSettings, DriverError, MqttDevice, MqttIdentity, MqttSettings,
    Password, Publications, Settings, TlsListener,
};
pub use stock::Stock;
pub use wiring::Wiring;
pub(crate) use wiring::{Band, Bands, Display, Further, Local, Meaning, Part, Polarity, Release, Sensor};

/// Orders that may wait for one link. It takes a burst to every rack of a hall; more than these would reach the devices
/// long after their cause, so whoever comes next is told that the link is overloaded.
const ORDER_LIMIT_ORDERS: usize = 256;

/// Orders for each device of the broker that may wait on top of those: what becomes of all of them at once, such as their
/// certificates when the daemon starts, is told to all of them at once.
const ORDER_LIMIT_PER_DEVICE_ORDERS: usize = 8;

/// Turns the bits of a card into the keyed hash it is looked up by: number of bits, then the bits, left aligned.
pub type CardKey = Arc<dyn Fn(u16, &[u8]) -> CredentialKey + Send + Sync>;

/// What every driver task holds: where its reports go, how it hashes cards, what time it is and when it must end.
#[derive(Clone)]
pub(crate) struct Surroundings {
    inputs: mpsc::Sender<Heard>,
    card_key: CardKey,
    clock: fn() -> Now,
    shutdown: CancellationToken,
    /// What meets the needs of panels.
    stock: Stock,
}

/// The running drivers; dropping it ends their tasks.
#[derive(Debug)]
pub struct Drivers {
    links: BTreeMap<DeviceId, mpsc::Sender<Order>>,
    buses: Vec<BusHandle>,
    broker: Option<SocketAddr>,
    broker_link: Option<BrokerLink>,
    outlet: Option<Outlet>,
}

/// The connection to the MQTT broker, for whoever asks how it is.
#[derive(Debug, Clone)]
pub struct BrokerLink {
    /// Which broker.
    pub part: backend::Part,
    is_up: watch::Receiver<bool>,
}

impl BrokerLink {
    /// Whether devices are heard over it.
    pub fn is_up(&self) -> bool {
        *self.is_up.borrow()
    }
}

/// Where the orders of [`Drivers::detached`] come out.
#[derive(Debug)]
pub struct Detached(mpsc::Receiver<Order>);

impl Detached {
    /// The next release: its device and command. `None` once the drivers are gone. Other orders are passed over.
    pub fn next_release(&mut self) -> Option<(DeviceId, CommandId)> {
        loop {
            let order = self.0.blocking_recv()?;
            if let order::Task::Release { command, .. } = order.task {
                return Some((order.device, command));
            }
        }
    }
}

/// An output that could not be handed to a link; the device was not told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} was not told: {cause:?}; the engine must be given the report that this holds", order.device)]
pub struct Undelivered {
    order: Order,
    /// Why: [`FailureCause::Overload`], or [`FailureCause::Offline`] when the device hangs on no link.
    pub cause: FailureCause,
}

impl Undelivered {
    /// What to report to the engine: the command failed, or the job is over. `None` for what nobody waits for.
    pub fn report(&self) -> Option<(DeviceId, DeviceReport)> {
        self.order.failed(self.cause).map(|report| (self.order.device, report))
    }
}

/// Starts one task per bus and, where MQTT devices are enrolled, the embedded broker and the MQTT client. Reports go to
/// `inputs`, which may be full at times: links then wait, and lose nothing. Must be called on a tokio runtime. `clock` must
/// read the same monotonic clock as the engine's. A port or an external broker that is not there yet is no error: it is
/// tried again until it is there.
///
/// # Errors
/// Settings that cannot work, or an embedded broker that cannot listen.
pub async fn start(
    settings: Settings,
    inputs: mpsc::Sender<Heard>,
    card_key: CardKey,
    clock: fn() -> Now,
    shutdown: CancellationToken,
    tasks: &TaskTracker,
) -> Result<Drivers, DriverError> {
    let around = Surroundings { inputs, card_key, clock, shutdown, stock: settings.stock };
    let mut drivers = Drivers::none();
    let panels = settings.buses.into_iter().map(|bus| osdp::prepare(bus, &around)).collect::<Result<Vec<_>, _>>()?;
    for (line, handle) in panels {
        drivers.buses.push(handle);
        let (orders, waiting) = mpsc::channel(ORDER_LIMIT_ORDERS);
        drivers.links.extend(line.devices().map(|device| (device, orders.clone())));
        tasks.spawn(line.run(waiting));
    }
    if let Some(mqtt) = settings.mqtt {
        drivers.start_mqtt(mqtt, &around, tasks).await?;
    }
    Ok(drivers)
}

impl Drivers {
    /// Hands an output to the link of its device; never waits. [`Output::CheckPin`] and [`Output::Reply`] are no device's
    /// business and are left to the shell that knows them.
    ///
    /// # Errors
    /// The link takes no more, or there is none. The engine must then be given [`Undelivered::report`].
    pub fn dispatch(&self, output: Output) -> Result<(), Undelivered> {
        let Some(order) = Order::from_output(output) else { return Ok(()) };
        let Some(link) = self.links.get(&order.device) else {
            return Err(Undelivered { order, cause: FailureCause::Offline });
        };
        link.try_send(order).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(order) => Undelivered { order, cause: FailureCause::Overload },
            mpsc::error::TrySendError::Closed(order) => Undelivered { order, cause: FailureCause::Offline },
        })
    }

    /// Drivers without links: what is dispatched to `devices` comes out of the receiver. For benchmarks and simulators that
    /// carry orders out themselves.
    pub fn detached(devices: impl Iterator<Item = DeviceId>) -> (Self, Detached) {
        let (orders, waiting) = mpsc::channel(ORDER_LIMIT_ORDERS);
        let links = devices.map(|device| (device, orders.clone())).collect();
        (Self { links, ..Self::none() }, Detached(waiting))
    }

    const fn none() -> Self {
        Self { links: BTreeMap::new(), buses: Vec::new(), broker: None, broker_link: None, outlet: None }
    }

    /// The serial buses in the order of the settings, for whoever looks at them.
    pub fn buses(&self) -> &[BusHandle] {
        &self.buses
    }

    /// Where our own listener for devices is, the embedded broker's or the one for enrolment, with the port that a listen
    /// address with port 0 was given.
    pub fn broker_address(&self) -> Option<SocketAddr> {
        self.broker
    }

    /// The connection to the MQTT broker, where the site has any.
    pub fn broker_link(&self) -> Option<BrokerLink> {
        self.broker_link.clone()
    }

    /// Where publications for others go, once, where the site wants any.
    pub fn take_outlet(&mut self) -> Option<Outlet> {
        self.outlet.take()
    }

    async fn start_mqtt(
        &mut self,
        settings: MqttSettings,
        around: &Surroundings,
        tasks: &TaskTracker,
    ) -> Result<(), DriverError> {
        let broker = broker::reach(&settings, around, tasks).await?;
        self.broker = broker.listener;
        let part = match settings.broker {
            BrokerSettings::Embedded(_) => backend::Part::EmbeddedBroker,
            BrokerSettings::External { .. } => backend::Part::ExternalBroker,
        };
        let client = mqtt::prepare(settings, broker, around)?;
        self.broker_link = Some(BrokerLink { part, is_up: client.link() });
        let room = ORDER_LIMIT_ORDERS + ORDER_LIMIT_PER_DEVICE_ORDERS * client.devices().len();
        let (orders, waiting) = mpsc::channel(room);
        self.links.extend(client.devices().map(|device| (device, orders.clone())));
        self.outlet = client.start(waiting, tasks);
        Ok(())
    }
}
