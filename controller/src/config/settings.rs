//! What the drivers must be told, from a configuration and the site that was built from it: the same devices, by the
//! numbers that the engine knows them by.

use std::collections::BTreeMap;
use std::sync::Arc;

use rackward_core::id::DeviceId;
use rackward_core::site::{Device, Site};
use zeroize::Zeroizing;

use super::{BusConfig, Config, MqttConfig, MqttDevice, Secret};
use crate::drivers::{self, BrokerSettings, BusSettings, MqttSettings, Profile, Settings, Stock};
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
    /// The settings of the drivers. Devices on buses get the keys that `vault` has for them.
    ///
    /// # Errors
    /// `site` was not built from this configuration's draft.
    pub fn driver_settings(&self, site: &Site, vault: Vault) -> Result<Settings, NotInSite> {
        let known = Known(site.devices().map(|device| (device.name.as_str(), device)).collect());
        let buses: Result<Vec<_>, _> = self.buses.iter().map(|bus| bus_settings(bus, &known, &vault)).collect();
        let mqtt = self.mqtt.as_ref().map(|mqtt| self.mqtt_settings(mqtt, site, &known)).transpose()?;
        let stock = Stock::new(vault, Shelf::new(&self.dir, self.trusted_keys.clone()));
        Ok(Settings { buses: buses?, mqtt, stock })
    }

    /// The keys in key files, by device.
    pub fn keys_in_files(&self) -> Vec<(&str, DeviceKey)> {
        let devices = self.buses.iter().flat_map(|bus| &bus.devices);
        devices.filter_map(|device| Some((device.name.as_str(), device.key.clone()?))).collect()
    }

    fn mqtt_settings(&self, mqtt: &MqttConfig, site: &Site, devices: &Known<'_>) -> Result<MqttSettings, NotInSite> {
        let broker = match mqtt {
            MqttConfig::Embedded { listen } => BrokerSettings::Embedded { listen: *listen },
            MqttConfig::External { host, port, username, password } => BrokerSettings::External {
                host: host.clone(),
                port: *port,
                username: username.clone(),
                password: copy_of(password),
            },
        };
        let device = |config: &MqttDevice| {
            let (device, profile) = devices.named(&config.name)?;
            let (name, password) = (config.name.clone(), copy_of(&config.password));
            Ok(drivers::MqttDevice { device, name, password, profile })
        };
        let devices: Result<Vec<_>, NotInSite> = self.mqtt_devices.iter().map(device).collect();
        Ok(MqttSettings { site: site.name().to_owned(), broker, devices: devices? })
    }
}

fn bus_settings(config: &BusConfig, known: &Known<'_>, vault: &Vault) -> Result<BusSettings, NotInSite> {
    let mut devices = Vec::with_capacity(config.devices.len());
    for member in &config.devices {
        let (device, profile) = known.named(&member.name)?;
        let (name, address, wiring) = (member.name.clone(), member.address, Arc::clone(&member.wiring));
        let (keys, first_key) = (vault.keys_of(&name), member.key.as_ref().map(DeviceKey::scbk));
        devices.push(drivers::BusDevice { device, name, address, keys, first_key, profile, wiring });
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
