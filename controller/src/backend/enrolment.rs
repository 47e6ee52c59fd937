//! What the API needs for the identity of MQTT devices: codes to enrol with, and what a broker that is not ours must know.
//!
//! Decides how a code is drawn and what stands in the rules of a broker. Whether a device may have a code, and which
//! certificates count, the engine says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use rackward_core::certificate::{Certificate, CertificateRecord, CertificateSerial};
use rackward_core::engine::command::Scope;
use rackward_core::entry::ReasonText;
use rackward_core::id::DeviceId;
use rackward_core::{Answer, Caller, Command, Query, Reply, Wall};
use rackward_dashboard::backend::{Backend as _, Unavailable};
use rackward_dashboard::enrolment::{BrokerDuty, BrokerFiles, EnrolmentCode, EnrolmentRefused, HiddenCode, Offered};
use rackward_protocol::mqtt::enrolment::{Code, HALF_BYTES};
use rackward_protocol::mqtt::{self, SiteId, Topic};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::DaemonBackend;
use crate::clock;
use crate::config::{Config, MqttBroker};
use crate::drivers::daemon_id;
use crate::pki::Authority;

/// The MQTT side as the API sees it.
#[derive(Debug, Clone)]
pub(crate) struct Enrolment(Arc<Side>);

#[derive(Debug)]
struct Side {
    authority: Arc<Authority>,
    devices: BTreeSet<String>,
    /// Where devices enrol, `host:port`; empty where the site file names no such place.
    address: String,
    whose: Whose,
}

/// Whose the broker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The daemon's own.
    Ours,
    /// Somebody else's.
    Theirs,
}

impl Enrolment {
    /// The side of a configuration, whose listener is at `listener`.
    pub(crate) fn new(authority: Arc<Authority>, config: &Config, listener: Option<SocketAddr>) -> Self {
        let names = config.mqtt.as_ref().and_then(|mqtt| match &mqtt.broker {
            MqttBroker::Embedded(listener) => Some(&listener.names),
            MqttBroker::External { enrol, .. } => enrol.as_ref().map(|listener| &listener.names),
        });
        let address = listener.map(|address| match names.and_then(|names| names.first()) {
            Some(name) if name.contains(':') => format!("[{name}]:{}", address.port()),
            Some(name) => format!("{name}:{}", address.port()),
            None => address.to_string(),
        });
        let devices = config.mqtt_device_names().collect();
        let whose = match config.mqtt.as_ref().map(|mqtt| &mqtt.broker) {
            Some(MqttBroker::External { .. }) => Whose::Theirs,
            Some(MqttBroker::Embedded(_)) | None => Whose::Ours,
        };
        Self(Arc::new(Side { authority, devices, address: address.unwrap_or_default(), whose }))
    }

    /// Whether a device comes by MQTT.
    pub(super) fn is_for(&self, device: &str) -> bool {
        self.0.devices.contains(device)
    }

    /// Draws a code and has the engine take it; only then it is shown.
    pub(super) async fn offer(
        &self,
        backend: &DaemonBackend,
        caller: Caller,
        device: DeviceId,
        reason: ReasonText,
    ) -> Result<Offered, EnrolmentRefused> {
        if self.0.address.is_empty() {
            return Err(EnrolmentRefused::NoMqtt);
        }
        let mut secret = Zeroizing::new([0; HALF_BYTES]);
        getrandom::fill(secret.as_mut_slice()).map_err(|_| EnrolmentRefused::NoEntropy)?;
        let code: [u8; 32] = Sha256::digest(secret.as_slice()).into();
        let shown = || Code::new(*secret, self.0.authority.certificate_der()).to_string();
        let offered = backend.submit(caller, Command::OfferEnrolment { device, code, reason }).await?;
        if let Reply::Proposed(proposal) = offered {
            return Ok(Offered::Waits { proposal, code: HiddenCode(shown()) });
        }
        let records = certificates(backend, Query::Device(device)).await?;
        let offer = records.get(&device).and_then(|(_, record)| record.offer).filter(|offer| offer.code == code);
        // A newer code took its place already.
        let until = offer.ok_or(Unavailable)?.until;
        let broker = self.duty(backend, device).await?;
        Ok(Offered::Made(EnrolmentCode { code: shown(), until, address: self.0.address.clone(), broker }))
    }

    /// What the broker must be told before this device enrols.
    async fn duty(&self, backend: &DaemonBackend, device: DeviceId) -> Result<BrokerDuty, Unavailable> {
        match self.0.whose {
            Whose::Ours => Ok(BrokerDuty::None),
            Whose::Theirs => {
                let had_one = issued(backend).await?.iter().any(|(other, _)| *other == device);
                Ok(if had_one { BrokerDuty::Restart } else { BrokerDuty::Rules })
            }
        }
    }

    /// What an external broker must know, as of now.
    pub(super) async fn broker_files(&self, backend: &DaemonBackend) -> Result<BrokerFiles, Unavailable> {
        let records = certificates(backend, Query::Devices).await?;
        let counting: BTreeSet<CertificateSerial> =
            records.values().flat_map(|(_, record)| record.counting().map(|certificate| certificate.serial)).collect();
        let issued = issued(backend).await?;
        let now = clock::now().wall;
        // Whatever is over is refused for that alone.
        let revoked: Vec<_> = issued
            .iter()
            .filter(|(_, certificate)| now < certificate.until && !counting.contains(&certificate.serial))
            .map(|(_, certificate)| certificate.serial)
            .collect();
        let revoked = self.0.authority.crl(&revoked, now).map_err(|error| {
            tracing::error!(%error, "the list of revoked certificates was not made");
            Unavailable
        })?;
        let known = records.values().filter(|(_, record)| is_known(record, now));
        let known: BTreeSet<&str> = known.map(|(name, _)| name.as_str()).filter(|name| self.is_for(name)).collect();
        let acl = acl(self.0.authority.site(), known).ok_or(Unavailable)?;
        Ok(BrokerFiles { acl, authority: self.0.authority.certificate_pem().to_owned(), revoked })
    }
}

/// Every certificate that was ever issued, and to which device.
async fn issued(backend: &DaemonBackend) -> Result<Vec<(DeviceId, Certificate)>, Unavailable> {
    backend.reader.certificates_issued().await.map_err(|error| {
        tracing::error!(%error, "the certificates ever issued could not be read");
        Unavailable
    })
}

/// What stands in the records about the certificates of the devices that are asked for, with their names.
async fn certificates(
    backend: &DaemonBackend,
    devices: Query,
) -> Result<BTreeMap<DeviceId, (String, CertificateRecord)>, Unavailable> {
    let Answer::Devices(devices) = backend.ask(Scope::Site, devices).await? else { return Err(Unavailable) };
    let named = |status: rackward_core::engine::query::DeviceStatus| {
        let name = backend.site.device(status.device)?.name.clone();
        Some((status.device, (name, status.certificates)))
    };
    Ok(devices.into_iter().filter_map(named).collect())
}

/// Whether a broker's rules name a device: it has a certificate that counts, or it may come for one. The rules must be there
/// before the device is, because a broker that does not know it confirms its first words and throws them away.
fn is_known(record: &CertificateRecord, now: Wall) -> bool {
    record.counting().next().is_some() || record.offer.is_some_and(|offer| now < offer.until)
}

/// Topic rules in the form of Mosquitto's `acl_file`: the daemon hears what devices say and tells them what to do, and each
/// device does so under its own name only. `None` for a name that no topic can hold.
fn acl(site: &str, known: BTreeSet<&str>) -> Option<String> {
    let site_id = SiteId::parse(site).ok()?;
    let mut text = format!(
        "# Who may touch which topic of site {site}. Print them anew when a device may enrol, and after a revocation.\n"
    );
    let daemon = daemon_id(site);
    let _ = writeln!(text, "\nuser {daemon}\ntopic read {}", Topic::all_up(&site_id));
    let _ = writeln!(text, "topic write {}", Topic::all_up(&site_id).replace("/up/", "/down/"));
    for kind in ["area", "door", "alarm", "event", "server"] {
        let _ = writeln!(text, "topic write rackward/v1/{site}/{kind}/#");
    }
    let _ = writeln!(text, "topic write homeassistant/#\ntopic read homeassistant/status");
    for name in known {
        let device = mqtt::DeviceId::parse(name).ok()?;
        let _ = writeln!(text, "\nuser {name}\ntopic read {}", Topic::all_down(&site_id, &device));
        let _ =
            writeln!(text, "topic write {}", Topic::all_up(&site_id).replacen("/dev/+/", &format!("/dev/{name}/"), 1));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_device_has_its_own_topics_and_no_other() {
        let text = acl("lon1", BTreeSet::from(["r01-front", "r01-rear"])).unwrap();
        let rules: Vec<&str> = text.split("\nuser ").collect();
        assert_eq!(rules.len(), 4, "{text}");
        let front = rules.iter().find(|rules| rules.starts_with("r01-front\n")).unwrap();
        assert!(front.contains("topic read rackward/v1/lon1/dev/r01-front/down/+\n"));
        assert!(front.contains("topic write rackward/v1/lon1/dev/r01-front/up/+\n"));
        assert!(front.lines().skip(1).all(|line| line.is_empty() || line.contains("/dev/r01-front/")), "{front}");
        assert!(!front.contains("write rackward/v1/lon1/dev/r01-front/down"));
        let daemon = rules.iter().find(|rules| rules.starts_with("rackward.lon1\n")).unwrap();
        assert!(daemon.contains("topic read rackward/v1/lon1/dev/+/up/+\n"));
        assert!(daemon.contains("topic write rackward/v1/lon1/dev/+/down/+\n"));
    }

    #[test]
    fn a_device_is_in_the_rules_from_its_code_on_and_out_of_them_after_a_revocation() {
        use rackward_core::certificate::EnrolmentOffer;
        let at = Wall::from_seconds;
        let offer = EnrolmentOffer { code: [7; 32], until: at(3_600) };
        let certificate =
            Certificate { serial: CertificateSerial([7; 16]), key: [7; 32], from: at(0), until: at(86_400) };
        let none = CertificateRecord::default();
        let check = |record: CertificateRecord, now: i64, expect: bool| {
            assert_eq!(is_known(&record, at(now)), expect, "{record:?} at {now}");
        };
        check(none, 0, false);
        check(CertificateRecord { offer: Some(offer), ..none }, 0, true);
        check(CertificateRecord { offer: Some(offer), ..none }, 3_600, false);
        check(CertificateRecord { current: Some(certificate), ..none }, 3_600, true);
        check(CertificateRecord { former: Some(certificate), ..none }, 3_600, true);
    }
}
