//! A client of a broker, made by hand: it shows the certificate it is given and says what the test wants said, which no
//! device of ours would.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use bytes::BytesMut;
use rumqttc::mqttbytes::v5::{
    Connect, ConnectAuth, ConnectReturnCode, Packet, PubAck, PubAckReason, Publish, Subscribe, SubscribeFilter,
};
use rumqttc::mqttbytes::{Error, QoS};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::PATIENCE;

/// Longest packet that is read.
const PACKET_LIMIT_BYTES: u32 = 1 << 18;

/// An open connection.
pub(super) struct Guest {
    stream: StreamOwned<ClientConnection, TcpStream>,
    heard: BytesMut,
    last: u16,
    /// Topics of the messages that came while something else was waited for.
    pub(super) overheard: Vec<String>,
    /// The same messages, until they are asked for.
    kept: VecDeque<Publish>,
}

/// A message as a broker delivered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) topic: String,
    pub(super) payload: String,
    /// It was there before it was asked for.
    pub(super) is_kept: bool,
}

impl Guest {
    /// Connects to this machine's `port` as `client_id`. `identity` is a key and a certificate, PEM; whoever has none shows
    /// none.
    pub(super) fn connect(port: u16, authority: &str, identity: Option<&str>, client_id: &str) -> io::Result<Self> {
        Self::connect_as(port, authority, identity, client_id, ConnectAuth::None)
    }

    /// Connects without a certificate, by name and password.
    pub(super) fn observe(port: u16, authority: &str, name: &str, password: &str) -> io::Result<Self> {
        let auth = ConnectAuth::UsernamePassword { username: name.to_owned(), password: password.to_owned().into() };
        Self::connect_as(port, authority, None, "an-observer", auth)
    }

    fn connect_as(
        port: u16,
        authority: &str,
        identity: Option<&str>,
        client_id: &str,
        auth: ConnectAuth,
    ) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let session = ClientConnection::new(Arc::new(tls(authority, identity)), name).unwrap();
        let stream = StreamOwned::new(session, stream);
        let mut guest = Self { stream, heard: BytesMut::new(), last: 0, overheard: Vec::new(), kept: VecDeque::new() };
        let connect = Connect { keep_alive: 60, client_id: client_id.to_owned(), clean_start: true, properties: None };
        guest.say(&Packet::Connect(connect, None, auth))?;
        match guest.hear()? {
            Packet::ConnAck(ack) if ack.code == ConnectReturnCode::Success => Ok(guest),
            other => Err(io::Error::other(format!("{other:?}"))),
        }
    }

    /// Publishes, and says how the broker took it.
    #[track_caller]
    pub(super) fn publish(&mut self, topic: &str) -> PubAckReason {
        self.publish_this(topic, &[0x80])
    }

    /// The same with these bytes.
    #[track_caller]
    pub(super) fn publish_this(&mut self, topic: &str, payload: &[u8]) -> PubAckReason {
        self.last += 1;
        let mut publish = Publish::new(topic, QoS::AtLeastOnce, payload.to_vec(), None);
        publish.pkid = self.last;
        self.say(&Packet::Publish(publish)).unwrap();
        match self.hear_but_messages() {
            Packet::PubAck(ack) => ack.reason,
            other => panic!("no confirmation of {topic}: {other:?}"),
        }
    }

    /// Asks for messages. What a broker answers is one thing, what it delivers another.
    #[track_caller]
    pub(super) fn subscribe(&mut self, filter: &str) {
        self.last += 1;
        let mut subscribe = Subscribe::new(SubscribeFilter::new(filter, QoS::AtLeastOnce), None);
        subscribe.pkid = self.last;
        self.say(&Packet::Subscribe(subscribe)).unwrap();
        assert!(matches!(self.hear_but_messages(), Packet::SubAck(_)));
    }

    /// A word and its answer: whatever the broker had for this client before, it has delivered.
    #[track_caller]
    pub(super) fn ping(&mut self) {
        self.say(&Packet::PingReq).unwrap();
        assert!(matches!(self.hear_but_messages(), Packet::PingResp));
    }

    #[track_caller]
    fn hear_but_messages(&mut self) -> Packet {
        loop {
            match self.hear().unwrap() {
                Packet::Publish(message) => {
                    self.overheard.push(String::from_utf8_lossy(&message.topic).into_owned());
                    self.kept.push_back(message);
                }
                other => return other,
            }
        }
    }

    /// The next message, confirmed.
    ///
    /// # Errors
    /// None comes in time, or the connection is over.
    pub(super) fn message(&mut self) -> io::Result<Message> {
        let message = match self.kept.pop_front() {
            Some(message) => message,
            None => loop {
                if let Packet::Publish(message) = self.hear()? {
                    break message;
                }
            },
        };
        if message.qos == QoS::AtLeastOnce {
            self.say(&Packet::PubAck(PubAck::new(message.pkid, None)))?;
        }
        let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Message { topic: words(&message.topic), payload: words(&message.payload), is_kept: message.retain })
    }

    /// The next message that is meant; those before it are gone.
    #[track_caller]
    pub(super) fn find(&mut self, what: &str, wanted: impl Fn(&Message) -> bool) -> Message {
        let mut before = Vec::new();
        loop {
            match self.message() {
                Ok(message) if wanted(&message) => return message,
                Ok(message) => before.push(message),
                Err(error) => panic!("{what} did not come: {error}; before: {before:#?}"),
            }
        }
    }

    fn say(&mut self, packet: &Packet) -> io::Result<()> {
        let mut bytes = BytesMut::new();
        packet.write(&mut bytes, None).map_err(other)?;
        self.stream.write_all(&bytes)?;
        self.stream.flush()
    }

    fn hear(&mut self) -> io::Result<Packet> {
        loop {
            match Packet::read(&mut self.heard, Some(PACKET_LIMIT_BYTES)) {
                Ok(packet) => return Ok(packet),
                Err(Error::InsufficientBytes(_)) => {}
                Err(error) => return Err(other(error)),
            }
            let mut chunk = [0; 4_096];
            match self.stream.read(&mut chunk)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => self.heard.extend_from_slice(&chunk[..count]),
            }
        }
    }
}

fn other(error: impl Debug) -> io::Error {
    io::Error::other(format!("{error:?}"))
}

fn tls(authority: &str, identity: Option<&str>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&rustls::version::TLS13]);
    let config = config.unwrap().with_root_certificates(roots);
    match identity {
        None => config.with_no_client_auth(),
        Some(pem) => {
            let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
            let key = PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap();
            config.with_client_auth_cert(vec![certificate], key).unwrap()
        }
    }
}
