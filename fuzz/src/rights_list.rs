//! Any bytes as a rights list, and any lists after each other: only what this site signed for this device is one; each list
//! has one body; nobody is admitted but by the newest list accepted, within its life and windows, whatever comes in between.

use rackward_protocol::mqtt::message::MAX_UNIX_MS;
use rackward_protocol::mqtt::rights::{MAX_LIFE_MS, MAX_LIST_BYTES, SIGNATURE_BYTES};
use rackward_protocol::mqtt::{
    CardHash, Decision, DeviceId, Keeper, ListNumber, RightsEntry, RightsList, RightsOutcome, RightsRefusal,
    SignedList, SiteId, UnixMillis, Window,
};

use crate::draw::Draw;

const BASE_SECS: u32 = 1_000;
const ROOM_CARDS: u16 = 3;

/// One run.
pub fn run(data: &[u8]) {
    let mut draw = Draw::new(data);
    match draw.below(4) {
        0 => anything(&mut draw),
        1 => something_signed(&mut draw),
        _ => kept(&mut draw),
    }
}

fn site() -> SiteId {
    SiteId::parse("l").expect("a site id")
}

fn device() -> DeviceId {
    DeviceId::parse("d").expect("a device id")
}

/// The signature of this site, as far as the list can tell.
fn seal(text: &[u8]) -> [u8; SIGNATURE_BYTES] {
    let digest = RightsList::digest(text);
    core::array::from_fn(|at| digest[at % 32])
}

fn open(bytes: &[u8]) -> Result<SignedList, RightsRefusal> {
    SignedList::open(bytes, &site(), &device(), |text, signature| seal(text) == *signature)
}

/// Nobody has signed these bytes.
fn anything(draw: &mut Draw<'_>) {
    let long = if draw.coin() { usize::from(draw.short()) * 3 } else { 0 };
    let mut bytes = draw.bytes(u8::MAX).to_vec();
    bytes.resize(bytes.len().max(long), 0);
    let expect = match bytes.len() {
        0..SIGNATURE_BYTES => RightsRefusal::Malformed,
        SIGNATURE_BYTES..=MAX_LIST_BYTES => RightsRefusal::Signature,
        _ => RightsRefusal::TooLong,
    };
    // An engine that watches comparisons would find the seal above.
    assert_eq!(SignedList::open(&bytes, &site(), &device(), |_, _| false), Err(expect));
}

/// Somebody who may sign has signed what is no list, mostly.
fn something_signed(draw: &mut Draw<'_>) {
    let mut body = if draw.coin() { b"RWRL\x01\x01l\x01d".to_vec() } else { Vec::new() };
    body.extend_from_slice(draw.bytes(u8::MAX));
    let Ok(signed) = open(&RightsList::sign(body.clone(), seal)) else { return };
    let list = signed.list();
    assert_eq!(list.body().as_ref(), Ok(&body), "a list has one body");
    assert_eq!(signed.held().digest, RightsList::digest(&body));
    let life = list.expires.0.saturating_sub(list.issued.0);
    assert!(list.number.0 > 0 && (1..=MAX_LIFE_MS).contains(&life) && list.expires.0 <= MAX_UNIX_MS);
    assert!(list.site == site() && list.device == device());
}

/// What the device should go by, told in the plainest way.
#[derive(Default)]
struct Model {
    highest: u64,
    in_force: Option<RightsList>,
}

impl Model {
    fn put(&mut self, now: UnixMillis, list: &RightsList, is_kept: bool) -> RightsOutcome {
        if self.in_force.as_ref() == Some(list) {
            return RightsOutcome::Applied;
        }
        if list.number.0 <= self.highest {
            return RightsOutcome::Refused(RightsRefusal::Replayed);
        }
        (self.highest, self.in_force) = (list.number.0, None);
        if now >= list.expires {
            RightsOutcome::Refused(RightsRefusal::Expired)
        } else if list.entries.len() > usize::from(ROOM_CARDS) {
            RightsOutcome::Refused(RightsRefusal::TooLong)
        } else if !is_kept {
            RightsOutcome::Refused(RightsRefusal::NotKept)
        } else {
            self.in_force = Some(list.clone());
            RightsOutcome::Applied
        }
    }

    fn admits(&self, now: UnixMillis, card: CardHash) -> bool {
        let second = now.0 / 1_000;
        let is_open = |window: &Window| (u64::from(window.from)..u64::from(window.to)).contains(&second);
        self.in_force.as_ref().is_some_and(|list| {
            let lives = list.issued <= now && now < list.expires;
            lives && list.entries.iter().any(|entry| entry.card == card && entry.windows.iter().any(is_open))
        })
    }
}

/// Lists, old ones again, spoilt ones, orders to forget, power cuts and cards, in any order and at any time.
fn kept(draw: &mut Draw<'_>) {
    let (mut keeper, mut model) = (Keeper::new(ROOM_CARDS, None), Model::default());
    let (mut flash, mut sent) = (None, Vec::new());
    while !draw.is_empty() {
        let now = UnixMillis(u64::from(BASE_SECS) * 1_000 + u64::from(draw.short()));
        match draw.below(8) {
            0 | 1 => {
                let list = drawn(draw);
                put(&mut keeper, &mut model, now, &list, draw.below(8) != 7, &mut flash);
                sent.push(list);
            }
            2 => {
                let at = usize::from(draw.byte());
                if let Some(list) = sent.get(at % sent.len().max(1)).cloned() {
                    put(&mut keeper, &mut model, now, &list, true, &mut flash);
                }
            }
            3 => spoilt(&mut keeper, now, draw, &sent),
            4 => {
                keeper.forget();
                (flash, model.in_force) = (None, None);
            }
            5 => keeper = Keeper::restored(ROOM_CARDS, keeper.highest(), flash.clone()),
            _ => {
                let card = CardHash([draw.below(5); 16]);
                let admitted = matches!(keeper.decide(now, card), Decision::Admit { .. });
                assert_eq!(admitted, model.admits(now, card), "who is admitted");
            }
        }
        assert_eq!(keeper.highest().map_or(0, |number| number.0), model.highest);
        assert_eq!(keeper.held().map(|held| held.number), model.in_force.as_ref().map(|list| list.number));
    }
}

fn put(
    keeper: &mut Keeper,
    model: &mut Model,
    now: UnixMillis,
    list: &RightsList,
    is_kept: bool,
    flash: &mut Option<SignedList>,
) {
    let signed = open(&RightsList::sign(list.body().expect("a drawn list is one"), seal));
    let report = keeper.put_kept(now, signed, |signed| {
        *flash = is_kept.then(|| signed.clone());
        is_kept
    });
    assert_eq!(report.outcome, model.put(now, list, is_kept), "what becomes of a list");
}

/// A list with one byte changed, or cut, or of somebody else: refused, and nothing has changed.
fn spoilt(keeper: &mut Keeper, now: UnixMillis, draw: &mut Draw<'_>, sent: &[RightsList]) {
    let Some(list) = sent.get(usize::from(draw.byte()) % sent.len().max(1)) else { return };
    let mut bytes = RightsList::sign(list.body().expect("a drawn list is one"), seal);
    let at = usize::from(draw.short()) % bytes.len();
    if draw.coin() {
        bytes[at] ^= draw.byte().max(1);
    } else {
        bytes.truncate(at);
    }
    let before = keeper.held();
    let report = keeper.put_kept(now, open(&bytes), |_| panic!("a spoilt list is kept"));
    assert!(matches!(report.outcome, RightsOutcome::Refused(_)), "a spoilt list is taken");
    assert_eq!((report.held, keeper.held()), (before, before));
}

fn drawn(draw: &mut Draw<'_>) -> RightsList {
    let issued = u64::from(BASE_SECS) * 1_000 + u64::from(draw.short());
    let entries = (0..draw.below(5)).filter_map(|card| entry(draw, card)).collect();
    RightsList {
        site: site(),
        device: device(),
        number: ListNumber(u64::from(draw.below(20)) + 1),
        generation: u64::from(draw.byte()),
        issued: UnixMillis(issued),
        expires: UnixMillis(issued + 1 + u64::from(draw.short())),
        release_ms: 5_000,
        entries,
    }
}

fn entry(draw: &mut Draw<'_>, card: u8) -> Option<RightsEntry> {
    let mut from = BASE_SECS + u32::from(draw.below(60));
    let mut windows = Vec::new();
    for _ in 0..draw.below(3) {
        let to = from + 1 + u32::from(draw.below(20));
        windows.push(Window { from, to });
        from = to + 1 + u32::from(draw.below(20));
    }
    (!windows.is_empty()).then_some(RightsEntry { card: CardHash([card; 16]), windows })
}
