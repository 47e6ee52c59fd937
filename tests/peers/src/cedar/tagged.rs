//! Cedar once more, cut to measure for this one question instead of written in its membership pattern: what a person holds
//! is a tag named after the profile, with its dates; what a door lets in stands in numbered places, profile and schedule;
//! and there is one policy for each place, which looks the tag up by name. Which schedules are open is worked out by the
//! caller, once a minute.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use anyhow::{Context as _, Result};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request as Question, RestrictedExpression,
};

use super::{Kinds, named};
use crate::decider::{Decider, Detail};
use crate::reference::Answer;
use crate::site::{CardState, Person, Request, Site, Status};

/// An authorizer with policies and site loaded.
#[derive(Debug)]
pub struct TaggedCedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    kinds: Kinds,
    enter: EntityUid,
    schedules: Vec<Vec<(u16, u16)>>,
    open: OpenNow,
}

/// Which schedules are open in one minute of the week.
#[derive(Debug)]
struct OpenNow {
    minute: Option<u16>,
    schedules: RestrictedExpression,
}

impl TaggedCedar {
    /// Parses the policies and loads the site.
    ///
    /// # Errors
    /// Cedar refuses a policy or an entity.
    pub fn load(site: &Site) -> Result<Self> {
        let kinds = Kinds::read()?;
        let doors = places(site);
        let most = doors.iter().map(Vec::len).max().unwrap_or(0);
        let text: String = (0..most).map(policy).collect();
        let policies = PolicySet::from_str(&text).context("parse the policies")?;
        let mut entities = Vec::with_capacity(site.people.len() + doors.len());
        for (places, number) in doors.into_iter().zip(0..).skip(1) {
            entities.push(Entity::new(named(&kinds.door, number), places.into_iter().collect(), HashSet::new())?);
        }
        for person in &site.people {
            entities.push(tagged(&kinds, person)?);
        }
        let entities = Entities::from_entities(entities, None).context("load the site")?;
        let enter = EntityUid::from_str(r#"Action::"enter""#)?;
        let open = OpenNow { minute: None, schedules: RestrictedExpression::new_set([]) };
        let schedules = site.schedules.clone();
        Ok(Self { authorizer: Authorizer::new(), policies, entities, kinds, enter, schedules, open })
    }

    fn look_at_the_clock(&mut self, minute: u16) {
        if self.open.minute != Some(minute) {
            let is_open = |windows: &Vec<(u16, u16)>| windows.iter().any(|(from, to)| *from <= minute && minute < *to);
            let open = self.schedules.iter().zip(0..).filter(|(windows, _)| is_open(windows));
            let schedules =
                RestrictedExpression::new_set(open.map(|(_, number)| RestrictedExpression::new_long(number)));
            self.open = OpenNow { minute: Some(minute), schedules };
        }
    }
}

impl Decider for TaggedCedar {
    fn detail(&self) -> Detail {
        Detail::AdmitOrNot
    }

    fn decide(&mut self, request: &Request) -> Result<Answer> {
        self.look_at_the_clock(request.minute);
        let now = RestrictedExpression::new_long(request.at);
        let context = Context::from_pairs([("now".to_owned(), now), ("open".to_owned(), self.open.schedules.clone())])?;
        let (card, door) = (self.kinds.card(request.card), named(&self.kinds.door, request.door));
        let question = Question::new(card, self.enter.clone(), door, context, None)?;
        let response = self.authorizer.is_authorized(&question, &self.policies, &self.entities);
        Ok(match response.decision() {
            Decision::Allow => Answer::Admit,
            Decision::Deny => Answer::NoRight,
        })
    }
}

fn policy(place: usize) -> String {
    format!(
        "permit (principal is Card, action == Action::\"enter\", resource is Door)\n\
         when {{ resource has p{place} && principal.hasTag(resource.p{place}.profile) && \
         principal.getTag(resource.p{place}.profile).from <= context.now && \
         context.now < principal.getTag(resource.p{place}.profile).to && \
         context.open.contains(resource.p{place}.schedule) && principal.usable && principal.enabled }};\n"
    )
}

type Place = (String, RestrictedExpression);

/// What each door lets in, in numbered places; doors are numbered from 1.
fn places(site: &Site) -> Vec<Vec<Place>> {
    let mut doors: Vec<Vec<Place>> = vec![Vec::new(); site.doors as usize + 1];
    for (policies, profile) in site.profiles.iter().zip(0_u32..) {
        for (door, schedule) in policies {
            let places = &mut doors[*door as usize];
            let profile = RestrictedExpression::new_string(profile.to_string());
            let schedule = RestrictedExpression::new_long(i64::from(*schedule));
            let pair = [("profile".to_owned(), profile), ("schedule".to_owned(), schedule)];
            if let Ok(place) = RestrictedExpression::new_record(pair) {
                places.push((format!("p{}", places.len()), place));
            }
        }
    }
    doors
}

fn tagged(kinds: &Kinds, person: &Person) -> Result<Entity> {
    let usable = RestrictedExpression::new_bool(person.card_state == CardState::Usable);
    let enabled = RestrictedExpression::new_bool(person.status == Status::Enabled);
    let attributes: HashMap<String, RestrictedExpression> =
        HashMap::from([("usable".to_owned(), usable), ("enabled".to_owned(), enabled)]);
    let mut tags = Vec::with_capacity(person.memberships.len());
    for membership in &person.memberships {
        let (from, to) =
            (RestrictedExpression::new_long(membership.from), RestrictedExpression::new_long(membership.to));
        let dates = RestrictedExpression::new_record([("from".to_owned(), from), ("to".to_owned(), to)])?;
        tags.push((membership.profile.to_string(), dates));
    }
    Ok(Entity::new_with_tags(kinds.card(person.card), attributes, [], tags)?)
}
