//! Cards and their times set against each other: what one collection allows and another does not. Cards stand in order, each
//! once, and the windows of a card in order and apart, as in a list.

use core::ops::Range;

use super::{ListedCard, Window};
use crate::people::CredentialKey;

/// When a card opens by these cards; never is no window.
pub(crate) fn windows_of<'a>(cards: &'a [ListedCard], card: &CredentialKey) -> &'a [Window] {
    let place = cards.binary_search_by_key(card, |listed| listed.card);
    place.ok().and_then(|place| cards.get(place)).map_or(&[], |listed| &listed.windows)
}

/// Whether a card opens at a second by these cards.
pub(crate) fn allows(cards: &[ListedCard], card: &CredentialKey, second: u32) -> bool {
    windows_of(cards, card).iter().any(|window| window.from <= second && second < window.to)
}

/// The cards that lose something of what they have by `held`, from the second `from` on: it was theirs by right `before` and
/// is not `after`. What was no longer theirs before is not lost again.
pub(crate) fn lost(held: &[ListedCard], before: &[ListedCard], after: &[ListedCard], from: u32) -> Vec<CredentialKey> {
    let loses = |listed: &&ListedCard| {
        let had = common(&listed.windows, windows_of(before, &listed.card));
        exceeds(&had, windows_of(after, &listed.card), from..u32::MAX)
    };
    held.iter().filter(loses).map(|listed| listed.card).collect()
}

/// Whether `after` gives some card something within `span` that it had not `before`.
pub(crate) fn gains(before: &[ListedCard], after: &[ListedCard], span: Range<u32>) -> bool {
    after.iter().any(|listed| exceeds(&listed.windows, windows_of(before, &listed.card), span.clone()))
}

/// What either of two collections allows.
pub(crate) fn joined(one: &[ListedCard], other: &[ListedCard]) -> Box<[ListedCard]> {
    let mut cards: Vec<CredentialKey> = one.iter().chain(other).map(|listed| listed.card).collect();
    cards.sort_unstable();
    cards.dedup();
    let join = |card| {
        let mut windows: Vec<Window> = windows_of(one, &card).iter().chain(windows_of(other, &card)).copied().collect();
        windows.sort_unstable();
        ListedCard { card, windows: merged(&windows).into() }
    };
    cards.into_iter().map(join).collect()
}

/// Windows that touch or overlap as one; they come in order of their beginnings.
pub(crate) fn merged(windows: &[Window]) -> Vec<Window> {
    let mut apart: Vec<Window> = Vec::with_capacity(windows.len());
    for window in windows {
        match apart.last_mut() {
            Some(last) if window.from <= last.to => last.to = last.to.max(window.to),
            Some(_) | None => apart.push(*window),
        }
    }
    apart
}

/// What both allow.
fn common(one: &[Window], other: &[Window]) -> Vec<Window> {
    let overlap = |a: &Window, b: &Window| Window { from: a.from.max(b.from), to: a.to.min(b.to) };
    let pairs = one.iter().flat_map(|a| other.iter().map(move |b| overlap(a, b)));
    pairs.filter(|window| window.from < window.to).collect()
}

/// Whether some second of `span` lies in one of `windows` and in none of `others`.
fn exceeds(windows: &[Window], others: &[Window], span: Range<u32>) -> bool {
    windows.iter().any(|window| {
        let (mut at, to) = (window.from.max(span.start), window.to.min(span.end));
        for other in others.iter().filter(|other| other.to > window.from) {
            if other.from > at {
                break;
            }
            at = at.max(other.to);
        }
        at < to
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::{btree_map, btree_set};
    use proptest::prelude::*;

    /// Some cards, each with the seconds below 32 at which it opens, as bits.
    fn cards() -> impl Strategy<Value = Vec<ListedCard>> {
        btree_map(0..4_u8, btree_set(0..32_u32, 1..20), 0..4).prop_map(|cards| {
            let listed = |(number, seconds): (u8, std::collections::BTreeSet<u32>)| {
                let windows: Vec<Window> =
                    seconds.into_iter().map(|second| Window { from: second, to: second + 1 }).collect();
                ListedCard { card: card(number), windows: merged(&windows).into() }
            };
            cards.into_iter().map(listed).collect()
        })
    }

    fn card(number: u8) -> CredentialKey {
        CredentialKey::from_keyed_hash([number; 16])
    }

    proptest! {
        #[test]
        fn collections_compare_as_their_seconds_do(
            held in cards(), before in cards(), after in cards(), from in 0..32_u32, to in 0..32_u32,
        ) {
            let all = || (0..4_u8).map(card);
            let loses = |card: &CredentialKey| (from..32).any(|second| {
                allows(&held, card, second) && allows(&before, card, second) && !allows(&after, card, second)
            });
            prop_assert_eq!(lost(&held, &before, &after, from), all().filter(loses).collect::<Vec<_>>());
            let gain = all().any(|card| (from..to).any(|second| {
                allows(&after, &card, second) && !allows(&before, &card, second)
            }));
            prop_assert_eq!(gains(&before, &after, from..to), gain);
            let either = joined(&held, &after);
            for (card, second) in all().flat_map(|card| (0..33).map(move |second| (card, second))) {
                let expect = allows(&held, &card, second) || allows(&after, &card, second);
                prop_assert_eq!(allows(&either, &card, second), expect);
            }
            let apart = |listed: &ListedCard| listed.windows.windows(2).all(|pair| pair[0].to < pair[1].from);
            prop_assert!(either.iter().all(apart));
        }
    }
}
