//! Several changes that are carried out together or not at all, and what came of them. A change may name what an earlier one of
//! the same set makes, by an id that stands in for it. Carrying them out is `engine/change_set.rs`; how much they widen is
//! `widening.rs`.

use std::sync::Arc;

use super::{Command, CommandError, GrantWish, RegisterCommand, Reply};
use crate::engine::preconditions::Revision;
use crate::entry::{Denial, ReasonText};
use crate::id::{AgreementId, CalendarId, Generation, GrantId, PersonId, PointId, ProfileId, ScheduleId};
use crate::people::{GrantRight, When};
use crate::site_files::{Claim, FileRecord, FilesWish};
use crate::time::Wall;
use crate::widening::Widening;

/// How many changes one set has at most. It trades a list of people that wants several sets against doors that wait for one:
/// ten thousand are some tenths of a second.
pub const CHANGES_MAX_COUNT: u32 = 10_000;

/// How many tests one set has at most; each is one decision.
pub const TESTS_MAX_COUNT: usize = 10_000;

/// Changes that are carried out together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    /// The generation of rights that whoever made the set has seen; any, if it is nowhere said.
    pub base: Option<Generation>,
    /// Why.
    pub reason: ReasonText,
    /// What, in order.
    pub changes: Box<[Command]>,
    /// What must hold afterwards.
    pub tests: Box<[RightsTest]>,
    /// Where it comes from site files: what they look after from then on.
    pub files: Option<Box<FilesWish>>,
}

/// Whether somebody passes somewhere at some moment, once a set is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RightsTest {
    /// Who.
    pub person: PersonId,
    /// Where.
    pub point: PointId,
    /// When.
    pub at: Wall,
    /// What is to come of it.
    pub expect: Expectation,
}

/// What a test expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expectation {
    /// That they pass.
    Open,
    /// That they do not.
    Denied,
}

/// What a test found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestFinding {
    /// The number of the test in its set, from 0.
    pub test: u32,
    /// What came of it: admitted, or refused and why; nothing where the person is not known.
    pub outcome: Option<Result<GrantId, Denial>>,
    /// Whether that is what it expects.
    pub holds: bool,
}

/// What a set came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetDone {
    /// The generation of rights after it.
    pub generation: Generation,
    /// What each change came to.
    pub replies: Vec<Reply>,
    /// By how much it widens who may pass.
    pub widening: Widening,
    /// By how much it narrows that.
    pub narrowing: Widening,
    /// What each of its tests found.
    pub tests: Vec<TestFinding>,
    /// Whether it takes a second operator; said where it is only tried.
    pub takes_two: bool,
}

/// Why one change of a set is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The number of the change, from 0.
    pub change: u32,
    /// Why.
    pub error: CommandError,
}

/// The number of an id that stands for what a change of the same set makes: counted down from the last one there is, which no
/// record ever has.
pub const fn made_by(change: u32) -> u32 {
    u32::MAX - change
}

/// The change that an id stands for, if it stands for one.
const fn stands_for(number: u32) -> Option<u32> {
    let change = u32::MAX - number;
    if change < CHANGES_MAX_COUNT { Some(change) } else { None }
}

/// A change refers to one that makes no such thing, or that is refused itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dangling {
    /// The change that it refers to.
    pub(crate) change: u32,
}

/// What the changes of a set made so far, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct MadeSoFar(pub(crate) Vec<Option<Reply>>);

impl MadeSoFar {
    /// The command with real ids in the place of those that stand for what was made.
    pub(crate) fn fill(&self, command: &Command) -> Result<Command, Dangling> {
        let mut command = command.clone();
        match &mut command {
            Command::SetPersonStatus { person, .. } | Command::ChangePersonDetails { person, .. } => {
                *person = self.person(*person)?;
            }
            Command::Register(RegisterCommand::Rename { person, .. } | RegisterCommand::SetKey { person, .. }) => {
                *person = self.person(*person)?;
            }
            Command::CreateGrant(wish) => self.fill_wish(wish)?,
            Command::RevokeGrant { grant, .. } | Command::ChangeGrantEnd { grant, .. } => {
                *grant = self.grant(*grant)?
            }
            Command::SetProfile { policies, .. } => {
                for schedule in policies.iter_mut().filter_map(|policy| policy.schedule.as_mut()) {
                    *schedule = self.schedule(*schedule)?;
                }
            }
            Command::RemoveProfile { profile, .. } => *profile = self.profile(*profile)?,
            Command::RemoveSchedule { schedule } => *schedule = self.schedule(*schedule)?,
            Command::RemoveCalendar { calendar } => *calendar = self.calendar(*calendar)?,
            Command::EndAgreement { agreement, .. } => *agreement = self.agreement(*agreement)?,
            _ => {}
        }
        Ok(command)
    }

    fn fill_wish(&self, wish: &mut GrantWish) -> Result<(), Dangling> {
        wish.person = self.person(wish.person)?;
        match &mut wish.right {
            GrantRight::Member(profile) => *profile = self.profile(*profile)?,
            GrantRight::Doors { when: When::Schedule(schedule), .. } => *schedule = self.schedule(*schedule)?,
            GrantRight::Doors { when: When::Weekly(_), .. } => {}
        }
        Ok(())
    }

    pub(crate) fn person(&self, id: PersonId) -> Result<PersonId, Dangling> {
        self.real(id, id.get(), |reply| if let Reply::Person(id) = reply { Some(*id) } else { None })
    }

    pub(crate) fn grant(&self, id: GrantId) -> Result<GrantId, Dangling> {
        self.real(id, id.get(), |reply| match reply {
            Reply::Grant(id, _) | Reply::Requested(id, _) => Some(*id),
            _ => None,
        })
    }

    pub(crate) fn schedule(&self, id: ScheduleId) -> Result<ScheduleId, Dangling> {
        self.real(id, id.get(), |reply| if let Reply::Schedule(id, _) = reply { Some(*id) } else { None })
    }

    pub(crate) fn calendar(&self, id: CalendarId) -> Result<CalendarId, Dangling> {
        self.real(id, id.get(), |reply| if let Reply::Calendar(id, _) = reply { Some(*id) } else { None })
    }

    pub(crate) fn profile(&self, id: ProfileId) -> Result<ProfileId, Dangling> {
        self.real(id, id.get(), |reply| if let Reply::Profile(id, _) = reply { Some(*id) } else { None })
    }

    pub(crate) fn agreement(&self, id: AgreementId) -> Result<AgreementId, Dangling> {
        self.real(id, id.get(), |reply| if let Reply::Agreement(id, _) = reply { Some(*id) } else { None })
    }

    /// What files look after, with real ids and the revisions that the records have now.
    pub(crate) fn claims(
        &self,
        wanted: &[(FileRecord, String)],
        revision: impl Fn(FileRecord) -> Option<Revision>,
    ) -> Result<Vec<Claim>, Dangling> {
        let claim = |(record, name): &(FileRecord, String)| {
            let record = match *record {
                FileRecord::Schedule(id) => FileRecord::Schedule(self.schedule(id)?),
                FileRecord::Calendar(id) => FileRecord::Calendar(self.calendar(id)?),
                FileRecord::Profile(id) => FileRecord::Profile(self.profile(id)?),
                FileRecord::Grant(id) => FileRecord::Grant(self.grant(id)?),
                FileRecord::Agreement(id) => FileRecord::Agreement(self.agreement(id)?),
            };
            Ok(Claim { record, name: name.clone(), revision: revision(record) })
        };
        wanted.iter().map(claim).collect()
    }

    fn real<T>(&self, id: T, number: u32, made: impl Fn(&Reply) -> Option<T>) -> Result<T, Dangling> {
        let Some(change) = stands_for(number) else { return Ok(id) };
        let reply = usize::try_from(change).ok().and_then(|change| self.0.get(change)?.as_ref());
        reply.and_then(made).ok_or(Dangling { change })
    }
}

impl From<ChangeSet> for Command {
    fn from(set: ChangeSet) -> Self {
        Self::ChangeSet(Arc::new(set))
    }
}

/// Whether a command may be a change of a set: those that change what is on record of people and their rights, and that put
/// nothing on its way to a device beside that.
pub const fn is_for_sets(command: &Command) -> bool {
    matches!(
        command,
        Command::CreatePerson { .. }
            | Command::SetPersonStatus { .. }
            | Command::ChangePersonDetails { .. }
            | Command::Register(RegisterCommand::Rename { .. } | RegisterCommand::SetKey { .. })
            | Command::CreateGrant(_)
            | Command::RevokeGrant { .. }
            | Command::ChangeGrantEnd { .. }
            | Command::SetProfile { .. }
            | Command::RemoveProfile { .. }
            | Command::SetSchedule { .. }
            | Command::RemoveSchedule { .. }
            | Command::SetCalendar { .. }
            | Command::RemoveCalendar { .. }
            | Command::MakeAgreement { .. }
            | Command::EndAgreement { .. }
    )
}
