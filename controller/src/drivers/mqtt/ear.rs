//! The ear: keeps the connection to the broker and passes on what comes.
//!
//! Decides when the broker counts as lost and how soon it is tried again. What a message means is `fleet`'s.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use rumqttc::{
    AsyncClient, ConnectionError, Event, EventLoop, Outgoing, Packet, Publish, QoS, SubscribeFilterInput,
    SubscribeReasonCode,
};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::Fleet;
use crate::drivers::{Publications, publications};

/// First and longest wait before the broker is tried again. Devices are offline meanwhile, so the longest is short.
const RECONNECT_FIRST_MILLIS: u64 = 250;
const RECONNECT_LONGEST_MILLIS: u64 = 4_000;
/// How long a farewell to the broker may take when the daemon stops.
const FAREWELL_LIMIT_MILLIS: u64 = 1_000;

/// What comes from the broker.
pub(super) enum Heard {
    Connected,
    Lost,
    Message { topic: Bytes, retained: bool, payload: Bytes },
}

/// Nobody listens to the ear any more.
type Unheard = mpsc::error::SendError<Heard>;

/// Keeps the connection.
pub(super) struct Ear {
    filter: String,
    hears_home_assistant: bool,
    client: AsyncClient,
    tell: mpsc::Sender<Heard>,
    /// Messages that the client library has and that are not sent yet.
    unsent: Arc<AtomicUsize>,
    /// Whether there is a connection, for whoever asks.
    link: watch::Sender<bool>,
    wait: Duration,
}

impl Ear {
    pub(super) fn new(
        fleet: &Fleet,
        client: AsyncClient,
        tell: mpsc::Sender<Heard>,
        unsent: Arc<AtomicUsize>,
        publications: Publications,
        link: watch::Sender<bool>,
    ) -> Self {
        let wait = Duration::from_millis(RECONNECT_FIRST_MILLIS);
        let hears_home_assistant = publications == Publications::HomeAssistant;
        Self { filter: fleet.filter(), hears_home_assistant, client, tell, unsent, link, wait }
    }

    /// Listens until nobody wants to hear any more, or until `shutdown` and a farewell.
    pub(super) async fn listen_until(self, connection: EventLoop, shutdown: CancellationToken) {
        let farewell = async {
            shutdown.cancelled().await;
            tokio::time::sleep(Duration::from_millis(FAREWELL_LIMIT_MILLIS)).await;
        };
        tokio::select! {
            () = farewell => {}
            () = self.listen(connection) => {}
        }
    }

    async fn listen(mut self, mut connection: EventLoop) {
        loop {
            let told = match connection.poll().await {
                Ok(Event::Incoming(packet)) => self.take(packet).await,
                Ok(Event::Outgoing(Outgoing::Publish(_))) => {
                    self.sent();
                    Ok(())
                }
                Ok(Event::Outgoing(_) | Event::Auth(_)) => Ok(()),
                Err(ConnectionError::RequestsDone) => return,
                Err(error) => self.lost(&error).await,
            };
            if told.is_err() {
                return;
            }
        }
    }

    /// One message fewer waits in the library. What it sends again after a reconnect was counted before.
    fn sent(&self) {
        // The value that was found is not needed.
        let _ = self.unsent.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| count.checked_sub(1));
    }

    async fn take(&mut self, packet: Packet) -> Result<(), Unheard> {
        match packet {
            Packet::ConnAck(_) => {
                tracing::info!("connected to the MQTT broker");
                self.wait = Duration::from_millis(RECONNECT_FIRST_MILLIS);
                self.subscribe();
                Ok(())
            }
            // Only now does the broker pass on what devices answer.
            Packet::SubAck(ack) => self.subscribed(&ack.return_codes).await,
            Packet::Publish(Publish { topic, retain: retained, payload, .. }) => {
                self.tell.send(Heard::Message { topic, retained, payload }).await
            }
            _ => Ok(()),
        }
    }

    fn subscribe(&self) {
        let mut filters = vec![SubscribeFilterInput::new(self.filter.clone(), QoS::AtLeastOnce)];
        if self.hears_home_assistant {
            filters.push(SubscribeFilterInput::new(publications::HOME_ASSISTANT_STATUS.to_owned(), QoS::AtLeastOnce));
        }
        if let Err(error) = self.client.try_subscribe_many(filters) {
            tracing::error!(%error, "cannot ask the MQTT broker for the devices' messages");
        }
    }

    async fn subscribed(&self, codes: &[SubscribeReasonCode]) -> Result<(), Unheard> {
        let (devices, others) = codes.split_first().map_or((false, codes), |(first, rest)| (is_granted(first), rest));
        if !others.iter().all(is_granted) {
            tracing::warn!(
                topic = publications::HOME_ASSISTANT_STATUS,
                "the MQTT broker does not let the daemon hear Home Assistant; what it shows may be old after a restart of it"
            );
        }
        if devices {
            // Whatever the last connection took along is gone.
            self.unsent.store(0, Ordering::Relaxed);
            self.link.send_replace(true);
            return self.tell.send(Heard::Connected).await;
        }
        tracing::error!(
            filter = %self.filter,
            "the MQTT broker does not let the daemon hear its devices; grant its user read access to the filter"
        );
        self.link.send_replace(false);
        self.tell.send(Heard::Lost).await
    }

    async fn lost(&mut self, error: &ConnectionError) -> Result<(), Unheard> {
        tracing::warn!(%error, wait = ?self.wait, "no connection to the MQTT broker; its devices are offline until there is");
        self.link.send_replace(false);
        self.tell.send(Heard::Lost).await?;
        tokio::time::sleep(self.wait).await;
        self.wait = (self.wait * 2).min(Duration::from_millis(RECONNECT_LONGEST_MILLIS));
        Ok(())
    }
}

fn is_granted(code: &SubscribeReasonCode) -> bool {
    matches!(code, SubscribeReasonCode::Success(_))
}
