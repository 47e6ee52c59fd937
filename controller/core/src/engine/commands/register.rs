//! Commands about what other registers say. A key stands for one person of an organisation; what is said of racks is taken as it
//! comes, as long as it is text that people can read, and says nothing of who may pass.

use std::collections::BTreeSet;

use super::{Order, Outcome, invalid, problem};
use crate::asset::{RackFacts, RackSource, TEXT_MAX_CHARS};
use crate::engine::Engine;
use crate::engine::command::{PersonKey, PersonName, Problem, RegisterCommand, Reply, disguises};
use crate::entry::RegisterEntry;
use crate::id::{AreaId, AssetId, OrganisationId, PersonId};
use crate::people::PersonKeyHash;
use crate::records::RecordChange;
use crate::site::AreaKind;

/// How many racks are taken over at once: more than a hall holds many times over.
const RACKS_MAX_COUNT: usize = 20_000;

/// How many mistakes are named.
const PROBLEMS_MAX_COUNT: usize = 100;

/// Who is known by which key, to find out whether one is taken. A key that was given up may still stand here: what counts is
/// said by the records, so nothing has to be put back when a change is.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct KeyIndex(BTreeSet<(PersonKeyHash, PersonId)>);

impl KeyIndex {
    /// Of all keys.
    pub(in crate::engine) fn of(keys: impl Iterator<Item = (PersonId, PersonKeyHash)>) -> Self {
        Self(keys.map(|(person, key)| (key, person)).collect())
    }

    /// Follows a key that was set.
    pub(in crate::engine) fn follow(&mut self, person: PersonId, key: Option<PersonKeyHash>) {
        self.0.extend(key.map(|key| (key, person)));
    }

    fn persons(&self, key: PersonKeyHash) -> impl Iterator<Item = PersonId> {
        let all = (key, PersonId::new(0))..=(key, PersonId::new(u32::MAX));
        self.0.range(all).map(|(_, person)| *person)
    }
}

impl Engine {
    pub(super) fn register_command(&mut self, order: Order, command: RegisterCommand) -> Outcome {
        match command {
            RegisterCommand::Rename { person, name } => self.rename_person(order, person, name),
            RegisterCommand::SetKey { person, key } => self.set_person_key(order, person, key),
            RegisterCommand::TakeRacks { source, racks } => self.take_racks(order, &source, racks),
        }
    }

    fn rename_person(&mut self, order: Order, person: PersonId, name: PersonName) -> Outcome {
        self.known_person(person)?;
        self.record(order.now, RegisterEntry::PersonRenamed { person, by: order.by });
        self.batch.changes.push(RecordChange::PersonName(person, name));
        Ok(Reply::Person(person))
    }

    fn set_person_key(&mut self, order: Order, person: PersonId, key: Option<PersonKey>) -> Outcome {
        let organisation = self.known_person(person)?.details.organisation;
        let taken = key.as_ref().and_then(|key| self.key_problem(key.hash(), organisation, Some(person)));
        invalid(taken.into_iter().collect())?;
        self.note_person_key(order, person, key);
        Ok(Reply::Person(person))
    }

    /// Records a key that was found to be free.
    pub(super) fn note_person_key(&mut self, order: Order, person: PersonId, key: Option<PersonKey>) {
        let hash = key.as_ref().map(PersonKey::hash);
        self.record(order.now, RegisterEntry::PersonKeySet { person, key: hash, by: order.by });
        self.batch.changes.push(RecordChange::PersonKeyText(person, key));
    }

    /// Whether somebody else of an organisation is known by a key.
    pub(super) fn key_problem(
        &self,
        key: PersonKeyHash,
        organisation: OrganisationId,
        but: Option<PersonId>,
    ) -> Option<Problem> {
        let has = |person: &PersonId| {
            let row = self.records.persons.get(person);
            self.records.person_keys.get(person) == Some(&key)
                && row.is_some_and(|row| row.details.organisation == organisation)
        };
        let other = self.person_keys.persons(key).filter(|person| Some(*person) != but).find(has)?;
        Some(problem(
            "external_id",
            format!("{other} of this organisation has this key already; a key is one person's"),
        ))
    }

    fn take_racks(&mut self, order: Order, source: &RackSource, racks: Vec<(RackFacts, Option<AreaId>)>) -> Outcome {
        invalid(self.rack_problems(source, &racks))?;
        let there: BTreeSet<AssetId> = racks.iter().map(|(facts, _)| facts.id).collect();
        let is_new = |(facts, rack): &(RackFacts, Option<AreaId>)| match self.records.racks.get(&facts.id) {
            Some(row) => row.gone.is_some() || row.facts != *facts || row.rack != *rack,
            None => true,
        };
        let taken: Vec<_> = racks.into_iter().filter(is_new).collect();
        let within = |site: &str| source.site.as_ref().is_none_or(|wanted| wanted == site);
        let left = self.records.racks.values().filter(|row| row.gone.is_none() && within(&row.facts.site));
        let gone: Vec<AssetId> = left.map(|row| row.facts.id).filter(|id| !there.contains(id)).collect();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let reply = Reply::Racks { taken: count(taken.len()), gone: count(gone.len()) };
        let by = order.by;
        for (facts, rack) in taken {
            self.record(order.now, RegisterEntry::RackTaken { facts: Box::new(facts), rack, by });
        }
        for asset in gone {
            self.record(order.now, RegisterEntry::RackGone { asset, by });
        }
        Ok(reply)
    }

    fn rack_problems(&self, source: &RackSource, racks: &[(RackFacts, Option<AreaId>)]) -> Vec<Problem> {
        if racks.is_empty() {
            return vec![problem("racks", "there is not one rack; a list that is empty would flag every rack as gone")];
        }
        if racks.len() > RACKS_MAX_COUNT {
            return vec![problem(
                "racks",
                format!("at most {RACKS_MAX_COUNT} racks are taken at once; take one site at a time"),
            )];
        }
        let (mut ids, mut areas) = (BTreeSet::new(), BTreeSet::new());
        let mut problems = Vec::new();
        for (facts, rack) in racks {
            let mut wrong = |message: String| problems.push(problem("racks", format!("{}: {message}", facts.id)));
            if !ids.insert(facts.id) {
                wrong("it is in the list twice".to_owned());
            }
            if let Some(area) = rack {
                match self.site.area(*area) {
                    Some(row) if row.kind != AreaKind::Rack => wrong(format!("{} is no rack", row.path)),
                    Some(row) if !areas.insert(*area) => wrong(format!("{} is another one's already", row.path)),
                    Some(_) => {}
                    None => wrong(format!("{area} does not exist")),
                }
            }
            if source.site.as_ref().is_some_and(|site| *site != facts.site) {
                wrong("it is of another site than was asked for".to_owned());
            }
            let unfit = |text: &str| text.chars().count() > TEXT_MAX_CHARS || disguises(text);
            if let Some((name, _)) = facts.texts().into_iter().find(|(_, text)| unfit(text)) {
                wrong(format!("{name} has more than {TEXT_MAX_CHARS} characters, or some that nobody sees"));
            }
            if problems.len() >= PROBLEMS_MAX_COUNT {
                break;
            }
        }
        problems
    }
}
