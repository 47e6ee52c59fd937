//! Asks the engine to explain, then presents the card: what was explained is what happens. The right PIN is typed where one
//! is asked for, and to be asked for a second person is as good as being admitted, because `explain` assumes both.

use rackward_core::decide::explain::{Explanation, Outcome};
use rackward_core::engine::command::Scope;
use rackward_core::id::PersonId;
use rackward_core::{Answer, Query, Wall};

use super::chance::Chance;
use super::doors::Typed;
use super::grounds::{POINTS, is_rack};
use super::history::Step;
use super::runner::Both;
use super::world::{Card, Said};

/// How far ahead the next permitted moment is looked for when there is none, and how many moments before it are tried.
const AHEAD_SECONDS: usize = 7 * 86_400;
const MOMENTS: usize = 6;

impl Both {
    /// One random card at one random point, explained and presented; false when the card could not be presented.
    pub(crate) fn probe(&mut self, chance: &mut Chance) -> Result<bool, String> {
        let point = chance.below(POINTS.len());
        let Some(card) = self.presentable(chance) else { return Ok(false) };
        let away = is_rack(POINTS[point].0) && !self.world.doors[POINTS[point].0].online;
        if away || self.world.waiting.iter().any(|waiting| waiting.point == point) {
            return Ok(false);
        }
        let explained = self.explanation(&card, point, None);
        let about = |difference| format!("card {} at point {point}: {difference}\n{:#?}", card.key, explained.steps);
        self.check_next_permitted(&explained, &card, point, chance).map_err(about)?;
        self.check_another_time(&card, point, chance).map_err(about)?;
        let happened = self.present(&card, point).map_err(about)?;
        let agrees = match (&explained.outcome, &happened) {
            (Outcome::Granted(explained), Said::Admitted { grant, .. }) => explained.get() == *grant,
            (Outcome::Granted(_), Said::AskedForSecond { .. }) => true,
            (Outcome::Denied(explained), Said::Refused { code, .. }) => explained.code() == *code,
            _ => false,
        };
        if !agrees {
            return Err(about(format!("explained {:?}, and what happened is {happened:?}", explained.outcome)));
        }
        self.afterwards(&happened, point, chance)?;
        Ok(true)
    }

    /// A card that is its holder's best and nobody else's by now.
    fn presentable(&self, chance: &mut Chance) -> Option<Card> {
        let person = self.world.persons.get(chance.below(self.world.persons.len().max(1)))?.id;
        let now = self.world.now;
        let counts = |card: &&Card| card.state.is_none() && card.from <= now && now < card.to;
        let held = || self.world.cards.iter().filter(|card| card.person == person);
        let best = held().find(counts).or_else(|| held().next())?;
        (self.world.card_with(best.key)?.id == best.id).then(|| best.clone())
    }

    fn explanation(&self, card: &Card, point: usize, at: Option<Wall>) -> Explanation {
        let query = Query::Explain { person: PersonId::new(card.person), point: self.points[point], at };
        match self.desk.engine.answer(self.desk.now, Scope::Site, &query) {
            Answer::Explain(Some(explanation)) => explanation,
            other => panic!("{other:?}"),
        }
    }

    fn present(&mut self, card: &Card, point: usize) -> Result<Said, String> {
        self.take(&Step::Badge { key: card.key, point })?;
        self.compare()?;
        if self.world.said.iter().any(|said| matches!(said, Said::AskedForPin { .. })) {
            self.take(&Step::Typed { point, typed: Typed::Right })?;
            self.compare()?;
        }
        let settles =
            |said: &&Said| matches!(said, Said::Admitted { .. } | Said::Refused { .. } | Said::AskedForSecond { .. });
        self.said_by_engine().iter().find(settles).cloned().ok_or_else(|| "nothing happened".to_owned())
    }

    /// Who was admitted walks now and then; who waits for a second person waits in vain.
    fn afterwards(&mut self, happened: &Said, point: usize, chance: &mut Chance) -> Result<(), String> {
        let door = POINTS[point].0;
        let steps = match happened {
            Said::Admitted { .. } if chance.percent(40) => vec![Step::Open(door), Step::Shut(door)],
            Said::AskedForSecond { .. } => vec![Step::Wait { millis: 15_000 }],
            _ => Vec::new(),
        };
        for step in steps {
            self.take(&step)?;
            self.compare()?;
        }
        Ok(())
    }

    /// Before the next permitted moment no right admits, at it one does.
    fn check_next_permitted(
        &self,
        explained: &Explanation,
        card: &Card,
        point: usize,
        chance: &mut Chance,
    ) -> Result<(), String> {
        let now = self.world.now;
        let admits = |at: Wall| self.world.right_to(card.person, POINTS[point].0, at).is_ok();
        if let Some(next) = explained.next_permitted
            && (next <= now || !admits(next))
        {
            return Err(format!("nothing holds at the next permitted moment {next:?}"));
        }
        let none_expected = explained.outcome != Outcome::Denied(rackward_core::entry::Denial::NotPermittedAtThisTime);
        if none_expected {
            return if explained.next_permitted.is_none() { Ok(()) } else { Err("permitted when?".to_owned()) };
        }
        let until = explained.next_permitted.map_or(AHEAD_SECONDS, |next| next.since(now).as_secs() as usize);
        for _ in 0..MOMENTS {
            let seconds = chance.below(until.max(1)) as u64;
            let earlier = now.after(core::time::Duration::from_secs(seconds));
            if admits(earlier) {
                return Err(format!(
                    "a right holds at {earlier:?} already, not only at {:?}",
                    explained.next_permitted
                ));
            }
        }
        Ok(())
    }

    /// For another time only what does not depend on the state of the site is explained: card, person, right and PIN.
    fn check_another_time(&mut self, card: &Card, point: usize, chance: &mut Chance) -> Result<(), String> {
        if chance.percent(75) {
            return Ok(());
        }
        let at = self.world.now.after(core::time::Duration::from_secs(chance.below(AHEAD_SECONDS) as u64));
        let now = core::mem::replace(&mut self.world.now, at);
        let expected = self.world.judge_for_another_time(card, point);
        self.world.now = now;
        let card_then = self.best_at(card.person, at);
        if card_then != Some(card.id) {
            return Ok(());
        }
        let explained = match self.explanation(card, point, Some(at)).outcome {
            Outcome::Granted(grant) => Ok(grant.get()),
            Outcome::Denied(reason) => Err(reason.code()),
        };
        if explained == expected { Ok(()) } else { Err(format!("for {at:?} it is {expected:?}, not {explained:?}")) }
    }

    fn best_at(&self, person: u32, at: Wall) -> Option<u32> {
        let counts = |card: &&Card| card.state.is_none() && card.from <= at && at < card.to;
        let held = || self.world.cards.iter().filter(|card| card.person == person);
        held().find(counts).or_else(|| held().next()).map(|card| card.id)
    }
}
