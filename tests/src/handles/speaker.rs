//! One MQTT 5 connection over TLS: packets in and out, with nothing kept but what a connection needs. A library for clients
//! keeps more for each than a handle has.

use std::io;
use std::net::SocketAddr;

use bytes::BytesMut;
use rackward_protocol::mqtt::message::MAX_MESSAGE_BYTES;
use rackward_protocol::mqtt::rights::MAX_LIST_BYTES;
use rumqttc::mqttbytes::v5::{
    ConnAck, Connect, ConnectAuth, ConnectProperties, ConnectReturnCode, LastWill, Packet, PubAck, Publish,
    RetainForwardRule, SubAck, Subscribe, SubscribeFilter, SubscribeReasonCode,
};
use rumqttc::mqttbytes::{Error, QoS};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::identity::dial;

/// After half as long again without a word the broker takes the connection for dead. A handle says more by itself.
const KEEP_ALIVE_SECS: u16 = 90;
/// Longest packet taken: the longest list with its topic.
const PACKET_LIMIT_BYTES: u32 = (MAX_LIST_BYTES + MAX_MESSAGE_BYTES) as u32;

/// An open connection.
#[derive(Debug)]
pub struct Speaker {
    stream: TlsStream<TcpStream>,
    heard: BytesMut,
    said: BytesMut,
    last: u16,
}

impl Speaker {
    /// Connects as `client_id`, leaves a will, and subscribes.
    ///
    /// # Errors
    /// The network, TLS, or a broker that does not let this client in or listen.
    pub async fn open(
        address: SocketAddr,
        connector: &TlsConnector,
        client_id: &str,
        will: Option<LastWill>,
        filters: &[String],
    ) -> io::Result<Self> {
        let stream = dial(address, connector).await?;
        let mut speaker = Self { stream, heard: BytesMut::new(), said: BytesMut::new(), last: 0 };
        let properties = ConnectProperties {
            session_expiry_interval: Some(0),
            receive_maximum: Some(16),
            max_packet_size: Some(PACKET_LIMIT_BYTES),
            topic_alias_max: None,
            request_response_info: None,
            request_problem_info: None,
            user_properties: Vec::new(),
            authentication_method: None,
            authentication_data: None,
        };
        let connect = Connect {
            keep_alive: KEEP_ALIVE_SECS,
            client_id: client_id.to_owned(),
            clean_start: true,
            properties: Some(properties),
        };
        speaker.say(&Packet::Connect(connect, will, ConnectAuth::None)).await?;
        match speaker.hear().await? {
            Packet::ConnAck(ConnAck { code: ConnectReturnCode::Success, .. }) => {}
            other => return Err(refused(&other)),
        }
        speaker.subscribe(filters).await?;
        Ok(speaker)
    }

    async fn subscribe(&mut self, filters: &[String]) -> io::Result<()> {
        let filters = filters.iter().map(|filter| {
            // Nothing that a device is told is retained, and a broker would look through all that it keeps.
            let never = RetainForwardRule::Never;
            SubscribeFilter { retain_forward_rule: never, ..SubscribeFilter::new(filter, QoS::AtLeastOnce) }
        });
        let mut subscribe = Subscribe::new_many(filters, None);
        subscribe.pkid = self.next_id();
        let asked = subscribe.filters.len();
        self.say(&Packet::Subscribe(subscribe)).await?;
        match self.hear().await? {
            Packet::SubAck(SubAck { return_codes, .. })
                if return_codes.len() == asked
                    && return_codes.iter().all(|code| matches!(code, SubscribeReasonCode::Success(_))) =>
            {
                Ok(())
            }
            other => Err(refused(&other)),
        }
    }

    fn next_id(&mut self) -> u16 {
        self.last = self.last.checked_add(1).unwrap_or(1);
        self.last
    }

    /// Publishes at least once; gives the number under which the broker confirms it.
    ///
    /// # Errors
    /// The network.
    pub async fn publish(&mut self, topic: &str, retain: bool, payload: Vec<u8>) -> io::Result<u16> {
        let mut publish = Publish::new(topic, QoS::AtLeastOnce, payload, None);
        publish.retain = retain;
        publish.pkid = self.next_id();
        let id = publish.pkid;
        self.say(&Packet::Publish(publish)).await?;
        Ok(id)
    }

    /// Confirms a message.
    ///
    /// # Errors
    /// The network.
    pub async fn confirm(&mut self, publish: &Publish) -> io::Result<()> {
        match publish.qos {
            QoS::AtMostOnce => Ok(()),
            QoS::AtLeastOnce | QoS::ExactlyOnce => self.say(&Packet::PubAck(PubAck::new(publish.pkid, None))).await,
        }
    }

    async fn say(&mut self, packet: &Packet) -> io::Result<()> {
        self.said.clear();
        packet.write(&mut self.said, None).map_err(io::Error::other)?;
        self.stream.write_all(&self.said).await?;
        self.stream.flush().await
    }

    /// The next packet. Nothing is lost when the wait for it is given up.
    ///
    /// # Errors
    /// The network, or bytes that are no MQTT.
    pub async fn hear(&mut self) -> io::Result<Packet> {
        loop {
            match Packet::read(&mut self.heard, Some(PACKET_LIMIT_BYTES)) {
                Ok(packet) => return Ok(packet),
                Err(Error::InsufficientBytes(more)) => self.heard.reserve(more.max(256)),
                Err(error) => return Err(io::Error::other(error)),
            }
            if self.stream.read_buf(&mut self.heard).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

fn refused(packet: &Packet) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, format!("the broker answers {packet:?}"))
}
