//! What the drivers must be told, from a configuration and the site that was built from it: the same devices, by the
//! numbers that the engine knows them by.

use std::collections::BTreeMap;
use std::sync::Arc;

use rackward_core::id::DeviceId;
use rackward_core::site::{Device, Site};
use zeroize::Zeroizing;

use super::{BusConfig, Config, MqttBroker, MqttConfig, MqttDevice, Secret};
use crate::drivers::{
    self, Alone, BrokerLogin, BrokerSettings, BusSettings, MqttIdentity, MqttSettings, Password, Profile, Settings,
    Stock,
};
use crate::firmware::Shelf;
use crate::secrets::{DeviceKey, Vault};

/// A site was given that was built from something else than this configuration's draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("device \"{device}\" is in the site file but not in the site; this is a defect of the program, report it")]
pub struct NotInSite {
    /// Which device.
    pub device: String,
}

impl Config {
    /// The settings of the drivers. Devices on buses get the keys that `vault` has for them; without an `identity` there is
    /// no MQTT side.
    ///
    /// # Errors
    /// `site` was not built from this configuration's draft.
    pub fn driver_settings(
        &self,
        site: &Site,
        vault: Vault,
        identity: Option<MqttIdentity>,
    ) -> Result<Settings, NotInSite> {
        let known = Known(site.devices().map(|device| (device.name.as_str(), device)).collect());
        let buses: Result<Vec<_>, _> = self.buses.iter().map(|bus| bus_settings(bus, &known, &vault)).collect();
        let mqtt = self.mqtt.as_ref().zip(identity);
        let mqtt = mqtt.map(|(mqtt, identity)| self.mqtt_settings(mqtt, identity, site, &known)).transpose()?;
        let stock = Stock::new(vault, Shelf::new(&self.dir, self.trusted_keys.clone()));
        Ok(Settings { buses: buses?, mqtt, stock })
    }

    /// The keys in key files, by device.
    pub fn keys_in_files(&self) -> Vec<(&str, DeviceKey)> {
        let devices = self.buses.iter().flat_map(|bus| &bus.devices);
        devices.filter_map(|device| Some((device.name.as_str(), device.key.clone()?))).collect()
    }

    /// The names of the devices that come by MQTT.
    pub fn mqtt_device_names(&self) -> impl Iterator<Item = String> + '_ {
        self.mqtt_devices.iter().map(|device| device.name.clone())
    }

    fn mqtt_settings(
        &self,
        mqtt: &MqttConfig,
        identity: MqttIdentity,
        site: &Site,
        devices: &Known<'_>,
    ) -> Result<MqttSettings, NotInSite> {
        let device = |config: &MqttDevice| {
            let (device, profile) = devices.named(&config.name)?;
            let alone = match (profile, site.remote().offline_time_of(device).is_zero()) {
                (Profile::Handle, false) => Alone::Decides,
                (Profile::Handle | Profile::Reader | Profile::Lock | Profile::Inputs { .. }, _) => Alone::Waits,
            };
            Ok(drivers::MqttDevice { device, name: config.name.clone(), profile, alone })
        };
        let devices: Result<Vec<_>, NotInSite> = self.mqtt_devices.iter().map(device).collect();
        Ok(MqttSettings {
            site: site.name().to_owned(),
            broker: broker_settings(&mqtt.broker),
            devices: devices?,
            identity: MqttIdentity { certificate_life: mqtt.certificate_life, ..identity },
            publications: mqtt.publications,
            observer: mqtt.observer.as_ref().map(password),
        })
    }
}

fn broker_settings(broker: &MqttBroker) -> BrokerSettings {
    match broker {
        MqttBroker::Embedded(listener) => BrokerSettings::Embedded(listener.clone()),
        MqttBroker::External { host, port, tls, login, enrol } => BrokerSettings::External {
            host: host.clone(),
            port: *port,
            login: broker_login(tls.as_deref(), login.as_ref()),
            enrol: enrol.clone(),
        },
    }
}

fn broker_login(tls: Option<&[Vec<u8>]>, login: Option<&(String, Secret)>) -> BrokerLogin {
    match (tls.map(<[_]>::to_vec), login.map(password)) {
        (Some(authorities), Some(login)) => BrokerLogin::Password { authorities, login },
        (Some(authorities), None) => BrokerLogin::Certificate { authorities },
        (None, Some(login)) => BrokerLogin::Plain(login),
        // The file was refused: without TLS a login must be there.
        (None, None) => BrokerLogin::Certificate { authorities: Vec::new() },
    }
}

fn password((username, password): &(String, Secret)) -> Password {
    Password { username: username.clone(), password: copy_of(password) }
}

fn bus_settings(config: &BusConfig, known: &Known<'_>, vault: &Vault) -> Result<BusSettings, NotInSite> {
    let mut devices = Vec::with_capacity(config.devices.len());
    for member in &config.devices {
        let (device, profile) = known.named(&member.name)?;
        let (name, address, wiring) = (member.name.clone(), member.address, Arc::clone(&member.wiring));
        let (keys, first_key) = (vault.keys_of(&name), member.key.as_ref().map(DeviceKey::scbk));
        let key_since = vault.active_since(&name);
        devices.push(drivers::BusDevice { device, name, address, keys, key_since, first_key, profile, wiring });
    }
    Ok(BusSettings {
        name: config.name.clone(),
        port: config.port.clone(),
        baud: config.baud,
        rs485: config.rs485,
        sharing: rackward_protocol::osdp::Sharing::ByUse,
        devices,
    })
}

fn copy_of(secret: &Secret) -> Zeroizing<String> {
    Zeroizing::new(secret.reveal().to_owned())
}

/// The site's devices by name.
struct Known<'s>(BTreeMap<&'s str, &'s Device>);

impl Known<'_> {
    /// A device's number and what it is for.
    fn named(&self, name: &str) -> Result<(DeviceId, Profile), NotInSite> {
        let device = self.0.get(name).ok_or_else(|| NotInSite { device: name.to_owned() })?;
        Ok((device.id, Profile::from(&device.role)))
    }
}
