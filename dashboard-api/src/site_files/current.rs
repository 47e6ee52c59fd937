//! What there is, by the names under which files say it.

use std::collections::{BTreeMap, BTreeSet};

use rackward_core::Site;
use rackward_core::engine::query::Governed;
use rackward_core::id::{CalendarId, ProfileId, ScheduleId};
use rackward_core::people::{Agreement, Grant, GrantRight, ManagedBy, Profile};
use rackward_core::site::schedule::{Calendar, Schedule};
use rackward_core::site_files::FileRecord;

/// See the file's head.
pub(crate) struct Current<'a> {
    pub(crate) site: &'a Site,
    pub(crate) governed: &'a Governed,
    pub(super) calendars: BTreeMap<&'a str, &'a (Calendar, ManagedBy)>,
    pub(super) schedules: BTreeMap<&'a str, &'a (Schedule, ManagedBy)>,
    pub(super) profiles: BTreeMap<&'a str, &'a Profile>,
    calendar_names: BTreeMap<CalendarId, &'a str>,
    schedule_names: BTreeMap<ScheduleId, &'a str>,
    profile_names: BTreeMap<ProfileId, &'a str>,
    /// Grants and agreements that files look after, by kind and name.
    pub(super) grants: BTreeMap<(&'static str, &'a str), Vec<&'a Grant>>,
    pub(super) agreements: BTreeMap<&'a str, &'a Agreement>,
    /// Claims of what is gone.
    pub(super) gone: Vec<FileRecord>,
}

/// The kind of object that a grant is said by.
pub(super) const fn kind_of(right: &GrantRight) -> &'static str {
    match right {
        GrantRight::Member(_) => "Membership",
        GrantRight::Doors { .. } => "Grant",
    }
}

impl<'a> Current<'a> {
    /// What `governed` says, by name.
    pub(crate) fn of(site: &'a Site, governed: &'a Governed) -> Self {
        let mut current = Self {
            site,
            governed,
            calendars: governed.calendars.iter().map(|row| (row.0.name.as_str(), row)).collect(),
            schedules: governed.schedules.iter().map(|row| (row.0.name.as_str(), row)).collect(),
            profiles: governed.profiles.iter().map(|row| (row.name.as_str(), row)).collect(),
            calendar_names: governed.calendars.iter().map(|(row, _)| (row.id, row.name.as_str())).collect(),
            schedule_names: governed.schedules.iter().map(|(row, _)| (row.id, row.name.as_str())).collect(),
            profile_names: governed.profiles.iter().map(|row| (row.id, row.name.as_str())).collect(),
            grants: BTreeMap::new(),
            agreements: BTreeMap::new(),
            gone: Vec::new(),
        };
        current.sort_claims();
        current
    }

    fn sort_claims(&mut self) {
        let governed = self.governed;
        let grants: BTreeMap<_, &Grant> = governed.grants.iter().map(|row| (row.id, row)).collect();
        let agreements: BTreeMap<_, &Agreement> = governed.agreements.iter().map(|row| (row.id, row)).collect();
        for (record, (name, _)) in &governed.files.claims {
            let is_there = match record {
                FileRecord::Grant(id) => match grants.get(id) {
                    Some(grant) => {
                        self.grants.entry((kind_of(&grant.right), name)).or_default().push(grant);
                        true
                    }
                    None => false,
                },
                FileRecord::Agreement(id) => match agreements.get(id) {
                    Some(row) => {
                        self.agreements.insert(name, row);
                        true
                    }
                    None => false,
                },
                FileRecord::Schedule(id) => self.schedule_names.contains_key(id),
                FileRecord::Calendar(id) => self.calendar_names.contains_key(id),
                FileRecord::Profile(id) => self.profile_names.contains_key(id),
            };
            if !is_there {
                self.gone.push(*record);
            }
        }
    }

    /// Whether files look after a record.
    pub(crate) fn is_claimed(&self, record: FileRecord) -> bool {
        self.governed.files.claims.contains_key(&record)
    }

    /// Whether the record of a claim is gone.
    pub(crate) fn is_gone(&self, record: FileRecord) -> bool {
        self.gone.contains(&record)
    }

    pub(super) fn calendar_name(&self, id: CalendarId) -> String {
        self.calendar_names.get(&id).map_or_else(|| id.to_string(), |name| (*name).to_owned())
    }

    pub(super) fn schedule_name(&self, id: ScheduleId) -> String {
        self.schedule_names.get(&id).map_or_else(|| id.to_string(), |name| (*name).to_owned())
    }

    pub(super) fn profile_name(&self, id: ProfileId) -> String {
        self.profile_names.get(&id).map_or_else(|| id.to_string(), |name| (*name).to_owned())
    }

    /// Grants and agreements that nobody's files look after.
    pub(super) fn unclaimed_grants(&self) -> impl Iterator<Item = &'a Grant> + use<'a, '_> {
        self.governed.grants.iter().filter(|row| !self.is_claimed(FileRecord::Grant(row.id)))
    }

    pub(super) fn unclaimed_agreements(&self) -> impl Iterator<Item = &'a Agreement> + use<'a, '_> {
        self.governed.agreements.iter().filter(|row| !self.is_claimed(FileRecord::Agreement(row.id)))
    }

    /// Every kind and name that files look after.
    pub(super) fn claimed_names(&self) -> BTreeSet<(&'static str, String)> {
        let mut names = BTreeSet::new();
        let rows = self.governed;
        names.extend(
            rows.calendars
                .iter()
                .filter(|(row, _)| self.is_claimed(FileRecord::Calendar(row.id)))
                .map(|(row, _)| ("Calendar", row.name.clone())),
        );
        names.extend(
            rows.schedules
                .iter()
                .filter(|(row, _)| self.is_claimed(FileRecord::Schedule(row.id)))
                .map(|(row, _)| ("Schedule", row.name.clone())),
        );
        let profiles = rows.profiles.iter().filter(|row| self.is_claimed(FileRecord::Profile(row.id)));
        names.extend(profiles.map(|row| ("AccessProfile", row.name.clone())));
        names.extend(self.agreements.keys().map(|name| ("Agreement", (*name).to_owned())));
        names.extend(self.grants.keys().map(|(kind, name)| (*kind, (*name).to_owned())));
        names
    }
}
