//! What a device says it can do (`osdp_PDCAP`, OSDP 2.2 Annex B).
//!
//! Decides how the list is read and what its numbers mean. It is information only: nothing about security is ever
//! concluded from it, because it is sent by whoever answers.

use alloc::vec::Vec;

const CAPABILITY_BYTES: usize = 3;

/// One line of a device's abilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capability {
    /// What it is about; the constants of this type name the numbers.
    pub function: u8,
    /// Level of compliance; its meaning depends on the function.
    pub level: u8,
    /// How many; its meaning depends on the function.
    pub count: u8,
}

impl Capability {
    /// Contact inputs; level 1 plain to 4 supervised.
    pub const INPUTS: u8 = 1;
    /// Outputs; level 3 and 4 have timers.
    pub const OUTPUTS: u8 = 2;
    /// How card data is presented.
    pub const CARD_FORMAT: u8 = 3;
    /// Lights for each reader; level 4 has three colours.
    pub const LIGHTS: u8 = 4;
    /// Buzzer.
    pub const BUZZER: u8 = 5;
    /// Text display.
    pub const TEXT: u8 = 6;
    /// Time and date, withdrawn from the standard.
    pub const CLOCK: u8 = 7;
    /// CRC; level 1 has it.
    pub const CRC: u8 = 8;
    /// Secure Channel: level bit 0 AES, count bit 0 the published key is known.
    pub const SECURITY: u8 = 9;
    /// Longest frame the device takes, as a number of two bytes.
    pub const RECEIVE_BUFFER: u8 = 10;
    /// Longest message the device puts together from parts, as a number of two bytes.
    pub const LARGEST_MESSAGE: u8 = 11;
    /// Smart card traffic.
    pub const SMART_CARD: u8 = 12;
    /// Readers behind the device.
    pub const READERS: u8 = 13;
    /// Biometrics.
    pub const BIOMETRICS: u8 = 14;
    /// PIN entry that never leaves the device.
    pub const SECURE_PIN: u8 = 15;
    /// OSDP version; 2 is SIA OSDP 2.2.
    pub const VERSION: u8 = 16;

    /// A line whose level and count are one number of two bytes.
    pub const fn of_size(function: u8, bytes: u16) -> Self {
        let [level, count] = bytes.to_le_bytes();
        Self { function, level, count }
    }
}

/// A device's list, with questions to it. A function that is not listed, the device does not have.
#[derive(Clone, Copy, Debug)]
pub struct Abilities<'a>(pub &'a [Capability]);

impl Abilities<'_> {
    fn find(&self, function: u8) -> Option<Capability> {
        self.0.iter().find(|capability| capability.function == function).copied()
    }

    fn size(&self, function: u8) -> Option<u16> {
        let size = self.find(function).map(|capability| u16::from_le_bytes([capability.level, capability.count]));
        size.filter(|bytes| *bytes > 0)
    }

    /// Number of contact inputs.
    pub fn inputs(&self) -> u8 {
        self.find(Capability::INPUTS).map_or(0, |capability| capability.count)
    }

    /// True when inputs tell a cut or shorted wire from an open or closed contact.
    pub fn has_supervised_inputs(&self) -> bool {
        self.find(Capability::INPUTS).is_some_and(|capability| capability.level >= 2)
    }

    /// Number of outputs.
    pub fn outputs(&self) -> u8 {
        self.find(Capability::OUTPUTS).map_or(0, |capability| capability.count)
    }

    /// True when outputs return by themselves after a time.
    pub fn has_timed_outputs(&self) -> bool {
        self.find(Capability::OUTPUTS).is_some_and(|capability| capability.level >= 3)
    }

    /// Level of the lights: 1 on and off, 2 timed, 3 two colours, 4 three colours; none without lights.
    pub fn light_level(&self) -> Option<u8> {
        self.find(Capability::LIGHTS).map(|capability| capability.level)
    }

    /// Number of lights of each reader.
    pub fn lights(&self) -> u8 {
        self.find(Capability::LIGHTS).map_or(0, |capability| capability.count)
    }

    /// True when the device can sound.
    pub fn has_buzzer(&self) -> bool {
        self.find(Capability::BUZZER).is_some()
    }

    /// True when the device can show text.
    pub fn has_text(&self) -> bool {
        self.find(Capability::TEXT).is_some_and(|capability| capability.count > 0)
    }

    /// Number of readers behind the device.
    pub fn readers(&self) -> u8 {
        self.find(Capability::READERS).map_or(0, |capability| capability.count)
    }

    /// Longest frame the device takes, in bytes.
    pub fn receive_buffer(&self) -> Option<u16> {
        self.size(Capability::RECEIVE_BUFFER)
    }

    /// Longest message the device puts together from parts, in bytes.
    pub fn largest_message(&self) -> Option<u16> {
        self.size(Capability::LARGEST_MESSAGE)
    }

    /// True when the device says that it can open a Secure Channel. For display only.
    pub fn claims_security(&self) -> bool {
        self.find(Capability::SECURITY).is_some_and(|capability| capability.level & 1 != 0)
    }

    /// True when the device says that it knows the published default key. For display only.
    pub fn claims_default_key(&self) -> bool {
        self.find(Capability::SECURITY).is_some_and(|capability| capability.count & 1 != 0)
    }
}

/// DATA of `osdp_PDCAP`.
pub(super) fn encode(list: &[Capability]) -> Vec<u8> {
    list.iter().flat_map(|c| [c.function, c.level, c.count]).collect()
}

/// A ragged last record is dropped: the list is information only.
pub(super) fn decode(data: &[u8]) -> Vec<Capability> {
    let record = |bytes: &[u8]| match *bytes {
        [function, level, count] => Some(Capability { function, level, count }),
        _ => None,
    };
    data.chunks_exact(CAPABILITY_BYTES).filter_map(record).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_list_answers_questions() {
        let list = decode(&[1, 4, 3, 2, 4, 1, 4, 4, 2, 9, 1, 1, 10, 0xA0, 0x05, 13, 0, 1, 6, 1]);
        let abilities = Abilities(&list);
        assert_eq!((abilities.inputs(), abilities.has_supervised_inputs()), (3, true));
        assert_eq!((abilities.outputs(), abilities.has_timed_outputs()), (1, true));
        assert_eq!((abilities.light_level(), abilities.lights()), (Some(4), 2));
        assert_eq!((abilities.receive_buffer(), abilities.largest_message()), (Some(1_440), None));
        assert!(abilities.claims_security() && abilities.claims_default_key());
        assert_eq!((abilities.readers(), abilities.has_text(), abilities.has_buzzer()), (1, false, false));
        assert_eq!(Abilities(&[]).light_level(), None);
        assert_eq!(Abilities(&[Capability::of_size(10, 0)]).receive_buffer(), None);
    }

    proptest! {
        #[test]
        fn a_list_survives_the_wire(list in prop::collection::vec(any::<[u8; 3]>(), 0..40)) {
            let list: Vec<Capability> = list.into_iter().map(|[function, level, count]| Capability { function, level, count }).collect();
            prop_assert_eq!(decode(&encode(&list)), list);
        }
    }
}
