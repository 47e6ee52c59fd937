//! What an entry can be found by: its marks. They are ids and words of the entry, without names of persons; the place of a
//! device or point brings its door along, a door the areas around it, as the site has them now. Which value of an entry is
//! which mark stands where the value is told (`wire/event/parts.rs`); what is found of the sentence is `wording.rs`.

use rackward_core::Site;
use rackward_core::id::{AreaId, DeviceId, DoorId, PointId};
use rackward_core::site::Role;

use super::Field;
use super::wording::wording;

/// One value of a field that an entry has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// Of which field.
    pub field: Field,
    /// Which.
    pub value: Value,
}

/// A value of a field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// The number of an id.
    Id(u32),
    /// A word or text, in lower case.
    Word(String),
}

impl Mark {
    /// An id.
    pub const fn id(field: Field, number: u32) -> Self {
        Self { field, value: Value::Id(number) }
    }

    /// A word, in any case.
    pub fn word(field: Field, word: &str) -> Self {
        Self { field, value: Value::Word(word.to_lowercase()) }
    }
}

/// Everything an entry can be found by, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks(Vec<Mark>);

impl Marks {
    /// What an entry about this place or device can be found by, if about nothing else.
    pub fn of_place(field: Field, number: u32, site: &Site) -> Self {
        let mut marks = Self::default();
        marks.add(Mark::id(field, number), site);
        marks
    }

    /// Adds a mark, with what follows from it at `site`.
    pub(crate) fn add(&mut self, mark: Mark, site: &Site) {
        if self.0.contains(&mark) {
            return;
        }
        let (field, value) = (mark.field, mark.value.clone());
        self.0.push(mark);
        let Value::Id(number) = value else { return };
        match field {
            Field::Point => self.add_place(site.point(PointId::new(number)).map(|point| point.door), site),
            Field::Device => self.add_device(DeviceId::new(number), site),
            Field::Door => {
                let area = site.door(DoorId::new(number)).map(|door| door.area);
                area.into_iter().for_each(|area| self.add(Mark::id(Field::Area, area.get()), site));
            }
            Field::Area => {
                let around = site.area(AreaId::new(number)).and_then(|area| area.inside);
                around.into_iter().for_each(|area| self.add(Mark::id(Field::Area, area.get()), site));
            }
            Field::Type
            | Field::Person
            | Field::Credential
            | Field::Grant
            | Field::Alarm
            | Field::Kind
            | Field::Zone
            | Field::By
            | Field::Reason
            | Field::Ticket
            | Field::Note
            | Field::Wording => {}
        }
    }

    /// Adds what can be searched for of the entry's sentence, after everything else.
    pub(crate) fn add_sentence(&mut self, sentence: &str, site: &Site) {
        if let Some(wording) = wording(sentence, self, site) {
            self.0.push(Mark::word(Field::Wording, &wording));
        }
    }

    /// Whether one of these areas is among them.
    pub(super) fn are_in(&self, areas: &[u32]) -> bool {
        let of_area = |mark: &Mark| mark.field == Field::Area;
        self.0.iter().any(|mark| of_area(mark) && areas.iter().any(|area| mark.value == Value::Id(*area)))
    }

    fn add_device(&mut self, device: DeviceId, site: &Site) {
        match site.device(device).map(|device| &device.role) {
            Some(Role::Reader { point }) => self.add(Mark::id(Field::Point, point.get()), site),
            Some(Role::Lock { door } | Role::Handle { door, .. }) => self.add_place(Some(*door), site),
            Some(Role::Inputs { .. }) | None => {}
        }
    }

    fn add_place(&mut self, door: Option<DoorId>, site: &Site) {
        door.into_iter().for_each(|door| self.add(Mark::id(Field::Door, door.get()), site));
    }

    /// All of them.
    pub fn iter(&self) -> core::slice::Iter<'_, Mark> {
        self.0.iter()
    }
}
