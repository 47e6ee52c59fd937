//! In which order a list comes, and where in it an item stands. Pure.

use core::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::filter::values;

/// What an item is put in order by. Nothing comes before something, numbers before texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Key {
    /// Nothing.
    None,
    /// A number, or the number of an id.
    Number(u64),
    /// A text.
    Text(String),
}

impl Key {
    /// The key of an id such as `p-1042`: ids of one kind are in order of their numbers.
    pub(crate) fn of_id(id: &str) -> Self {
        let number = id.rsplit('-').next().and_then(|number| number.parse().ok());
        number.map_or_else(|| Self::Text(id.to_owned()), Self::Number)
    }

    fn of(value: Option<&&Value>, by: By) -> Self {
        match (value, by.compared) {
            (None | Some(Value::Null), _) => Self::None,
            (Some(_), Compared::Presence) => Self::Number(1),
            (Some(Value::String(text)), Compared::Value) => Self::Text(text.to_lowercase()),
            (Some(Value::Bool(is)), _) => Self::Number(u64::from(*is)),
            (Some(Value::Number(number)), _) => number.as_u64().map_or(Self::None, Self::Number),
            (Some(other), _) => Self::Text(other.to_string()),
        }
    }
}

/// Which way an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The least first.
    Up,
    /// The greatest first.
    Down,
}

/// One thing that an order goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct By {
    at: &'static str,
    compared: Compared,
    way: Way,
}

/// What of a member is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compared {
    /// Texts in any case, numbers, times (which are written so that they sort as texts).
    Value,
    /// Whether it is there.
    Presence,
}

impl By {
    /// By what a member says.
    pub(crate) const fn value(at: &'static str, way: Way) -> Self {
        Self { at, compared: Compared::Value, way }
    }

    /// By whether a member is there.
    pub(crate) const fn presence(at: &'static str, way: Way) -> Self {
        Self { at, compared: Compared::Presence, way }
    }
}

/// An order with its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sort {
    /// What it is called in `sort=`.
    pub(crate) word: &'static str,
    by: &'static [By],
    /// Which way those go that are equal so far, by what they are known by.
    way: Way,
}

impl Sort {
    /// By what items are known by.
    pub(crate) const fn by_key(word: &'static str, way: Way) -> Self {
        Self { word, by: &[], way }
    }

    /// By these, and what is equal in all of them by what items are known by.
    pub(crate) const fn by(word: &'static str, by: &'static [By], way: Way) -> Self {
        Self { word, by, way }
    }

    /// Whether more is needed of an item than what it is known by.
    pub(super) const fn looks_at_items(&self) -> bool {
        !self.by.is_empty()
    }

    /// Where what it goes by lies in an item.
    #[cfg(test)]
    pub(super) fn members(&self) -> impl Iterator<Item = &'static str> {
        self.by.iter().map(|by| by.at)
    }

    /// Where an item stands, which is written so and known by `key`.
    pub(super) fn keys(&self, written: &Value, key: Key) -> Vec<Key> {
        let by = self.by.iter().map(|by| Key::of(values(written, by.at).first(), *by));
        by.chain([key]).collect()
    }

    /// Which of two places comes first.
    pub(super) fn compare(&self, one: &[Key], other: &[Key]) -> Ordering {
        let ways = self.by.iter().map(|by| by.way).chain([self.way]);
        let each = one.iter().zip(other).zip(ways).map(|((one, other), way)| match way {
            Way::Up => one.cmp(other),
            Way::Down => other.cmp(one),
        });
        each.fold(Ordering::Equal, Ordering::then)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn items_come_as_their_order_says() {
        const URGENCY: Sort =
            Sort::by("urgency", &[By::presence("acked", Way::Up), By::value("priority", Way::Up)], Way::Down);
        const NAME: Sort = Sort::by("-name", &[By::value("name", Way::Down)], Way::Up);
        let items = [
            json!({ "id": "alm-2", "priority": 1, "acked": { "by": "x" }, "name": "b" }),
            json!({ "id": "alm-10", "priority": 2, "acked": null, "name": "a" }),
            json!({ "id": "alm-9", "priority": 2, "acked": null, "name": "B" }),
            json!({ "id": "alm-1", "priority": 1, "acked": null }),
        ];
        let check = |sort: Sort, expect: &[&str]| {
            let key = |item: &Value| sort.keys(item, Key::of_id(item["id"].as_str().unwrap()));
            let mut sorted: Vec<(Vec<Key>, &str)> =
                items.iter().map(|item| (key(item), item["id"].as_str().unwrap())).collect();
            sorted.sort_by(|(one, _), (other, _)| sort.compare(one, other));
            assert_eq!(sorted.iter().map(|(_, id)| *id).collect::<Vec<_>>(), expect, "{}", sort.word);
        };
        check(Sort::by_key("id", Way::Up), &["alm-1", "alm-2", "alm-9", "alm-10"]);
        check(Sort::by_key("-id", Way::Down), &["alm-10", "alm-9", "alm-2", "alm-1"]);
        check(URGENCY, &["alm-1", "alm-10", "alm-9", "alm-2"]);
        check(NAME, &["alm-2", "alm-9", "alm-10", "alm-1"]);
    }
}
