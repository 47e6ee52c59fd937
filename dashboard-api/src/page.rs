//! The console's live page. The server draws everything once; from then on the page's module
//! (`assets/console.js`) follows the stream and fetches the same facts the API gives to everybody. What is drawn where is
//! `page/plan.rs`; which glyph stands for a door is `wire/place.rs`.

mod clock;
mod inventory;
pub(crate) mod legend;
mod plan;
pub(crate) mod problems;
pub(crate) mod reference;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use rackward_core::engine::command::Scope;
use rackward_core::id::Seq;
use rackward_core::permission::{Permission, may, tells_of_duress};
use rackward_core::{Entry, Stamped};

use self::clock::{date_and_time, time_of_day};
use self::inventory::Inventory;
use self::plan::Plan;
use crate::api::{Api, current_alarms, current_devices, current_doors, current_status};
use crate::assets;
use crate::params::Params;
use crate::refusal::Refusal;
use crate::signin::{Asking, SignInPage};
use crate::stream::{Persons, Topic, Topics, shown_to, without_persons};
use crate::wire::alarm::Alarm;
use crate::wire::event::CloudEvent;
use crate::wire::place::Door;
use crate::wire::problem::ProblemKind;
use crate::wire::status::{AlarmCount, Status};
use crate::wire::{Places, actor_words, operator_role_word};

/// How many entries the feed starts with: a few screens.
const FEED_ENTRIES: u32 = 200;

/// The live page.
#[derive(Template)]
#[template(path = "live.html")]
struct LivePage {
    style: String,
    module: String,
    icon: String,
    status: Status,
    server_time: String,
    operator: String,
    role: &'static str,
    counters: [Counter; 4],
    alarms: Vec<AlarmRow>,
    blank_alarm: AlarmRow,
    last_alarm: Option<String>,
    doors: usize,
    not_secured: Vec<Door>,
    inventory: Inventory,
    plan: Plan,
    feed: Vec<FeedRow>,
    blank_row: FeedRow,
    shows_reports: bool,
}

/// One of the four counters in the header.
struct Counter {
    priority: u8,
    word: &'static str,
    count: AlarmCount,
}

/// One row of the alarm list; an empty one is what the module copies.
#[derive(Default)]
struct AlarmRow {
    id: String,
    priority: u8,
    look: &'static str,
    raised_at: String,
    since: String,
    words: String,
    response: String,
    source: String,
    /// The door, where the alarm is about a device at it.
    door: String,
    state: &'static str,
    acked: bool,
}

/// One row of the feed; an empty one is what the module copies.
#[derive(Default)]
struct FeedRow {
    seq: u64,
    kind: String,
    look: &'static str,
    priority: Option<u8>,
    at: String,
    time: String,
    sentence: String,
}

/// `GET /`
pub(crate) async fn live(State(api): State<Api>, asking: Asking, uri: Uri) -> Result<Response, Refusal> {
    let caller = asking.caller;
    if let Scope::Organisation(organisation) = caller.scope {
        let name = Places(&api.backend.site()).organisation(organisation);
        return SignInPage::ForOne { organisation: name }.show(StatusCode::FORBIDDEN, &api);
    }
    // What the page is made of: the status and the devices, the alarms, the doors.
    for permission in [Permission::ViewHealth, Permission::ViewAlarms, Permission::ViewSite] {
        may(&caller, permission)?;
    }
    let shown = shown_to(&caller)?;
    let params = Params::of(&uri, &["reports"])?;
    let shows_reports = match params.text("reports") {
        None => false,
        Some("all") => true,
        Some(_) => {
            return Err(Refusal::new(ProblemKind::Malformed, "reports can only be all, or left out"));
        }
    };
    // The head is read before the snapshots: what happens in between comes once more by the stream, never not at all.
    let head = *api.backend.head().borrow();
    let entries = newest_entries(&api, head, shown).await?;
    let status = Status { head: head.get(), ..current_status(&api, caller).await? };
    let alarms = current_alarms(&api, caller).await?;
    let doors = current_doors(&api, caller).await?;
    let page = LivePage {
        style: assets::address("console.css"),
        module: assets::address("console.js"),
        icon: assets::address("icon.svg"),
        server_time: time_of_day(&api.backend.site(), status.at.0),
        operator: actor_words(caller.actor),
        role: operator_role_word(caller.role),
        counters: counters(&status),
        last_alarm: last_alarm(&api, &entries),
        alarms: alarms.into_iter().map(|alarm| AlarmRow::of(&api, alarm)).collect(),
        blank_alarm: AlarmRow::default(),
        doors: doors.len(),
        inventory: Inventory::of(&current_devices(&api, caller).await?),
        plan: Plan::of(&api.backend.site(), &doors),
        not_secured: doors.into_iter().filter(|door| door.secured != "secured").collect(),
        feed: entries.iter().rev().map(|stamped| FeedRow::of(&api, stamped, shown.0)).collect(),
        blank_row: FeedRow::default(),
        shows_reports,
        status,
    };
    draw(&page, StatusCode::OK)
}

/// The newest entries about these topics, which are those that the stream goes on with.
async fn newest_entries(api: &Api, head: Seq, (persons, topics): (Persons, Topics)) -> Result<Vec<Stamped>, Refusal> {
    let after = Seq::new(head.get().saturating_sub(u64::from(FEED_ENTRIES)));
    let mut entries = api.backend.entries_after(after, FEED_ENTRIES).await?;
    let is_shown = |stamped: &Stamped| persons == Persons::Shown || !tells_of_duress(&stamped.entry);
    entries.retain(|stamped| {
        stamped.seq <= head && topics.has(Topic::of(stamped.entry.event_name())) && is_shown(stamped)
    });
    Ok(entries)
}

fn counters(status: &Status) -> [Counter; 4] {
    let counts = status.alarms;
    [
        Counter { priority: 1, word: "critical", count: counts.p1 },
        Counter { priority: 2, word: "high", count: counts.p2 },
        Counter { priority: 3, word: "medium", count: counts.p3 },
        Counter { priority: 4, word: "low", count: counts.p4 },
    ]
}

/// When the newest alarm was raised, for the list that has none to show.
fn last_alarm(api: &Api, entries: &[Stamped]) -> Option<String> {
    entries.iter().rev().find_map(|stamped| match &stamped.entry {
        Entry::AlarmRaised { kind, .. } => {
            let at = date_and_time(&api.backend.site(), stamped.at, api.backend.now().wall);
            Some(format!("P{} at {at}", kind.priority().number()))
        }
        _ => None,
    })
}

impl AlarmRow {
    fn of(api: &Api, alarm: Alarm) -> Self {
        Self {
            look: alarm_look(alarm.active, alarm.acked.is_some()),
            since: date_and_time(&api.backend.site(), alarm.raised_at.0, api.backend.now().wall),
            raised_at: alarm.raised_at.to_string(),
            state: alarm.state_words(),
            acked: alarm.acked.is_some(),
            priority: alarm.priority,
            door: alarm.door.filter(|door| *door != alarm.source).unwrap_or_default(),
            id: alarm.id,
            words: alarm.words,
            response: alarm.response,
            source: alarm.source,
        }
    }
}

/// How an alarm's shape shows its state (`console.md` B.1): blinking until acknowledged, an outline once returned.
const fn alarm_look(active: bool, acked: bool) -> &'static str {
    match (active, acked) {
        (true, false) => "unacked",
        (true, true) => "acked",
        (false, false) => "returned unacked",
        (false, true) => "returned",
    }
}

impl FeedRow {
    fn of(api: &Api, stamped: &Stamped, persons: Persons) -> Self {
        let site = api.backend.site();
        let event = CloudEvent::of(stamped, &site);
        let sentence = match persons {
            Persons::Shown => event.sentence().to_owned(),
            Persons::Hidden => without_sentence(&event, stamped.entry.event_name()),
        };
        Self {
            seq: stamped.seq.get(),
            kind: stamped.entry.event_name().to_owned(),
            look: look(stamped.entry.event_name()),
            priority: match &stamped.entry {
                Entry::AlarmRaised { kind, .. } => Some(kind.priority().number()),
                _ => None,
            },
            at: event.time.to_string(),
            time: date_and_time(&site, stamped.at, api.backend.now().wall),
            sentence,
        }
    }
}

/// What stands for a sentence that may name persons: the event's name, and what it is about (`words` in `console.js`).
fn without_sentence(event: &CloudEvent, name: &str) -> String {
    let mut shown = serde_json::to_value(event).unwrap_or_default();
    without_persons(&mut shown);
    let subject = shown.get("subject").and_then(serde_json::Value::as_str).unwrap_or_default();
    format!("{}: {subject}", name.replace(['.', '-'], " "))
}

/// How a row of the feed is drawn. The module sorts the same way (`look` in `console.js`).
fn look(event_name: &str) -> &'static str {
    match event_name {
        "access.granted" | "access.companion-admitted" | "access.taken" => "passed",
        "access.denied" | "access.passback-violated" | "door.release-withheld" => "refused",
        "door.changed"
        | "device.command-done"
        | "place.named"
        | "access.factor-awaited"
        | "access.companion-awaited"
        | "presence.changed"
        | "device.link-trouble"
        | "device.travel-learned"
        | "rights.changed"
        | "rights.issued"
        | "rights.applied" => "report",
        "alarm.raised" | "access.duress" | "device.security-trouble" => "alarm",
        _ => "plain",
    }
}

/// Draws a page.
pub(crate) fn draw(page: &impl Template, status: StatusCode) -> Result<Response, Refusal> {
    let drawn = page.render().map_err(|_| Refusal::new(ProblemKind::Internal, "the page could not be drawn"))?;
    Ok((status, Html(drawn)).into_response())
}
