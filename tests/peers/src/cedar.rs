//! Cedar: people are entities whose parents are their profiles, doors are entities whose parents are the schedules they
//! are opened by, and there is one policy for each schedule, whose scope names it. That is the membership pattern of its
//! documentation, with the fewest policies that can say it.
//!
//! A membership's dates have no place in a hierarchy, so whoever loads it leaves out those that do not hold today; they
//! change at midnight only, so answers are the same.

mod tagged;

pub use tagged::TaggedCedar;

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use anyhow::{Context as _, Result, ensure};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet,
    Request as Question, RestrictedExpression,
};

use crate::decider::{Decider, Detail};
use crate::reference::Answer;
use crate::site::{CardState, Request, Site, Status};

/// An authorizer with policies and site loaded.
#[derive(Debug)]
pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    kinds: Kinds,
    enter: EntityUid,
}

/// Names of entity types, read once.
#[derive(Debug)]
struct Kinds {
    card: EntityTypeName,
    door: EntityTypeName,
    profile: EntityTypeName,
    schedule: EntityTypeName,
}

impl Cedar {
    /// Parses the policies and loads the site.
    ///
    /// # Errors
    /// Cedar refuses a policy or an entity.
    pub fn load(site: &Site) -> Result<Self> {
        let kinds = Kinds::read()?;
        let text: String = site.schedules.iter().enumerate().map(|(n, windows)| policy(n, windows)).collect();
        let policies = PolicySet::from_str(&text).context("parse the policies")?;
        let entities = Entities::from_entities(kinds.entities(site)?, None).context("load the site")?;
        let enter = EntityUid::from_str(r#"Action::"enter""#)?;
        Ok(Self { authorizer: Authorizer::new(), policies, entities, kinds, enter })
    }
}

impl Decider for Cedar {
    fn detail(&self) -> Detail {
        Detail::AdmitOrNot
    }

    fn decide(&mut self, request: &Request) -> Result<Answer> {
        let minute = RestrictedExpression::new_long(i64::from(request.minute));
        let context = Context::from_pairs([("minute".to_owned(), minute)])?;
        let (card, door) = (self.kinds.card(request.card), named(&self.kinds.door, request.door));
        let question = Question::new(card, self.enter.clone(), door, context, None)?;
        let response = self.authorizer.is_authorized(&question, &self.policies, &self.entities);
        Ok(match response.decision() {
            Decision::Allow => Answer::Admit,
            Decision::Deny => Answer::NoRight,
        })
    }
}

/// The policy of one schedule; what is cheapest to find wanting comes first.
fn policy(number: usize, windows: &[(u16, u16)]) -> String {
    let window = |(from, to): &(u16, u16)| format!("(context.minute >= {from} && context.minute < {to})");
    let open = windows.iter().map(window).collect::<Vec<_>>().join(" || ");
    format!(
        "permit (principal is Card, action == Action::\"enter\", resource in Schedule::\"{number}\")\n\
         when {{ principal has usable && principal.usable && principal.enabled && ({open}) && \
         principal in resource.s{number} }};\n"
    )
}

fn named(kind: &EntityTypeName, number: u32) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(number.to_string()))
}

impl Kinds {
    fn read() -> Result<Self> {
        let kind = |name| EntityTypeName::from_str(name).context("name an entity type");
        Ok(Self { card: kind("Card")?, door: kind("Door")?, profile: kind("Profile")?, schedule: kind("Schedule")? })
    }

    fn card(&self, card: u64) -> EntityUid {
        EntityUid::from_type_name_and_id(self.card.clone(), EntityId::new(format!("{card:016x}")))
    }

    fn entities(&self, site: &Site) -> Result<Vec<Entity>> {
        let profiles: Vec<EntityUid> = (0..site.profiles.len() as u32).map(|n| named(&self.profile, n)).collect();
        let schedules: Vec<EntityUid> = (0..site.schedules.len() as u32).map(|n| named(&self.schedule, n)).collect();
        let mut entities: Vec<Entity> = profiles.iter().chain(&schedules).cloned().map(Entity::with_uid).collect();
        self.doors(site, &profiles, &schedules, &mut entities)?;
        for person in &site.people {
            let usable = RestrictedExpression::new_bool(person.card_state == CardState::Usable);
            let enabled = RestrictedExpression::new_bool(person.status == Status::Enabled);
            let attributes = HashMap::from([("usable".to_owned(), usable), ("enabled".to_owned(), enabled)]);
            let held = person.memberships.iter().filter(|membership| membership.holds_today());
            let parents: HashSet<EntityUid> = held.map(|m| profiles[m.profile as usize].clone()).collect();
            entities.push(Entity::new(self.card(person.card), attributes, parents)?);
        }
        Ok(entities)
    }

    /// Each door says, for each schedule, which profiles it lets in by it.
    fn doors(&self, site: &Site, profiles: &[EntityUid], schedules: &[EntityUid], all: &mut Vec<Entity>) -> Result<()> {
        let mut doors: Vec<HashMap<u16, Vec<EntityUid>>> = vec![HashMap::new(); site.doors as usize + 1];
        for (policies, profile) in site.profiles.iter().zip(profiles) {
            for (door, schedule) in policies {
                doors[*door as usize].entry(*schedule).or_default().push(profile.clone());
            }
        }
        ensure!(doors.first().is_none_or(HashMap::is_empty), "doors are numbered from 1");
        for (by_schedule, number) in doors.into_iter().zip(0..).skip(1) {
            let parents = by_schedule.keys().map(|schedule| schedules[usize::from(*schedule)].clone()).collect();
            let attribute = |(schedule, profiles): (u16, Vec<EntityUid>)| {
                let allowed = profiles.into_iter().map(RestrictedExpression::new_entity_uid);
                (format!("s{schedule}"), RestrictedExpression::new_set(allowed))
            };
            all.push(Entity::new(
                named(&self.door, number),
                by_schedule.into_iter().map(attribute).collect(),
                parents,
            )?);
        }
        Ok(())
    }
}
