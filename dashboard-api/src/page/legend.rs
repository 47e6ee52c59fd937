//! The legend page: what every light, sound and text at a reader or handle means, drawn from the table that devices are
//! driven by, so that the two cannot differ. Nothing here knows a rhythm. Rhythms are shown by a generated style sheet
//! (`style.rs`), stand still for whoever wants no motion, and are always said in words, on paper too.

mod style;

use std::fmt::Write;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use rackward_core::feedback::native::{NATIVE_LEGENDS, NativeLegend};
use rackward_core::feedback::policy::LightOwner;
use rackward_core::feedback::{Lasts, Palette, Rhythm, Row, Sound, rows_shown};
use rackward_core::site::Site;

use crate::api::Api;
use crate::assets;
use crate::refusal::Refusal;

/// The page.
#[derive(Template)]
#[template(path = "feedback.html")]
struct LegendPage<'a> {
    style: String,
    icon: String,
    site: &'a str,
    lasting: Vec<LegendRow>,
    results: Vec<LegendRow>,
    native: Vec<Native>,
}

/// One row of the table.
struct LegendRow {
    id: &'static str,
    outcome: &'static str,
    means: &'static str,
    looks: &'static str,
    full: Swatch,
    red_green: Swatch,
    one_colour: Swatch,
    sound: String,
    text: String,
}

/// One light.
struct Swatch {
    class: String,
    words: String,
}

/// What one model shows by itself.
struct Native {
    legend: &'static NativeLegend,
    is_here: bool,
}

/// `GET /help/feedback`
pub(crate) async fn show(State(api): State<Api>) -> Result<Response, Refusal> {
    let site = api.backend.site();
    let rows = rows_shown(site.feedback()).map(|row| LegendRow::of(&row, site.feedback().call));
    let (lasting, results) = rows.partition(|row| row.id.starts_with('S'));
    let page = LegendPage {
        style: assets::address(super::PAGES_STYLE),
        icon: assets::address("icon.svg"),
        site: site.name(),
        lasting,
        results,
        native: NATIVE_LEGENDS.iter().map(|legend| Native { legend, is_here: is_here(&site, legend) }).collect(),
    };
    super::draw(&page, StatusCode::OK)
}

/// `GET /help/feedback.css`
pub(crate) async fn show_style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], style::sheet()).into_response()
}

fn is_here(site: &Site, legend: &'static NativeLegend) -> bool {
    site.devices().any(|device| site.shown_at(device.id).lights == LightOwner::Native(Some(legend)))
}

impl LegendRow {
    fn of(row: &Row, call: Option<impl std::fmt::Display>) -> Self {
        let swatch = |palette| Swatch {
            class: style::class(row, palette),
            words: row.rhythm(palette).map(rhythm_words).unwrap_or_default(),
        };
        let call = call.map_or_else(|| "DESK".to_owned(), |call| call.to_string());
        Self {
            id: row.id,
            outcome: row.outcome,
            means: row.means,
            looks: row.looks,
            full: Swatch { words: lasts_words(row), ..swatch(Palette::Full) },
            red_green: swatch(Palette::RedGreen),
            one_colour: swatch(Palette::OneColour),
            sound: row.sound.map_or_else(|| "none".to_owned(), sound_words),
            text: example(row, &call),
        }
    }
}

/// What stays, or for how long it is shown.
fn lasts_words(row: &Row) -> String {
    let rhythm = rhythm_words(row.light);
    match row.lasts {
        Lasts::Lasting => rhythm,
        Lasts::Ticks(ticks) => format!("{rhythm}, for {}", seconds(u32::from(ticks))),
        Lasts::ReleaseLess(_) => format!("{rhythm}, while the lock is open"),
    }
}

fn rhythm_words(rhythm: Rhythm) -> String {
    let Rhythm { on_ticks, off_ticks, on, off } = rhythm;
    if rhythm.is_steady() {
        return format!("steady {}", on.word());
    }
    let (first, second) = (seconds(u32::from(on_ticks)), seconds(u32::from(off_ticks)));
    format!("{} {first}, {} {second}", on.word(), off.word())
}

fn sound_words(sound: Sound) -> String {
    let length = seconds(u32::from(sound.on_ticks));
    let every = seconds(u32::from(sound.on_ticks) + u32::from(sound.off_ticks));
    match sound.count {
        0 => format!("{length} every {every}, until it ends"),
        1 => format!("once, {length}"),
        count => format!("{count} times {length}"),
    }
}

/// Ticks as seconds, such as `1.8 s`.
fn seconds(ticks: u32) -> String {
    let mut words = (ticks / 10).to_string();
    if !ticks.is_multiple_of(10) {
        // Writing into a string cannot fail.
        let _ = write!(words, ".{}", ticks % 10);
    }
    words + " s"
}

/// A display's text with something in its gaps; a release is shown as a rack's, of ten seconds.
fn example(row: &Row, call: &str) -> String {
    let seconds = match row.lasts {
        Lasts::Ticks(ticks) => ticks / 10,
        Lasts::Lasting | Lasts::ReleaseLess(_) => 10,
    };
    let filled = row.text.replace("{place}", "R07-03").replace("{s}", &seconds.to_string()).replace("{call}", call);
    filled.replace("{code}", "").trim().to_owned()
}
