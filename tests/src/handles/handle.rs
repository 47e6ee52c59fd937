//! One handle: connected whenever it can be, it says who it is, how it stands and which rights it holds, and does what it is
//! told. What happens while it is on its own is kept until the daemon has it.
//!
//! ```text
//!            connected: birth, state, log          heartbeat: state
//!  Away ──────────────────────────────────> There ─────────────────┐
//!    ^        connection lost                 │ ^──────────────────┘
//!    └────────────────────────────────────────┘
//! ```

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rackward_protocol::mqtt::{
    Ack, Birth, Boot, BootCause, Capabilities, CardHash, CardRead, Command, CommandKind, DeviceSession, DownLeaf,
    Event, Keeper, Leaf, Legend, LogRecord, Logged, Outcome, Reading, Received, SelfTest, SignedList, SiteId, State,
    Topic, UnixMillis, UnlockCause, UpBody, UpLeaf,
};
use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v5::{LastWill, Packet, PubAck, Publish};
use tokio::sync::mpsc;
use tokio::time::{sleep, sleep_until};
use tokio_rustls::TlsConnector;

use super::crowd::Count;
use super::identity::Identity;
use super::speaker::Speaker;

/// It says something at least so often, as a handle in a rack does.
pub const HEARTBEAT_SECS: u16 = 30;
/// First and longest pause before it connects anew, in milliseconds; drawn out differently by each, so that a restarted broker
/// is not met by all at once.
const RETRY_MILLIS: (u64, u64) = (250, 4_000);
/// How long a slide stays unlocked; short, so that the next card finds it locked.
const UNLOCKED: Duration = Duration::from_millis(20);
/// Cards its list has room for.
const ROOM_CARDS: u16 = 256;

/// What a handle is asked to do by whoever stands before it.
#[derive(Debug)]
pub enum Act {
    /// A card is held before it.
    Present(CardRead),
    /// It says how it stands, and the wait for the broker's confirmation is measured.
    Measure,
    /// It drops its connection and makes a new one at once; how long that takes is measured.
    Reconnect,
}

/// What it is made of.
pub struct Handle {
    site: SiteId,
    identity: Identity,
    connector: TlsConnector,
    session: DeviceSession,
    keeper: Keeper,
    log: VecDeque<LogRecord>,
    logged: u64,
    relock_at: Option<Instant>,
    measured: Option<(u16, Instant)>,
    presented: Option<Instant>,
    count: Arc<Count>,
    number: usize,
}

enum Woken {
    Heard(Box<io::Result<Packet>>),
    Act(Option<Act>),
    Due,
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

impl Handle {
    /// A handle that was just powered.
    pub fn new(number: usize, site: SiteId, identity: Identity, connector: TlsConnector, count: Arc<Count>) -> Self {
        let boot = Boot(now().0 ^ (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        Self {
            site,
            identity,
            connector,
            session: DeviceSession::new(boot),
            keeper: Keeper::new(ROOM_CARDS, None),
            log: VecDeque::new(),
            logged: 0,
            relock_at: None,
            measured: None,
            presented: None,
            count,
            number,
        }
    }

    /// Lives until nobody asks it for anything any more.
    pub async fn live(mut self, mut acts: mpsc::Receiver<Act>) {
        let mut pause = RETRY_MILLIS.0;
        loop {
            let began = Instant::now();
            match self.connect().await {
                Ok(speaker) => {
                    pause = RETRY_MILLIS.0;
                    self.count.connected(began);
                    let ended = self.serve(speaker, &mut acts).await;
                    self.count.lost();
                    match ended {
                        Ok(Next::Again) => continue,
                        Ok(Next::Over) => return,
                        Err(_) => self.note_alone(),
                    }
                }
                Err(error) => self.count.refused(&error),
            }
            // A fifth of the pause is each one's own.
            let own = (self.number as u64).wrapping_mul(7_919) % (pause / 5).max(1);
            sleep(Duration::from_millis(pause + own)).await;
            pause = (pause * 2).min(RETRY_MILLIS.1);
        }
    }

    fn topic(&self, leaf: UpLeaf) -> String {
        Topic::new(&self.site, &self.identity.device, Leaf::Up(leaf)).to_string()
    }

    async fn connect(&mut self) -> io::Result<Speaker> {
        let will = self.session.will(now()).and_then(|will| will.encode().ok());
        let will = will.map(|will| LastWill::new(self.topic(UpLeaf::Gone), will, QoS::AtLeastOnce, true, None));
        let topics = Topic::downs(&self.site, &self.identity.device);
        let name = self.identity.device.as_str();
        Speaker::open(self.count.broker(), &self.connector, name, will, &topics).await
    }

    /// Something that happened while it was on its own, so that its log is never empty after a loss.
    fn note_alone(&mut self) {
        self.logged += 1;
        let what = Logged::Refused { card: CardHash([self.number as u8; 16]) };
        self.log.push_back(LogRecord { number: self.logged, at: now(), what });
        self.count.logged();
    }

    async fn serve(&mut self, mut speaker: Speaker, acts: &mut mpsc::Receiver<Act>) -> io::Result<Next> {
        self.greet(&mut speaker).await?;
        let heartbeat = Duration::from_secs(HEARTBEAT_SECS.into());
        // Spread over the whole time, as devices that were powered one after another are.
        let first = heartbeat.mul_f64((self.number % 1_000) as f64 / 1_000.0);
        let mut beat_at = Instant::now() + first;
        loop {
            let due = self.relock_at.map_or(beat_at, |at| at.min(beat_at));
            let woken = tokio::select! {
                heard = speaker.hear() => Woken::Heard(Box::new(heard)),
                act = acts.recv() => Woken::Act(act),
                () = sleep_until(due.into()) => Woken::Due,
            };
            match woken {
                Woken::Heard(packet) => self.hear(&mut speaker, (*packet)?).await?,
                Woken::Act(None) => return Ok(Next::Over),
                Woken::Act(Some(Act::Reconnect)) => return Ok(Next::Again),
                Woken::Act(Some(Act::Present(card))) => {
                    self.presented = Some(Instant::now());
                    self.say(&mut speaker, UpBody::Event(Event::Card(card))).await?;
                    self.count.presented();
                }
                Woken::Act(Some(Act::Measure)) => {
                    let began = Instant::now();
                    let id = self.say(&mut speaker, UpBody::State(self.state())).await?;
                    self.measured = Some((id, began));
                }
                Woken::Due => {
                    if self.relock_at.take_if(|at| *at <= Instant::now()).is_none() {
                        beat_at = Instant::now() + heartbeat;
                    }
                    self.say(&mut speaker, UpBody::State(self.state())).await?;
                }
            }
        }
    }

    async fn greet(&mut self, speaker: &mut Speaker) -> io::Result<()> {
        let abilities = [
            Capabilities::READER,
            Capabilities::LATCH,
            Capabilities::KEY_CYLINDER,
            Capabilities::CANARY,
            Capabilities::LOG,
        ];
        let birth = Birth {
            model: "Rackward bench handle".into(),
            serial: format!("B-{:05}", self.number),
            firmware: "1.0.0".into(),
            self_test: SelfTest::PASSED,
            cause: BootCause::PowerOn,
            capabilities: Capabilities { bits: abilities.into_iter().sum(), rights_cards: ROOM_CARDS },
            legend: Legend::Full,
            heartbeat_secs: HEARTBEAT_SECS,
            held: self.keeper.held(),
        };
        self.say(speaker, UpBody::Birth(birth)).await?;
        self.say(speaker, UpBody::State(self.state())).await?;
        self.say(speaker, UpBody::Rights(self.keeper.report())).await?;
        for record in self.log.clone() {
            self.say(speaker, UpBody::Log(record)).await?;
        }
        Ok(())
    }

    fn state(&self) -> State {
        let is_unlocked = self.relock_at.is_some();
        State {
            closed: Reading::Yes,
            locked: Reading::of(!is_unlocked),
            handle_home: Reading::Yes,
            latched: Some(Reading::Yes),
            key_turned: Reading::No,
            tampered: Reading::No,
            supply_mv: Some(24_000),
            temperature_c10: Some(220),
            stalled: Reading::No,
            unlocked_by: is_unlocked.then_some(UnlockCause::Command),
            ..State::default()
        }
    }

    async fn say(&mut self, speaker: &mut Speaker, body: UpBody) -> io::Result<u16> {
        let leaf = body.leaf();
        let up = self.session.stamp(now(), body).ok_or(io::ErrorKind::Other)?;
        let payload = up.encode().map_err(io::Error::other)?;
        speaker.publish(&self.topic(leaf), leaf.retained(), payload).await
    }

    async fn hear(&mut self, speaker: &mut Speaker, packet: Packet) -> io::Result<()> {
        match packet {
            Packet::Publish(publish) => {
                speaker.confirm(&publish).await?;
                self.take(speaker, &publish).await
            }
            Packet::PubAck(PubAck { pkid, .. }) => {
                if let Some((_, began)) = self.measured.take_if(|(id, _)| *id == pkid) {
                    self.count.measured(began.elapsed());
                }
                Ok(())
            }
            Packet::Disconnect(_) => Err(io::ErrorKind::ConnectionReset.into()),
            _ => Ok(()),
        }
    }

    async fn take(&mut self, speaker: &mut Speaker, publish: &Publish) -> io::Result<()> {
        let topic = std::str::from_utf8(&publish.topic).map_err(io::Error::other)?;
        let Ok(Topic { leaf: Leaf::Down(leaf), .. }) = Topic::parse(topic) else { return Ok(()) };
        match self.session.receive(now(), leaf, publish.retain, &publish.payload) {
            Received::Execute(command) => self.obey(speaker, command).await,
            Received::Answer(ack) => self.say(speaker, UpBody::Ack(ack)).await.map(drop),
            Received::Rights(list) => {
                let opened = SignedList::open(&list, &self.site, &self.identity.device, |_, _| true);
                let report = self.keeper.put(now(), opened);
                self.count.applied(self.number, self.keeper.held());
                self.say(speaker, UpBody::Rights(report)).await.map(drop)
            }
            Received::Malformed(error) => {
                self.count.refused(&io::Error::other(error));
                Ok(())
            }
            Received::Show(_) | Received::Certificate(_) | Received::Pending | Received::Stale => {
                debug_assert!(leaf != DownLeaf::Rights, "lists are taken above");
                Ok(())
            }
        }
    }

    async fn obey(&mut self, speaker: &mut Speaker, command: Command) -> io::Result<()> {
        let mut outcome = Outcome::Done;
        match command.kind {
            CommandKind::Release { .. } => {
                if let Some(began) = self.presented.take() {
                    self.count.released(began.elapsed());
                }
                self.relock_at = Some(Instant::now() + UNLOCKED);
                self.say(speaker, UpBody::State(self.state())).await?;
            }
            CommandKind::Relock => self.relock_at = None,
            CommandKind::ReadState => {
                self.say(speaker, UpBody::State(self.state())).await?;
                self.say(speaker, UpBody::Rights(self.keeper.report())).await?;
            }
            CommandKind::DecideOnline => {
                let report = self.keeper.forget();
                self.count.applied(self.number, None);
                self.say(speaker, UpBody::Rights(report)).await?;
            }
            CommandKind::Canary { .. } => outcome = Outcome::WouldRefuse,
            CommandKind::NoteLog { through } => self.log.retain(|record| record.number > through),
        }
        let ack: Ack = self.session.completed(now(), command.id, outcome);
        self.say(speaker, UpBody::Ack(ack)).await.map(drop)
    }
}

/// What comes after a connection that did not break.
enum Next {
    Again,
    Over,
}
