//! How each step of a history is given to the engine, through its real inputs and commands, and to the model. What the
//! engine refuses to do the model does not do either; what an order does is the model's own account of it.

use std::time::Duration;

use rackward_core::engine::command::{GrantWish, PersonName, PinPurpose, Scope, SetMode};
use rackward_core::engine::input::PinOutcome;
use rackward_core::id::{CredentialId, GrantId, OrganisationId, PersonId};
use rackward_core::mode::ModeOrder;
use rackward_core::people::{
    CredentialState, EscortNeed, ExtendedTime, GrantRight, PersonDetails, PersonStatus, Policy, Uses, Validity, When,
};
use rackward_core::permission::{Actor, OperatorRole};
use rackward_core::site::OPERATOR;
use rackward_core::site::schedule::Weekly;
use rackward_core::{Caller, Command, CommandError, DeviceReport, Input, Reply, Wall};

use super::calendar::Times;
use super::doors::{Base, Hold, Passage, Typed};
use super::grounds::{POINTS, calendar_draft, is_rack, lock_of, reader_of};
use super::grounds::{schedule_draft, threat};
use super::history::{Step, Terms, Wish};
use super::runner::{Both, all_online};
use super::world::{Card, Grant, Person, Right, State, Status};
use crate::site::{Desk, card, closed, open, reason};

/// The same names in both.
fn schedule_name(number: u8) -> String {
    ["s0", "s1", "day"][number as usize].to_owned()
}

fn profile_name(number: u8) -> String {
    format!("profile {number}")
}

impl Both {
    fn at(&self, minutes: i64) -> Wall {
        Wall::from_seconds(self.world.now.as_seconds() + 60 * minutes)
    }

    fn command(&mut self, command: Command) -> Result<Reply, CommandError> {
        self.command_by(0, command)
    }

    fn command_by(&mut self, by: u32, command: Command) -> Result<Reply, CommandError> {
        let caller = Caller::new(Actor::LocalUser(by), OperatorRole::Admin, Scope::Site);
        self.desk.command_of(caller, command)
    }

    /// One step for both; what the engine should have done with an order and did not.
    pub(crate) fn take(&mut self, step: &Step) -> Result<(), String> {
        self.desk.journal.clear();
        self.desk.outputs.clear();
        self.world.said.clear();
        self.at_reader = matches!(step, Step::Badge { .. } | Step::Typed { .. });
        match step {
            Step::Join { .. } | Step::Status { .. } | Step::Clearance { .. } | Step::Move { .. } | Step::Pin { .. } => {
                self.of_people(step)
            }
            Step::GiveCard { .. } | Step::CardState { .. } | Step::EndLockout { .. } => self.of_cards(step),
            Step::Grant { .. }
            | Step::BreakGlass { .. }
            | Step::Approve { .. }
            | Step::Deny { .. }
            | Step::Revoke { .. }
            | Step::End { .. }
            | Step::CloseTicket(_) => self.of_grants(step)?,
            Step::Profile { .. }
            | Step::RemoveProfile(_)
            | Step::Schedule { .. }
            | Step::RemoveSchedule(_)
            | Step::Calendar(_) => self.of_schedules(step),
            Step::Order { .. } | Step::LockDown(_) | Step::Release(_) | Step::Panel { .. } | Step::Threat(_) => {
                self.of_places(step);
            }
            Step::Badge { .. } | Step::Typed { .. } => self.of_readers(step),
            Step::Exit(_) | Step::Operator(_) | Step::Open(_) | Step::Shut(_) | Step::Cut(_) | Step::Return(_) => {
                self.of_doors(step)
            }
            Step::Journal { .. }
            | Step::Withhold { .. }
            | Step::Forgive { .. }
            | Step::Wait { .. }
            | Step::Restart { .. } => {
                self.of_the_whole(step);
            }
        }
        Ok(())
    }

    fn some_person(&self, number: usize) -> Option<PersonId> {
        let persons = &self.world.persons;
        (!persons.is_empty()).then(|| PersonId::new(persons[number % persons.len()].id))
    }

    fn some_card(&self, number: usize) -> Option<u32> {
        let cards = &self.world.cards;
        (!cards.is_empty()).then(|| cards[number % cards.len()].id)
    }

    fn some_grant(&self, number: usize) -> Option<u32> {
        let grants = &self.world.grants;
        (!grants.is_empty()).then(|| grants[number % grants.len()].id)
    }

    fn details(&self, person: u32) -> PersonDetails {
        let person = self.world.person(person);
        details(person.tenant, person.clearance, person.longer)
    }

    fn of_people(&mut self, step: &Step) {
        if let Step::Join { expected, clearance, longer } = *step {
            let status = if expected { PersonStatus::Expected } else { PersonStatus::Enabled };
            let name = PersonName::parse("Somebody").unwrap();
            let details = details(false, clearance, longer);
            if let Ok(Reply::Person(id)) = self.command(Command::CreatePerson { name, status, details, key: None }) {
                let status = if expected { Status::Expected } else { Status::Enabled };
                let id = id.get();
                self.world.persons.push(Person { id, status, clearance, tenant: false, longer, pin: false });
            }
            return;
        }
        let (Step::Status { person: number, .. }
        | Step::Clearance { person: number, .. }
        | Step::Move { person: number }
        | Step::Pin { person: number }) = *step
        else {
            return;
        };
        let Some(person) = self.some_person(number) else { return };
        let (id, reason) = (person.get(), reason("as ordered"));
        match *step {
            Step::Status { status, .. } => {
                let (status, same) = [
                    (PersonStatus::Enabled, Status::Enabled),
                    (PersonStatus::Suspended, Status::Suspended),
                    (PersonStatus::Left, Status::Left),
                    (PersonStatus::Expected, Status::Expected),
                ][status as usize];
                if self.command(Command::SetPersonStatus { person, status, reason }).is_ok() {
                    self.world.set_status(id, same);
                }
            }
            Step::Clearance { clearance, longer, .. } => {
                let details =
                    PersonDetails { organisation: self.details(id).organisation, ..details(false, clearance, longer) };
                if self.command(Command::ChangePersonDetails { person, details, reason }).is_ok() {
                    let person = self.world.person_mut(id);
                    (person.clearance, person.longer) = (clearance, longer);
                }
            }
            Step::Move { .. } => {
                let tenant = !self.world.person(id).tenant;
                let details = PersonDetails { organisation: organisation(tenant), ..self.details(id) };
                if self.command(Command::ChangePersonDetails { person, details, reason }).is_ok() {
                    self.world.move_to(id, tenant);
                }
            }
            _ => {
                let hash = rackward_core::engine::command::PinHash::from_phc("$argon2id$".into());
                let purpose = PinPurpose::Usual;
                if self.command(Command::SetPin { person, purpose, hash, digits: 6 }).is_ok() {
                    self.world.person_mut(id).pin = true;
                }
            }
        }
    }

    fn of_cards(&mut self, step: &Step) {
        match *step {
            Step::GiveCard { person, key, from_minutes, minutes } => {
                let Some(person) = self.some_person(person) else { return };
                let (from, to) = (self.at(from_minutes), self.at(from_minutes + minutes));
                let give = Command::AssignCredential { person, key: card(key), validity: Validity { from, to } };
                if let Ok(Reply::Credential(id)) = self.command(give) {
                    self.world.cards.push(Card { id: id.get(), person: person.get(), key, state: None, from, to });
                }
            }
            Step::CardState { card, state } => {
                let Some(id) = self.some_card(card) else { return };
                let (state, code) = [
                    (CredentialState::Enabled, None),
                    (CredentialState::Disabled, Some("N02")),
                    (CredentialState::Lost, Some("N03")),
                    (CredentialState::Stolen, Some("N04")),
                    (CredentialState::Damaged, Some("N05")),
                    (CredentialState::Destroyed, Some("N06")),
                    (CredentialState::Returned, Some("N07")),
                ][state as usize];
                let (credential, reason) = (CredentialId::new(id), reason("as told"));
                if self.command(Command::SetCredentialState { credential, state, reason }).is_ok() {
                    self.world.card_mut(id).state = code;
                }
            }
            Step::EndLockout { card } => {
                let Some(id) = self.some_card(card) else { return };
                if self.command(Command::EndLockout { credential: CredentialId::new(id) }).is_ok() {
                    self.world.lockouts.retain(|lockout| lockout.0 != id);
                }
            }
            _ => {}
        }
    }

    fn of_grants(&mut self, step: &Step) -> Result<(), String> {
        let reason = reason("work");
        match step {
            Step::Grant { person, wish, terms } => return self.wish(*person, wish, terms),
            Step::BreakGlass { person, door, minutes } => {
                let Some(person) = self.some_person(*person) else { return Ok(()) };
                let (doors, to) = (vec![self.doors[*door]], self.at(*minutes));
                let from = self.world.now;
                if let Ok(Reply::Grant(id, _)) = self.command(Command::BreakGlass { person, doors, to, reason }) {
                    let grant = plain_grant(id, person, Right::Always(vec![*door]), from, to);
                    self.world.grants.push(grant);
                }
            }
            Step::CloseTicket(ticket) => {
                let text = ticket_text(*ticket);
                if self.command(Command::CloseTicket { ticket: text, reason }).is_ok() {
                    self.world.end_grants(|grant| grant.ticket == *ticket);
                }
            }
            Step::Approve { grant: number, .. }
            | Step::Deny { grant: number }
            | Step::Revoke { grant: number }
            | Step::End { grant: number, .. } => {
                let Some(id) = self.some_grant(*number) else { return Ok(()) };
                let grant = GrantId::new(id);
                match *step {
                    Step::Approve { by, .. } => {
                        if self.command_by(by, Command::ApproveGrant { grant, reason }).is_ok() {
                            self.world.approve(id);
                        }
                    }
                    Step::End { minutes, .. } => {
                        let to = self.at(minutes);
                        if self.command_by(1, Command::ChangeGrantEnd { grant, to, reason }).is_ok() {
                            self.world.grant_mut(id).to = to;
                        }
                    }
                    Step::Deny { .. } => {
                        if self.command(Command::DenyGrant { grant, reason }).is_ok() {
                            self.world.grant_mut(id).state = State::Over;
                        }
                    }
                    _ => {
                        if self.command(Command::RevokeGrant { grant, reason }).is_ok() {
                            self.world.grant_mut(id).state = State::Over;
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn wish(&mut self, person: usize, wish: &Wish, terms: &Terms) -> Result<(), String> {
        let Some(person) = self.some_person(person) else { return Ok(()) };
        let Some((right, own, doors)) = self.right(wish) else { return Ok(()) };
        let (from, to) = (self.at(terms.from_minutes), self.at(terms.from_minutes + terms.minutes));
        let wish = GrantWish {
            person,
            right,
            validity: Validity { from, to },
            reason: reason("work"),
            ticket: Some(ticket_text(terms.ticket)),
            uses: terms.uses.map_or(Uses::Unlimited, Uses::Left),
            escort: if terms.escort { EscortNeed::Required } else { EscortNeed::No },
        };
        let missing = self.world.approvals_for(&doors);
        let (id, waits) = match self.command_by(terms.by, Command::CreateGrant(wish)) {
            Ok(Reply::Grant(id, _)) => (id, 0),
            Ok(Reply::Requested(id, approval)) => (id, approval.count() as u8),
            Ok(_) | Err(_) => return Ok(()),
        };
        if waits != missing {
            return Err(format!("{id} waits for {waits} approvals, and the areas ask for {missing}"));
        }
        self.world.grants.push(Grant {
            ticket: terms.ticket,
            uses: terms.uses,
            escort: terms.escort,
            state: if missing > 0 { State::Requested } else { State::Active },
            approvals_missing: missing,
            ..plain_grant(id, person, own, from, to)
        });
        Ok(())
    }

    /// A right for the engine, the same for the model, and the doors it names.
    fn right(&self, wish: &Wish) -> Option<(GrantRight, Right, Vec<usize>)> {
        let ids = |doors: &[usize]| doors.iter().map(|door| self.doors[*door]).collect();
        Some(match wish {
            Wish::Always(doors) => {
                let right = GrantRight::Doors { doors: ids(doors), when: When::Weekly(Weekly::always()) };
                (right, Right::Always(doors.clone()), doors.clone())
            }
            Wish::Weekly(doors, week) => {
                let zone = self.world.grounds.draft.time_zone.clone();
                let times = Times { zone, week: week.clone(), special: Vec::new() };
                let right = GrantRight::Doors { doors: ids(doors), when: When::Weekly(times.weekly()?) };
                (right, Right::Weekly(doors.clone(), times), doors.clone())
            }
            Wish::Named(doors, number) => {
                let name = schedule_name(*number);
                let records = self.desk.engine.records();
                let schedule = records.schedules.values().find(|row| row.0.name == name)?.0.id;
                let right = GrantRight::Doors { doors: ids(doors), when: When::Schedule(schedule) };
                (right, Right::Named(doors.clone(), name), doors.clone())
            }
            Wish::Member(number) => {
                let name = profile_name(*number);
                let profile = self.desk.engine.records().profiles.values().find(|row| row.name == name)?.id;
                let policies = &self.world.profiles.iter().find(|known| known.0 == name)?.1;
                let doors = policies.iter().map(|policy| policy.0).collect();
                (GrantRight::Member(profile), Right::Member(name), doors)
            }
        })
    }

    fn of_schedules(&mut self, step: &Step) {
        let records = self.desk.engine.records();
        let schedule = |name: &str| records.schedules.values().find(|row| row.0.name == name).map(|row| row.0.id);
        let mode = |exists: bool| if exists { SetMode::Edit } else { SetMode::Create };
        match step {
            Step::Profile { name, policies } => {
                let name = profile_name(*name);
                let named: Vec<(usize, Option<String>)> =
                    policies.iter().map(|(door, s)| (*door, s.map(schedule_name))).collect();
                let policies = named.iter().map(|(door, name)| {
                    let schedule = name.as_deref().map(schedule);
                    // A policy whose schedule was removed cannot be asked for.
                    (schedule != Some(None)).then_some(Policy { door: self.doors[*door], schedule: schedule.flatten() })
                });
                let Some(policies) = policies.collect::<Option<Vec<Policy>>>() else { return };
                let mode = mode(records.profiles.values().any(|row| row.name == name));
                let (owner, reason) = (OPERATOR, reason("as planned"));
                let set = Command::SetProfile { name: name.clone(), owner, policies, reason, mode };
                if self.command(set).is_ok() {
                    self.world.set_profile((name, named));
                }
            }
            Step::RemoveProfile(number) => {
                let name = profile_name(*number);
                let Some(profile) = records.profiles.values().find(|row| row.name == name).map(|row| row.id) else {
                    return;
                };
                if self.command(Command::RemoveProfile { profile, reason: reason("no longer") }).is_ok() {
                    self.world.remove_profile(&name);
                }
            }
            Step::Schedule { name, times } => {
                let name = schedule_name(*name);
                let (draft, mode) = (schedule_draft(&name, times, true), mode(schedule(&name).is_some()));
                if self.command(Command::SetSchedule { draft, mode }).is_ok() {
                    self.world.set_schedule(&name, times.clone());
                }
            }
            Step::RemoveSchedule(number) => {
                let name = schedule_name(*number);
                let Some(schedule) = schedule(&name) else { return };
                if self.command(Command::RemoveSchedule { schedule }).is_ok() {
                    self.world.schedules.retain(|known| known.0 != name);
                }
            }
            Step::Calendar(dates) => {
                let mode = mode(records.calendars.values().any(|row| row.0.name == dates.0));
                if self.command(Command::SetCalendar { draft: calendar_draft(dates), mode }).is_ok() {
                    self.world.set_calendar(dates.clone());
                }
            }
            _ => {}
        }
    }

    fn of_places(&mut self, step: &Step) {
        let reason = reason("as ordered");
        match *step {
            Step::Order { door, order } => {
                let order = ModeOrder::ALL[order];
                if self.command(Command::SetDoorMode { door: self.doors[door], order, reason }).is_ok() {
                    let state = &mut self.world.doors[door];
                    match order {
                        ModeOrder::Lock => self.world.order_base(door, Base::Locked),
                        ModeOrder::Unlock => self.world.order_base(door, Base::Unlocked),
                        ModeOrder::Block => self.world.order_base(door, Base::Blocked),
                        ModeOrder::DoubleLock => self.world.order_base(door, Base::DoubleLocked),
                        ModeOrder::LockDown => state.hold = Hold::Down,
                        ModeOrder::LockOpen => state.hold = Hold::Open,
                        ModeOrder::LockDownRelease | ModeOrder::LockOpenRelease => state.hold = Hold::Nothing,
                    }
                }
            }
            Step::LockDown(area)
                if self.command(Command::LockDownArea { area: self.areas[area], reason: reason.clone() }).is_ok() =>
            {
                self.world.lockdowns.push(area);
            }
            Step::Release(area)
                if self.command(Command::ReleaseArea { area: self.areas[area], reason: reason.clone() }).is_ok() =>
            {
                self.world.lockdowns.retain(|known| *known != area);
            }
            Step::Panel { fire, button } => {
                let device = self.desk.device("panel");
                self.desk.report(device, DeviceReport::Inputs(vec![fire, button]));
                self.world.fire = fire;
                // Pressing locks down; being held pressed does not do so again after a release.
                if button && !self.world.button && !self.world.lockdowns.contains(&2) {
                    self.world.lockdowns.push(2);
                }
                self.world.button = button;
            }
            Step::Threat(level)
                if self.command(Command::SetThreatLevel { level: threat(level), reason: reason.clone() }).is_ok() =>
            {
                self.world.threat = level;
            }
            _ => {}
        }
        self.world.modes_changed();
    }

    fn of_readers(&mut self, step: &Step) {
        match *step {
            Step::Badge { key, point } => {
                let door = POINTS[point].0;
                // A handle that is away reads no card.
                if is_rack(door) && !self.world.doors[door].online {
                    return;
                }
                self.desk.badge(&reader_of(point), card(key));
                self.world.badge(key, point);
            }
            Step::Typed { point, typed } => {
                let Some(person) = self.world.typing.iter().find(|typing| typing.point == point) else { return };
                let outcome = match typed {
                    Typed::Right => PinOutcome::Right,
                    Typed::Duress => PinOutcome::Duress,
                    Typed::Wrong => PinOutcome::Wrong,
                    Typed::Unavailable => PinOutcome::Unavailable,
                };
                self.desk.type_pin(&reader_of(point), PersonId::new(person.person), outcome);
                self.world.typed(point, typed);
            }
            _ => {}
        }
    }

    fn of_doors(&mut self, step: &Step) {
        match *step {
            Step::Exit(door) if self.world.doors[door].online && !is_rack(door) => {
                let device = self.desk.device(&lock_of(door));
                self.desk.report(device, DeviceReport::ExitRequested);
                if !self.world.exit_is_held_back(door) {
                    let time = self.world.release_time(door, &[]);
                    self.world.released(door, time);
                }
            }
            Step::Operator(door) if self.world.doors[door].online => {
                let (not_after, reason) = (self.world.now.after(Duration::from_secs(5)), reason("a delivery"));
                let open = Command::OpenDoor { lasting: None, door: self.doors[door], reason, not_after };
                if self.command(open).is_ok() {
                    let time = self.world.release_time(door, &[]);
                    self.world.released(door, time);
                }
            }
            Step::Open(door) if self.world.doors[door].online => {
                self.desk.facts(&lock_of(door), open(is_rack(door)));
                self.world.opened(door);
            }
            Step::Shut(door) if self.world.doors[door].online => {
                self.desk.facts(&lock_of(door), closed(is_rack(door)));
                self.world.shut(door);
            }
            Step::Cut(door) => {
                self.desk.cut(&lock_of(door));
                self.world.lock_offline(door);
                if is_rack(door) {
                    self.world.typing.retain(|typing| POINTS[typing.point].0 != door);
                }
            }
            Step::Return(door) => {
                let device = self.desk.device(&lock_of(door));
                let identity = rackward_core::engine::input::Identity {
                    model: "m".into(),
                    serial: "s".into(),
                    firmware: "1".into(),
                };
                self.desk.report(device, DeviceReport::Online(identity));
                self.desk.facts(&lock_of(door), closed(is_rack(door)));
                self.world.doors[door].online = true;
                self.world.shut(door);
            }
            _ => {}
        }
    }

    fn of_the_whole(&mut self, step: &Step) {
        match *step {
            Step::Journal { fails: true } => {
                self.desk.input(Input::StoreFailed { withheld: Vec::new(), jobs: Vec::new() });
                self.world.writable = false;
            }
            Step::Journal { fails: false } => {
                self.desk.input(Input::StoreRecovered);
                self.world.writable = true;
            }
            Step::Withhold { door } => {
                // Of two releases the lock carries the earlier one out, whatever becomes of the later.
                let state = &self.world.doors[door];
                if matches!(state.passage, Passage::Released(_)) && !state.released_again {
                    let withheld = vec![self.desk.device(&lock_of(door))];
                    self.desk.input(Input::StoreFailed { withheld, jobs: Vec::new() });
                    self.desk.input(Input::StoreRecovered);
                    self.world.doors[door].passage = Passage::Idle;
                    self.world.doors[door].admissions.clear();
                    self.world.writable = true;
                }
            }
            Step::Forgive { person, area } => {
                let person = person.and_then(|number| self.some_person(number));
                let command = Command::ForgivePassback {
                    person,
                    area: area.map(|area| self.areas[area]),
                    reason: reason("left by the window"),
                };
                if self.command(command).is_ok() {
                    self.world.forgive(person.map(PersonId::get), area);
                }
            }
            Step::Wait { millis } => {
                let span = Duration::from_millis(millis);
                self.desk.wait(span);
                self.world.wait_until(self.world.now.after(span));
            }
            Step::Restart { seconds } => {
                if !self.world.writable {
                    self.desk.input(Input::StoreRecovered);
                    self.world.writable = true;
                }
                let records = self.desk.engine.records().clone();
                let now = self.desk.now.after(Duration::from_secs(seconds));
                self.desk = Desk::restart_of(&self.world.grounds.draft, records, now);
                self.desk.all_online();
                self.world.restarted_at(now.wall);
                all_online(&mut self.world);
            }
            _ => {}
        }
    }
}

fn organisation(tenant: bool) -> OrganisationId {
    if tenant { OrganisationId::new(1) } else { OPERATOR }
}

fn details(tenant: bool, clearance: u8, longer: bool) -> PersonDetails {
    let extended_time = if longer { ExtendedTime::Yes } else { ExtendedTime::No };
    PersonDetails { organisation: organisation(tenant), clearance: threat(clearance), extended_time }
}

fn ticket_text(ticket: u8) -> rackward_core::entry::ReasonText {
    reason(&format!("CHG-{ticket}"))
}

/// A grant without conditions and of no ticket.
fn plain_grant(id: GrantId, person: PersonId, right: Right, from: Wall, to: Wall) -> Grant {
    Grant {
        id: id.get(),
        person: person.get(),
        right,
        from,
        to,
        ticket: u8::MAX,
        uses: None,
        escort: false,
        state: State::Active,
        approvals_missing: 0,
    }
}
