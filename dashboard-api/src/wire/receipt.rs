//! Receipts as the API shows them: which devices have not yet applied the rights they should hold, and for whom a device
//! opens by itself if its link dies now. Who is behind is the core's to say (`engine/offline.rs`).
//!
//! Vocabulary: a device is *behind* while it has not acknowledged a change of what it should hold; it *honours* a right that
//! was taken away until it acknowledges, or until no list that it may have is good any more.

use core::time::Duration;

use rackward_core::engine::query::{
    Behind as CoreBehind, Exposure as CoreExposure, ReceiptSummary as CoreSummary, Receipts as CoreReceipts,
};
use rackward_core::id::{DeviceId, PersonId};
use rackward_core::{Site, Wall};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::at::At;
use super::names::Places;

/// The receipts in one line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceiptSummary {
    /// Devices that hold rights of their own.
    pub total: u32,
    /// Those that hold what they should.
    pub done: u32,
    /// Those that do not yet.
    pub pending: u32,
    /// For how many seconds the oldest of them; null while there is none.
    pub oldest_s: Option<u64>,
    /// Since when the oldest of them; null while there is none.
    pub oldest_at: Option<At>,
    /// The same in words: `3 of 214 pending, oldest 41 s`.
    pub sentence: String,
}

/// Which devices have not yet applied the rights they should hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Receipts {
    /// How many, in one line.
    #[serde(flatten)]
    pub summary: ReceiptSummary,
    /// Only changes up to this generation of rights count here; null for all.
    pub through: Option<u64>,
    /// Those that have not, the one that waits longest first.
    pub behind: Vec<Behind>,
}

/// A device that has not applied the rights it should hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Behind {
    /// Its name.
    pub device: String,
    /// The door it works at.
    pub place: String,
    /// The generation of the oldest change it has not applied.
    pub generation: u64,
    /// Since when.
    pub since_at: At,
    /// Until when it still honours a right that was taken away; null where it only lacks what was given.
    pub honours_until_at: Option<At>,
}

/// For whom a device opens by itself if its link dies now.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Exposure {
    /// The device's name.
    pub device: String,
    /// The door it works at.
    pub place: String,
    /// Until when it opens for anybody at the latest; null where it opens for nobody.
    pub until_at: Option<At>,
    /// For how many seconds that is; null where it opens for nobody.
    pub for_s: Option<u64>,
    /// The same in words: `If the link dies now, these 6 cards work for 7 h 12 min`.
    pub sentence: String,
    /// For whom, and when.
    pub cards: Vec<ExposedCard>,
}

/// One card that a device opens for by itself. It has no `Debug`, because it may hold a person's name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExposedCard {
    /// Whose.
    pub person: String,
    /// The person's name; null when it was erased, or is not for the caller to see.
    pub name: Option<String>,
    /// Which card.
    pub credential: String,
    /// When.
    pub windows: Vec<Window>,
    /// When the last of them is over.
    pub until_at: At,
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Window {
    /// When it begins.
    pub from_at: At,
    /// The first instant at which it is over.
    pub to_at: At,
}

impl ReceiptSummary {
    /// The core's summary at `now`.
    pub fn of(summary: &CoreSummary, now: Wall) -> Self {
        let CoreSummary { total, pending, oldest } = *summary;
        let waited = oldest.map(|since| now.since(since));
        Self {
            total,
            done: total.saturating_sub(pending),
            pending,
            oldest_s: waited.map(|waited| waited.as_secs()),
            oldest_at: oldest.map(At),
            sentence: receipt_words(total, pending, waited),
        }
    }
}

fn receipt_words(total: u32, pending: u32, waited: Option<Duration>) -> String {
    match (total, pending, waited) {
        (0, 0, _) => "no device holds rights of its own".to_owned(),
        (1, 0, _) => "the one device that holds rights has acknowledged them".to_owned(),
        (total, 0, _) => format!("all {total} acknowledged"),
        (total, pending, None) => format!("{pending} of {total} pending"),
        (total, pending, Some(waited)) => format!("{pending} of {total} pending, oldest {}", span_words(waited)),
    }
}

impl Receipts {
    /// The core's receipts at `now`, with the first `most` of those that are behind.
    pub fn of(receipts: &CoreReceipts, through: Option<u64>, site: &Site, now: Wall, most: usize) -> Self {
        let mut behind: Vec<&CoreBehind> = receipts.behind.iter().collect();
        behind.sort_by_key(|behind| (behind.since, behind.device));
        Self {
            summary: ReceiptSummary::of(&summary(receipts), now),
            through,
            behind: behind.into_iter().take(most).map(|behind| Behind::of(behind, site)).collect(),
        }
    }
}

/// The same receipts in one line.
pub(crate) fn summary(receipts: &CoreReceipts) -> CoreSummary {
    CoreSummary {
        total: receipts.total,
        pending: u32::try_from(receipts.behind.len()).unwrap_or(u32::MAX),
        oldest: receipts.behind.iter().map(|behind| behind.since).min(),
    }
}

impl Behind {
    fn of(behind: &CoreBehind, site: &Site) -> Self {
        Self {
            device: Places(site).device(behind.device),
            place: Places(site).device_place(behind.device),
            generation: behind.generation.get(),
            since_at: At(behind.since),
            honours_until_at: behind.honours_until.map(At),
        }
    }
}

impl Exposure {
    /// What a device opens by itself at `now`; `name` says what a person is called, where the caller may know.
    pub fn of(
        device: DeviceId,
        exposure: Option<&CoreExposure>,
        site: &Site,
        name: impl Fn(PersonId) -> Option<String>,
        now: Wall,
    ) -> Self {
        let mut cards = exposed_cards(exposure, name, now);
        cards.sort_by(|a, b| b.until_at.cmp(&a.until_at).then_with(|| a.credential.cmp(&b.credential)));
        let until = cards.iter().map(|card| card.until_at.0).max();
        let lasts = until.map(|until| until.since(now));
        Self {
            device: Places(site).device(device),
            place: Places(site).device_place(device),
            until_at: until.map(At),
            for_s: lasts.map(|lasts| lasts.as_secs()),
            sentence: exposure_words(cards.len(), lasts),
            cards,
        }
    }
}

/// The cards that still have a window to come, and of their windows those that are not over.
fn exposed_cards(
    exposure: Option<&CoreExposure>,
    name: impl Fn(PersonId) -> Option<String>,
    now: Wall,
) -> Vec<ExposedCard> {
    let Some(exposure) = exposure else { return Vec::new() };
    let cards = exposure.cards.iter().filter_map(|card| {
        let second = |second: u32| Wall::from_seconds(i64::from(second));
        // A window may reach beyond the list's own end, and nothing opens after that.
        let windows = card.windows.iter().map(|window| (second(window.from), second(window.to).min(exposure.until)));
        let windows: Vec<Window> = windows
            .filter(|(from, to)| from < to && *to > now)
            .map(|(from, to)| Window { from_at: At(from), to_at: At(to) })
            .collect();
        let until_at = windows.iter().map(|window| window.to_at).max()?;
        let (person, credential) = (card.person.to_string(), card.credential.to_string());
        Some(ExposedCard { person, name: name(card.person), credential, windows, until_at })
    });
    cards.collect()
}

fn exposure_words(cards: usize, lasts: Option<Duration>) -> String {
    match (cards, lasts) {
        (0, _) | (_, None) => "If the link dies now, it opens for nobody".to_owned(),
        (1, Some(lasts)) => format!("If the link dies now, this card works for {}", span_words(lasts)),
        (cards, Some(lasts)) => format!("If the link dies now, these {cards} cards work for {}", span_words(lasts)),
    }
}

/// A span in its two largest units: `41 s`, `2 min 5 s`, `7 h 12 min`, `3 d 4 h`.
pub(crate) fn span_words(span: Duration) -> String {
    let seconds = span.as_secs();
    let (large, small) = match seconds {
        0..60 => return format!("{seconds} s"),
        60..3_600 => ((seconds / 60, "min"), (seconds % 60, "s")),
        3_600..86_400 => ((seconds / 3_600, "h"), (seconds % 3_600 / 60, "min")),
        _ => ((seconds / 86_400, "d"), (seconds % 86_400 / 3_600, "h")),
    };
    match small.0 {
        0 => format!("{} {}", large.0, large.1),
        rest => format!("{} {} {rest} {}", large.0, large.1, small.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rackward_core::engine::query::ExposedCard as CoreCard;
    use rackward_core::id::{CredentialId, Generation};
    use rackward_core::rights_list::Window as CoreWindow;
    use rackward_core::site::draft::SiteDraft;

    fn site() -> Site {
        let draft = SiteDraft { name: "lon1".to_owned(), time_zone: "UTC".to_owned(), ..SiteDraft::default() };
        draft.build(&std::collections::BTreeMap::new()).unwrap()
    }

    #[test]
    fn spans_read_in_their_two_largest_units() {
        let check = |seconds: u64, expect: &str| assert_eq!(span_words(Duration::from_secs(seconds)), expect);
        check(0, "0 s");
        check(59, "59 s");
        check(60, "1 min");
        check(125, "2 min 5 s");
        check(3_600, "1 h");
        check(25_920, "7 h 12 min");
        check(86_400 + 7_200, "1 d 2 h");
    }

    #[test]
    fn receipts_say_how_many_and_for_how_long() {
        let check = |total: u32, pending: u32, oldest: Option<i64>, expect: &str| {
            let summary = CoreSummary { total, pending, oldest: oldest.map(Wall::from_seconds) };
            let told = ReceiptSummary::of(&summary, Wall::from_seconds(100));
            assert_eq!((told.sentence.as_str(), told.done + told.pending), (expect, total));
        };
        check(0, 0, None, "no device holds rights of its own");
        check(1, 0, None, "the one device that holds rights has acknowledged them");
        check(214, 0, None, "all 214 acknowledged");
        check(214, 3, Some(59), "3 of 214 pending, oldest 41 s");
        // The clock was set back meanwhile.
        check(214, 3, Some(500), "3 of 214 pending, oldest 0 s");
    }

    #[test]
    fn those_behind_come_longest_wait_first_and_are_all_counted() {
        let behind = |device: u32, since: i64| CoreBehind {
            device: DeviceId::new(device),
            generation: Generation::new(7),
            since: Wall::from_seconds(since),
            honours_until: None,
        };
        let core = CoreReceipts { total: 5, behind: vec![behind(1, 30), behind(2, 10), behind(3, 20)] };
        let told = Receipts::of(&core, Some(7), &site(), Wall::from_seconds(60), 2);
        assert_eq!((told.summary.pending, told.summary.done, told.summary.oldest_s), (3, 2, Some(50)));
        let named: Vec<&str> = told.behind.iter().map(|behind| behind.device.as_str()).collect();
        assert_eq!(named, ["dev-2", "dev-3"]);
    }

    #[test]
    fn an_exposure_counts_the_cards_that_still_open() {
        let check = |cards: &[&[(u32, u32)]], expect: &str| {
            let card = |(number, windows): (usize, &&[(u32, u32)])| CoreCard {
                person: PersonId::new(number as u32),
                credential: CredentialId::new(number as u32),
                windows: windows.iter().map(|(from, to)| CoreWindow { from: *from, to: *to }).collect(),
            };
            let cards = cards.iter().enumerate().map(card).collect();
            let core = CoreExposure { cards, until: Wall::from_seconds(30_000) };
            let told = Exposure::of(DeviceId::new(1), Some(&core), &site(), |_| None, Wall::from_seconds(4_080));
            assert_eq!(told.sentence, expect);
        };
        check(&[], "If the link dies now, it opens for nobody");
        check(&[&[(0, 4_080)]], "If the link dies now, it opens for nobody");
        check(&[&[(0, 4_140)]], "If the link dies now, this card works for 1 min");
        check(&[&[(0, 90_000)], &[(5_000, 6_000)]], "If the link dies now, these 2 cards work for 7 h 12 min");
        check(&[&[(30_000, 40_000)]], "If the link dies now, it opens for nobody");
    }
}
