//! What the drivers must be told, from a configuration and the site that was built from it: the same devices, by the
//! numbers that the engine knows them by.

use std::collections::BTreeMap;

use rackward_core::id::DeviceId;
use rackward_core::site::{Device, Site};
use zeroize::Zeroizing;

use super::{BusConfig, Config, MqttConfig, MqttDevice, Secret};
use crate::drivers::{self, BrokerSettings, BusSettings, MqttSettings, Profile, Settings};

/// A site was given that was built from something else than this configuration's draft.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("device \"{device}\" is in the site file but not in the site; this is a defect of the program, report it")]
pub struct NotInSite {
    /// Which device.
    pub device: String,
}

impl Config {
    /// The settings of the drivers.
    ///
    /// # Errors
    /// `site` was not built from this configuration's draft.
    pub fn driver_settings(&self, site: &Site) -> Result<Settings, NotInSite> {
        let known = Known(site.devices().map(|device| (device.name.as_str(), device)).collect());
        let buses: Result<Vec<_>, _> = self.buses.iter().map(|bus| bus_settings(bus, &known)).collect();
        let mqtt = self.mqtt.as_ref().map(|mqtt| self.mqtt_settings(mqtt, site, &known)).transpose()?;
        Ok(Settings { buses: buses?, mqtt })
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

fn bus_settings(config: &BusConfig, known: &Known<'_>) -> Result<BusSettings, NotInSite> {
    let mut devices = Vec::with_capacity(config.devices.len());
    for member in &config.devices {
        let (device, profile) = known.named(&member.name)?;
        let (name, address, key) = (member.name.clone(), member.address, member.key.clone());
        devices.push(drivers::BusDevice { device, name, address, key, profile });
    }
    Ok(BusSettings { name: config.name.clone(), port: config.port.clone(), baud: config.baud, devices })
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
