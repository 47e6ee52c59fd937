//! Handles with identities at a real broker behind real TLS: enrolled by a code, renewed by themselves, and many at once.

use std::sync::{Arc, Mutex};

use rackward_firmware_sim::fleet::{Fleet, FleetOptions, Recruit};
use rackward_firmware_sim::identity::{Applicant, Identity, IdentityDir};
use rackward_firmware_sim::link::enrol::{Desk, EnrolError, enrol};
use rackward_firmware_sim::{Options, WorldConfig, run};
use rackward_protocol::mqtt::enrolment::{ALPN, Answer, Code, Enrolled, EnrolmentRefusal, Request, body_length};
use rackward_protocol::mqtt::{CardRead, Der, DeviceId, Down, LinkEvent, SiteId};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::broker::{Daemon, broker};
use crate::site_on_bus::WORLD;

const DEVICE: &str = "r2-c1-front";
const SECRET: [u8; 10] = [0x5A; 10];

/// The site's authority, and every certificate that was shown to it.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: Vec<u8>,
    shown: Mutex<Vec<Vec<u8>>>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let certificate = params.self_signed(&key).unwrap().der().to_vec();
        Self { issuer: Issuer::new(params, key), certificate, shown: Mutex::default() }
    }

    fn sign(&self, request: &[u8]) -> Vec<u8> {
        let request = CertificateSigningRequestDer::from(request.to_vec());
        let mut request = CertificateSigningRequestParams::from_der(&request).unwrap();
        request.params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        request.signed_by(&self.issuer).unwrap().der().to_vec()
    }

    fn code(&self, secret: [u8; 10]) -> Code {
        Code::new(secret, &self.certificate)
    }

    fn identity(&self, device: &str) -> Identity {
        let applicant = Applicant::new(device).unwrap();
        let certified = applicant.certified(&self.sign(&applicant.request));
        Identity { certified, authority: self.certificate.clone(), list_key: [7; 32], card_key: None }
    }

    fn acceptor(&self) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(self.certificate.clone())).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
        let verifier = verifier.allow_unauthenticated().build().unwrap();
        let chain = vec![certificate, CertificateDer::from(self.certificate.clone())];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = builder.with_client_cert_verifier(verifier).with_single_cert(chain, key).unwrap();
        config.alpn_protocols = vec![ALPN.to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }
}

/// TLS in front of a broker, as a site has it: who comes to enrol is served here, who shows a certificate is let through.
async fn front(tasks: &mut JoinSet<()>, authority: Arc<Authority>, broker: u16) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = authority.acceptor();
    tasks.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, authority) = (acceptor.clone(), authority.clone());
            connections.spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                if stream.get_ref().1.alpn_protocol() == Some(ALPN) {
                    serve_enrolment(&authority, &mut stream).await;
                } else if let Some([shown, ..]) = stream.get_ref().1.peer_certificates() {
                    authority.shown.lock().unwrap().push(shown.to_vec());
                    let mut inside = TcpStream::connect(("127.0.0.1", broker)).await.unwrap();
                    _ = tokio::io::copy_bidirectional(&mut stream, &mut inside).await;
                }
            });
        }
    });
    port
}

async fn serve_enrolment(authority: &Authority, stream: &mut TlsStream<TcpStream>) {
    let mut prefix = [0; 2];
    stream.read_exact(&mut prefix).await.unwrap();
    let mut body = vec![0; body_length(prefix).unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    let request = Request::decode(&body).unwrap();
    let answer = if request.secret == SECRET && request.device.as_str() == DEVICE {
        let certificate = Der::new(&authority.sign(request.csr.bytes())).unwrap();
        let authority = Der::new(&authority.certificate).unwrap();
        Answer::Enrolled(Enrolled { certificate, authority, list_key: [7; 32], card_key: Some([9; 32]) })
    } else {
        Answer::Refused(EnrolmentRefusal::Code)
    };
    stream.write_all(&answer.to_frame()).await.unwrap();
    _ = stream.shutdown().await;
}

fn desk(port: u16) -> Desk {
    let (site, device) = (SiteId::parse("lon1").unwrap(), DeviceId::parse(DEVICE).unwrap());
    Desk { host: "localhost".into(), port, site, device }
}

#[tokio::test]
async fn a_handle_enrols_by_its_code_connects_and_renews_its_certificate_by_itself() {
    let mut tasks = JoinSet::new();
    let authority = Arc::new(Authority::new());
    let inside = broker(&mut tasks).await;
    let port = front(&mut tasks, authority.clone(), inside).await;
    let mut daemon = Daemon::connect(inside).await;
    let dir = tempfile::tempdir().unwrap();
    let mut world = WorldConfig::parse(WORLD).unwrap();
    world.buses[0].path = Some(dir.path().join("bus0"));
    let mqtt = world.mqtt.as_mut().unwrap();
    (mqtt.host, mqtt.port, mqtt.identity_dir) = ("localhost".into(), port, Some(dir.path().join("identities")));
    let device = world.devices.iter_mut().find_map(|device| device.mqtt.as_mut()).unwrap();
    device.password = None;
    device.enrolment_code = Some(rackward_firmware_sim::config::Secret::new(authority.code(SECRET).to_string()));
    device.renew_now = true;
    let (stop, stopped) = oneshot::channel::<()>();
    let options = Options { still: true, seed: Some(1), ..Options::default() };
    let site = tokio::spawn(run(world, options, async move { _ = stopped.await }));

    daemon.until("birth", |event| matches!(event, LinkEvent::Born(..))).await;
    let home = IdentityDir::new(dir.path().join("identities").join(DEVICE));
    let first = home.load().unwrap().unwrap();
    assert_eq!(first.card_key, Some([9; 32]));
    let wanted = daemon.until("a request", |event| matches!(event, LinkEvent::CertificateWanted(_))).await;
    let LinkEvent::CertificateWanted(request) = wanted else { panic!("{wanted:?}") };
    daemon.give(&Down::Certificate(Der::new(&authority.sign(request.bytes())).unwrap())).await;
    daemon.until("the second birth", |event| matches!(event, LinkEvent::Born(..))).await;

    stop.send(()).unwrap();
    site.await.unwrap().unwrap();
    let second = home.load().unwrap().unwrap();
    let shown = authority.shown.lock().unwrap().clone();
    assert_eq!(shown, [first.certified.certificate(), second.certified.certificate()]);
    assert_ne!(first.certified, second.certified);
    assert_eq!(home.candidate().unwrap(), None);
}

#[tokio::test]
async fn a_wrong_code_or_another_authority_enrols_nobody() {
    let mut tasks = JoinSet::new();
    let authority = Arc::new(Authority::new());
    let port = front(&mut tasks, authority.clone(), 0).await;
    let refused = enrol(&desk(port), &authority.code([1; 10])).await.unwrap_err();
    assert!(matches!(refused, EnrolError::Refused(EnrolmentRefusal::Code)) && !refused.is_passing());
    let stranger = Authority::new().code(SECRET);
    let refused = enrol(&desk(port), &stranger).await.unwrap_err();
    assert!(matches!(refused, EnrolError::Connect { .. }), "the secret is not even sent: {refused}");
    let other_host = Desk { host: "127.0.0.1".into(), ..desk(port) };
    assert!(enrol(&other_host, &authority.code(SECRET)).await.is_err(), "the certificate names another host");
    assert!(enrol(&desk(port), &authority.code(SECRET)).await.is_ok());
}

#[tokio::test]
async fn a_fleet_connects_with_a_certificate_each_and_sends_what_is_presented() {
    let mut tasks = JoinSet::new();
    let authority = Arc::new(Authority::new());
    let inside = broker(&mut tasks).await;
    let port = front(&mut tasks, authority.clone(), inside).await;
    let mut daemon = Daemon::connect(inside).await;
    let recruit = |name: &str| Recruit { device: DeviceId::parse(name).unwrap(), identity: authority.identity(name) };
    let options = FleetOptions::new("localhost", port, SiteId::parse("lon1").unwrap());
    let fleet = Fleet::start(options, vec![recruit(DEVICE)]).unwrap();
    daemon.until("birth", |event| matches!(event, LinkEvent::Born(..))).await;
    assert!(fleet.present(0, CardRead::new(8, &[0xA5]).unwrap()) && !fleet.present(1, CardRead::new(8, &[1]).unwrap()));
    daemon.until("card", |event| matches!(event, LinkEvent::Card(card) if card.data() == [0xA5])).await;
    assert_eq!((fleet.connected(), fleet.tally().cards, fleet.tally().connects), (1, 1, 1));
}
