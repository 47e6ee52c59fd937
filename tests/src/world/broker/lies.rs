//! What whoever has a device's key may say in its name: a clock, a sequence, a digest or a serial that is not the device's, and
//! a second device with the same identity. The messages are well formed; whether they are believed is the daemon's to decide.

use rackward_core::Monotonic;
use rackward_firmware_sim::{Installation, Moment};
use rackward_protocol::mqtt::{Boot, DeviceSession, Leaf, Sequence, Stamp, Topic, UnixMillis, Up, UpBody, UpLeaf};

use super::super::dice::Dice;
use super::{Broker, Parcel, Turn, Uplink};

/// One message in a device's name.
#[derive(Clone, Debug)]
pub struct Lie {
    /// How far its sequence is ahead of the last message of that boot; what the device would say next is 1 ahead.
    pub ahead: i64,
    /// When it was said, by the clock it claims.
    pub at: UnixMillis,
    /// What it says.
    pub body: UpBody,
}

impl Broker {
    /// Says something in the name of a device, in the boot that it is in.
    ///
    /// # Panics
    /// There is no such device, it has said nothing yet, or the message cannot be written.
    pub fn lie(&mut self, now: Monotonic, name: &str, lie: &Lie) {
        let at = self.member_named(name);
        let last = self.members[at].last.unwrap();
        let number = u32::try_from(i64::from(last.sequence.number()) + lie.ahead).unwrap();
        let stamp = Stamp { boot: last.boot, sequence: Sequence::new(number).unwrap() };
        let up = Up { stamp, at: lie.at, body: lie.body.clone() };
        self.pass_up(now, at, up.body.leaf(), up.encode().unwrap());
    }

    /// Puts bytes on a topic of a device that no device would.
    ///
    /// # Panics
    /// There is no such device.
    pub fn babble(&mut self, now: Monotonic, name: &str, leaf: UpLeaf, payload: &[u8]) {
        let at = self.member_named(name);
        self.pass_up(now, at, leaf, payload.to_owned());
    }

    /// A second device with the same identity connects, says this, and is thrown out when the first one comes back. It is in
    /// the same boot whenever it comes.
    ///
    /// # Panics
    /// There is no such device, or a message cannot be written.
    pub fn twin(
        &mut self,
        now: (Monotonic, Moment),
        name: &str,
        says: Vec<UpBody>,
        installation: &mut Installation,
        dice: &mut Dice,
    ) {
        let at = self.member_named(name);
        self.speak_will(now.0, at, dice);
        self.members[at].client.lost(now.1, installation);
        let mut session = self.members[at].twin.take().unwrap_or_else(|| DeviceSession::new(Boot(dice.roll())));
        let will = session.will(now.1.wall).and_then(|will| will.encode().ok()).unwrap();
        self.members[at].will = Some((will, None));
        for body in says {
            let up = session.stamp(now.1.wall, body).unwrap();
            self.pass_up(now.0, at, up.body.leaf(), up.encode().unwrap());
        }
        self.members[at].twin = Some(session);
    }

    fn member_named(&self, name: &str) -> usize {
        self.members.iter().position(|member| member.name.as_str() == name).unwrap()
    }

    /// Hands a message to the daemon at once, behind all that are on their way.
    fn pass_up(&mut self, now: Monotonic, at: usize, leaf: UpLeaf, payload: Vec<u8>) {
        let topic = Topic::new(&self.site, &self.members[at].name, Leaf::Up(leaf)).to_string();
        self.disturbed_at = now;
        self.keep(&topic, &payload);
        if self.uplink == Uplink::Up {
            let last = self.up.iter().map(|parcel| parcel.arrives).max().unwrap_or(now);
            let arrives = last.max(now);
            self.up.push_back(Parcel { arrives, topic, retained: false, payload, turn: Turn::InOrder });
        }
    }
}
