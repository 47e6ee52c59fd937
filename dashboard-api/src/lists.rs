//! Lists of the API: how much of one is wanted, of which items, and in which order. What can be asked of which list is a table
//! (`lists/resources.rs`); the handlers bring the items as their caller may see them, and everything else is the same for all
//! lists. So a filter can reveal nothing that its caller could not read: it looks at the items as they are shown.
//!
//! A page begins behind the last item of the page before, by the order of the list and not by a count: whatever is added or
//! removed between two pages, an item that is there all the time comes once. One whose place in the order itself changes
//! between two pages (an alarm that is acknowledged, in the order of urgency) can come twice or not at all; whoever must not
//! miss it sorts by `id`.
//!
//! Vocabulary: a *resource* is one kind of list with what can be asked of it; a *walk* reads a list that is too long to be held
//! at once, part by part.

mod filter;
mod order;
pub(crate) mod resources;
mod walk;

use axum::http::Uri;
use rackward_core::Wall;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::filter::Filter;
pub(crate) use self::filter::{Member, Nature};
pub(crate) use self::order::{By, Key, Sort, Way};
pub(crate) use self::walk::{Looked, Walk};
use crate::api::Api;
use crate::openapi::Wire;
use crate::paging::{Bound, CURSOR, FIELDS, LIMIT, Members, Paged, limit_of};
use crate::params::{Holds, Parameter, Params};
use crate::query::{TIME_WORDS, listed};
use crate::refusal::Refusal;
use crate::signin::SignedIn;
use crate::wire::List;

/// One kind of list, with what can be asked of it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// What its items can be searched by.
    pub(crate) members: &'static [Member],
    /// Where an item has the time that `from`, `to` and `during` are about; none where these make no sense.
    pub(crate) time: Option<&'static str>,
    /// In which orders it can come; the first is the usual one.
    pub(crate) sorts: &'static [Sort],
    /// What else it can be asked for.
    pub(crate) own: &'static [Parameter],
    /// A filter that makes sense.
    pub(crate) example: &'static str,
}

impl Resource {
    /// Every parameter that it takes.
    pub(crate) fn parameters(&'static self) -> Vec<Parameter> {
        let filter = Parameter::optional("filter", Holds::Filter(self), "Only items that a query means");
        let sort =
            Parameter::optional("sort", Holds::Sort(self.sorts), "In which order; the first of these if left out");
        let mut all = self.own.to_vec();
        all.push(filter);
        // Where there is one order there is nothing to choose.
        all.extend((self.sorts.len() > 1).then_some(sort));
        all.extend([LIMIT, CURSOR, FIELDS]);
        all
    }

    /// What its filter can be about, in words.
    pub(crate) fn told(&self) -> String {
        let members: Vec<&Member> = self.members.iter().collect();
        format!("{}; such as {}", listed(&members, self.time_words()), self.example)
    }

    fn time_words(&self) -> &'static [&'static str] {
        if self.time.is_some() { TIME_WORDS } else { &[] }
    }

    fn sort(&self, params: &Params) -> Result<&'static Sort, Refusal> {
        let words = || self.sorts.iter().map(|sort| sort.word).collect::<Vec<_>>().join(", ");
        let found = match params.text("sort") {
            None => self.sorts.first(),
            Some(word) => self.sorts.iter().find(|sort| sort.word == word),
        };
        found.ok_or_else(|| params.refused("sort", format!("must be one of {}", words())))
    }
}

/// An item of a list.
pub(crate) trait Listed: Serialize + Wire {
    /// By what it is known, which never changes: the end of every order.
    fn key(&self) -> Key;
}

/// Where a page begins, as its cursor keeps it: relative times are those of the first page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    behind: Vec<Key>,
    from: Option<i64>,
    to: Option<i64>,
}

/// What is asked of a list.
pub(crate) struct Asked {
    /// The parameters, for those that are the list's own.
    pub(crate) params: Params,
    limit: usize,
    sort: &'static Sort,
    filter: Filter,
    members: Members,
    place: Option<Place>,
    bound: Bound,
    key: crate::PagingKey,
    uri: Uri,
}

impl Asked {
    /// Reads what is asked at `uri` of a list of `T`s.
    pub(crate) fn of<T: Listed>(
        api: &Api,
        asking: &SignedIn,
        uri: &Uri,
        resource: &'static Resource,
    ) -> Result<Self, Refusal> {
        let known = resource.parameters();
        let params = Params::declared(uri, &known)?;
        let members = Members::of::<T>(&params)?;
        let (limit, sort) = (usize::from(limit_of(&params)?), resource.sort(&params)?);
        let now = api.backend.now().wall;
        let (bound, key) = (Bound::to(uri, asking.caller.scope, &params, &known, now), api.backend.paging_key());
        let place: Option<Place> = params.text("cursor").map(|cursor| key.open(&bound, cursor)).transpose()?;
        let mut filter = Filter::read(params.text("filter").unwrap_or_default(), resource, api)
            .map_err(|mistakes| params.refused_all("filter", &mistakes))?;
        if let Some(place) = &place {
            (filter.from, filter.to) = (place.from.map(Wall::from_micros), place.to.map(Wall::from_micros));
        }
        Ok(Self { params, limit, sort, filter, members, place, bound, key, uri: uri.clone() })
    }

    /// The texts of which one must stand in a member of every item, where the filter asks for that.
    pub(crate) fn texts_of(&self, word: &str) -> Option<Vec<&str>> {
        self.filter.texts_of(word)
    }

    /// The page that is asked for of these items, which are all that there are for the caller, in whatever order.
    pub(crate) fn page<T: Listed>(self, items: Vec<T>) -> Paged<List<T>> {
        let meant = items.into_iter().filter_map(|item| Some((self.meant(&item)?, item)));
        let mut meant: Vec<(Vec<Key>, T)> = meant.collect();
        meant.sort_by(|(one, _), (other, _)| self.sort.compare(one, other));
        let total = u64::try_from(meant.len()).ok();
        let begin = self
            .place
            .as_ref()
            .map_or(0, |place| meant.partition_point(|(keys, _)| self.sort.compare(keys, &place.behind).is_le()));
        let mut page: Vec<(Vec<Key>, T)> = meant.into_iter().skip(begin).take(self.limit + 1).collect();
        let is_full = page.len() > self.limit;
        page.truncate(self.limit);
        let behind = page.last().filter(|_| is_full).map(|(keys, _)| keys.clone());
        self.answer(page.into_iter().map(|(_, item)| item).collect(), behind, total)
    }

    /// Where an item stands in the order; `None` if it is not meant.
    fn meant<T: Listed>(&self, item: &T) -> Option<Vec<Key>> {
        // Writing every item down is the dearest part, and most lists are asked for whole.
        let written = match self.filter.is_empty() && !self.sort.looks_at_items() {
            true => Value::Null,
            false => serde_json::to_value(item).unwrap_or_default(),
        };
        self.filter.holds(&written).then(|| self.sort.keys(&written, item.key()))
    }

    fn answer<T: Listed>(self, items: Vec<T>, behind: Option<Vec<Key>>, total: Option<u64>) -> Paged<List<T>> {
        let (from, to) = (self.filter.from.map(Wall::as_micros), self.filter.to.map(Wall::as_micros));
        let next_cursor = behind.map(|behind| self.key.seal(&self.bound, &Place { behind, from, to }));
        let list = List { items, next_cursor: next_cursor.clone(), total_estimate: total };
        Paged::new(list, next_cursor.as_deref(), &self.uri, self.members)
    }
}
