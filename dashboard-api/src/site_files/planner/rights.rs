//! Memberships and grants: an object has a record for each person, and one that is to be otherwise is taken back and given anew,
//! except where only its end moves.

use std::collections::BTreeMap;

use rackward_core::engine::command::{Command, GrantWish};
use rackward_core::entry::ReasonText;
use rackward_core::id::{GrantId, PersonId, ProfileId};
use rackward_core::people::{EscortNeed, Grant, GrantRight, Uses, Validity, When};
use rackward_core::site::schedule::Weekly;
use rackward_core::site_files::FileRecord;

use super::kinds::mark;
use super::{About, Planner, shown, stand_in};
use crate::api::{reason, schedules};
use crate::site_files::export;
use crate::wire::problem::FieldProblem;
use crate::wire::site_file::{GrantSpec, MembershipSpec, Object, Terms};

/// What a grant is to be.
struct Wanted {
    person: PersonId,
    right: GrantRight,
    from: Option<rackward_core::Wall>,
    to: rackward_core::Wall,
    reason: ReasonText,
    ticket: Option<ReasonText>,
    escort: EscortNeed,
}

/// How a grant differs from what it is to be.
enum Differs {
    No,
    InItsEnd,
    Otherwise,
}

impl Wanted {
    fn differs(&self, row: &Grant) -> Differs {
        let same = row.person == self.person
            && row.right == self.right
            && self.from.is_none_or(|from| from == row.validity.from)
            && row.reason == self.reason.as_str()
            && row.ticket.as_deref() == self.ticket.as_ref().map(ReasonText::as_str)
            && row.escort == self.escort
            && row.uses == Uses::Unlimited;
        match (same, row.validity.to == self.to) {
            (true, true) => Differs::No,
            (true, false) => Differs::InItsEnd,
            (false, _) => Differs::Otherwise,
        }
    }
}

impl<'a> Planner<'a> {
    pub(super) fn membership(&mut self, about: About<'_>, object: &Object) {
        let Some(spec) = self.spec::<MembershipSpec>(about, object, &["profile", "members"]) else { return };
        let at = format!("/objects/{}/spec", about.index);
        let profile = self.profile_named(format!("{at}/profile"), &spec.profile);
        let wrong = self.wrong.len();
        let mut wanted: Vec<Wanted> = Vec::new();
        for (place, terms) in spec.members.iter().enumerate() {
            // Without a profile nothing comes of them, but what is wrong with them is told.
            let right = GrantRight::Member(profile.unwrap_or(ProfileId::new(0)));
            wanted.extend(self.wanted(&format!("{at}/members/{place}"), terms, right));
        }
        if profile.is_some() && self.wrong.len() == wrong {
            self.settle(about, wanted);
        }
    }

    pub(super) fn grant(&mut self, about: About<'_>, object: &Object) {
        let known = ["points", "schedule", "windows", "person", "from_at", "to_at", "reason", "ticket", "escort"];
        let Some(spec) = self.spec::<GrantSpec>(about, object, &known) else { return };
        let at = format!("/objects/{}/spec", about.index);
        let wrong = self.wrong.len();
        let doors = self.doors(&format!("{at}/points"), &spec.points).into_boxed_slice();
        let when = self.when(&at, &spec);
        let is_known = when.is_some();
        let when = when.unwrap_or_else(|| When::Weekly(Weekly::always()));
        let wanted = self.wanted(&at, &spec.terms, GrantRight::Doors { doors, when });
        // Without the schedule that it names it would hold always: nothing comes of it, but what is wrong is told.
        if is_known && self.wrong.len() == wrong {
            self.settle(about, wanted.into_iter().collect());
        }
    }

    fn when(&mut self, at: &str, spec: &GrantSpec) -> Option<When> {
        match (&spec.schedule, spec.windows.is_empty()) {
            (Some(name), true) => self.schedule_named(format!("{at}/schedule"), name).map(When::Schedule),
            (None, true) => Some(When::Weekly(Weekly::always())),
            (None, false) => match schedules::read(&spec.windows, &[]) {
                Ok((weekly, _)) => weekly.map(When::Weekly),
                Err(errors) => {
                    let placed = |one: FieldProblem| FieldProblem { pointer: format!("{at}{}", one.pointer), ..one };
                    self.wrong.extend(errors.into_iter().map(placed));
                    None
                }
            },
            (Some(_), false) => {
                self.note(format!("{at}/schedule"), "say schedule or windows, and not both");
                None
            }
        }
    }

    fn profile_named(&mut self, at: String, name: &str) -> Option<ProfileId> {
        let name = name.trim();
        if self.manner.lacks("AccessProfile", name) {
            return None;
        }
        let made = self.made.get(&("AccessProfile", name.to_owned())).map(|change| ProfileId::new(stand_in(*change)));
        let found = made.or_else(|| self.current.profiles.get(name).map(|row| row.id));
        if found.is_none() && !self.is_told_elsewhere("AccessProfile", name) {
            let near = rackward_core::site::draft::suggest::nearest(name, self.current.profiles.keys().copied());
            let near = near.map_or_else(
                || "write an object of kind AccessProfile".to_owned(),
                |near| format!("did you mean \"{near}\"?"),
            );
            self.note(at, format!("there is no access profile \"{}\"; {near}", shown(name)));
        }
        found
    }

    pub(super) fn why(&mut self, at: &str, text: &str) -> Option<ReasonText> {
        match reason("reason", text) {
            Ok(reason) => Some(reason),
            Err(error) => {
                self.note(at.to_owned(), error.detail);
                None
            }
        }
    }

    fn wanted(&mut self, at: &str, terms: &Terms, right: GrantRight) -> Option<Wanted> {
        let person: Option<PersonId> = terms.person.parse().ok();
        if person.is_none() {
            let detail = "a person stands here by id, such as p-1042; files hold no names of people";
            self.note(format!("{at}/person"), detail);
        }
        let reason = self.why(&format!("{at}/reason"), &terms.reason);
        let ticket = terms.ticket.as_deref().map(|text| self.why(&format!("{at}/ticket"), text));
        let escort = if terms.escort { EscortNeed::Required } else { EscortNeed::No };
        let (person, reason) = (person?, reason?);
        let ticket = match ticket {
            Some(ticket) => Some(ticket?),
            None => None,
        };
        let (from, to) = (terms.from_at.as_ref().map(|at| at.0), terms.to_at.0);
        Some(Wanted { person, right, from, to, reason, ticket, escort })
    }

    /// Makes the grants of an object what they are to be.
    fn settle(&mut self, about: About<'_>, wanted: Vec<Wanted>) {
        let current = self.current;
        let rows = current.grants.get(&(about.kind, about.name)).map_or(&[][..], Vec::as_slice);
        let mut theirs: BTreeMap<PersonId, Vec<&Grant>> = BTreeMap::new();
        rows.iter().for_each(|row| theirs.entry(row.person).or_default().push(row));
        let from = self.planned.changes.len();
        let (mut more, mut moved, mut adopted) = (0, 0, 0);
        for one in wanted {
            // What is over already is as good as not written.
            if one.to <= self.now {
                continue;
            }
            let row = theirs.get_mut(&one.person).and_then(Vec::pop);
            let found = row.or_else(|| self.free_one(&one));
            match found.map(|row| (row, one.differs(row))) {
                None => {
                    self.make(about, one);
                    more += 1;
                }
                Some((row, Differs::No)) => {
                    let record = FileRecord::Grant(row.id);
                    self.taken.insert(record);
                    if self.takes_over(record) {
                        self.claim_known(about, record);
                        adopted += 1;
                    }
                }
                Some((row, Differs::InItsEnd)) => {
                    moved += 1;
                    let (grant, to, reason) = (row.id, one.to, self.reason.clone());
                    self.give(Command::ChangeGrantEnd { grant, to, reason });
                    self.claim(FileRecord::Grant(row.id), about.name);
                }
                Some((row, Differs::Otherwise)) => {
                    moved += 1;
                    self.revoke(row);
                    self.make(about, one);
                }
            }
        }
        let gone: Vec<&Grant> = theirs.into_values().flatten().collect();
        gone.iter().for_each(|row| self.revoke(row));
        self.tell(about, rows, from, [more, moved, gone.len(), adopted]);
    }

    fn tell(&mut self, about: About<'_>, rows: &[&Grant], from: usize, counts: [usize; 4]) {
        let [more, moved, gone, adopted] = counts;
        if more + moved + gone == 0 {
            if adopted > 0 {
                self.line("=", about, "files look after it from now on".to_owned(), from);
            } else {
                self.planned.unchanged += 1;
            }
            return;
        }
        // Of what is taken over beside what is made, an undo lets go before it ends the rest.
        if rows.is_empty() {
            self.was_absent(about);
        } else {
            let before = match about.kind {
                "Membership" => export::membership(self.current, about.name, rows),
                _ => rows.first().map(|row| export::grant(self.current, about.name, row)),
            };
            self.planned.former.objects.extend(before);
        }
        let what = match about.kind {
            "Membership" => format!("{more} more, {moved} changed, {gone} fewer"),
            _ => "a right of its own".to_owned(),
        };
        self.planned.deletes += u32::try_from(gone).unwrap_or(u32::MAX);
        self.line(mark(!rows.is_empty()), about, what, from);
    }

    fn make(&mut self, about: About<'_>, wanted: Wanted) {
        let Wanted { person, right, from, to, reason, ticket, escort } = wanted;
        let validity = Validity { from: from.unwrap_or(self.now), to };
        let wish = GrantWish { person, right, validity, reason, ticket, uses: Uses::Unlimited, escort };
        let change = self.give(Command::CreateGrant(wish));
        self.claim(FileRecord::Grant(GrantId::new(stand_in(change))), about.name);
    }

    fn revoke(&mut self, row: &Grant) {
        let reason = self.reason.clone();
        self.give(Command::RevokeGrant { grant: row.id, reason });
        self.planned.released.push(FileRecord::Grant(row.id));
    }

    pub(super) fn revoke_all(&mut self, about: About<'_>) {
        let current = self.current;
        let rows = current.grants.get(&(about.kind, about.name)).map_or(&[][..], Vec::as_slice);
        let before = match about.kind {
            "Membership" => export::membership(current, about.name, rows),
            _ => rows.first().map(|row| export::grant(current, about.name, row)),
        };
        self.planned.former.objects.extend(before);
        rows.iter().for_each(|row| self.revoke(row));
    }

    /// A grant that nobody's files look after and that is just what is wanted.
    fn free_one(&self, wanted: &Wanted) -> Option<&'a Grant> {
        let fits = |row: &&&Grant| {
            matches!(wanted.differs(row), Differs::No) && !self.taken.contains(&FileRecord::Grant(row.id))
        };
        self.free.get(&wanted.person)?.iter().find(fits).copied()
    }
}
