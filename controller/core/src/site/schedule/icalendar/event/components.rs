//! The components of a text, from BEGIN:VCALENDAR to its end: what stands where, and what is passed over.

use super::super::content::{self, ContentLine, excerpt};
use super::super::{ICAL_BYTES, ICAL_EVENTS, Problems};
use super::{EventDraft, EventZone, Read, WrittenZone};

/// Where in the text the reader is.
#[derive(Debug)]
enum Place {
    /// Before BEGIN:VCALENDAR.
    Before,
    /// In the calendar, in no event.
    Calendar,
    /// In an event.
    Event(EventDraft),
    /// After END:VCALENDAR.
    After,
}

/// Whether there is sense in reading on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    On,
    Stop,
}

struct Reader<'a> {
    place: Place,
    /// Components being passed over, the innermost last.
    passed_over: Vec<String>,
    read: Read,
    problems: &'a mut Problems,
}

/// Reads every event of a text.
pub(in super::super) fn read(text: &str, problems: &mut Problems) -> Read {
    let read = Read { events: Vec::new(), zone: EventZone::Unsaid, last_line: 1 };
    if text.len() > ICAL_BYTES {
        let message = format!("the text has {} bytes, more than {ICAL_BYTES}", text.len());
        problems.add(1, message, "leave out what is not an event of this schedule");
        return read;
    }
    let mut reader = Reader { place: Place::Before, passed_over: Vec::new(), read, problems };
    for (number, line) in content::unfold(text) {
        reader.read.last_line = number;
        let Some(line) = content::parse(number, &line, reader.problems) else {
            reader.note_damage();
            continue;
        };
        if reader.step(&line) == Step::Stop {
            return reader.read;
        }
    }
    if !matches!(reader.place, Place::After) {
        let message = "the text ends before END:VCALENDAR, so part of it may be missing";
        reader.problems.add(reader.read.last_line, message, "give the whole text");
    }
    reader.read
}

impl Reader<'_> {
    fn step(&mut self, line: &ContentLine) -> Step {
        if !self.passed_over.is_empty() {
            return self.pass_over(line);
        }
        let value = line.value.trim().to_ascii_uppercase();
        match (core::mem::replace(&mut self.place, Place::Before), line.name.as_str(), value.as_str()) {
            (Place::Before, "BEGIN", "VCALENDAR") => self.place = Place::Calendar,
            (Place::Before, ..) => return self.stop(line, "the text does not begin with BEGIN:VCALENDAR"),
            (Place::Calendar, "END", "VCALENDAR") => self.place = Place::After,
            (Place::Calendar, "BEGIN", "VEVENT") => return self.begin_event(line),
            (Place::Calendar, "BEGIN", _) => {
                self.place = Place::Calendar;
                self.begin_other(line, &value);
            }
            (Place::Event(draft), "END", "VEVENT") => self.end_event(draft),
            (Place::Event(draft), "BEGIN", _) => {
                self.place = Place::Event(draft);
                self.begin_other(line, &value);
            }
            (_, "END", _) => return self.stop(line, "END names what was not begun here"),
            (Place::Calendar, name, value) => {
                self.place = Place::Calendar;
                self.calendar_property(line.line, name, value);
            }
            (Place::Event(mut draft), ..) => {
                draft.take(line, self.problems);
                self.place = Place::Event(draft);
            }
            (Place::After, ..) => return self.stop(line, "there is more after END:VCALENDAR"),
        }
        Step::On
    }

    /// What follows cannot be understood, so more problems would only hide this one.
    fn stop(&mut self, line: &ContentLine, message: &str) -> Step {
        self.problems.add(line.line, message, "give one whole VCALENDAR, with END for every BEGIN");
        Step::Stop
    }

    fn begin_event(&mut self, line: &ContentLine) -> Step {
        if self.read.events.len() >= ICAL_EVENTS {
            let message = format!("the text has more than {ICAL_EVENTS} events");
            self.problems.add(line.line, message, "join windows that are alike with BYDAY, and dates with DTEND");
            return Step::Stop;
        }
        self.place = Place::Event(EventDraft::new(line.line));
        Step::On
    }

    fn end_event(&mut self, draft: EventDraft) {
        self.place = Place::Calendar;
        let line = draft.line;
        let Some((event, zone)) = draft.finish(self.problems) else { return };
        let zone = match zone {
            WrittenZone::Date => None,
            WrittenZone::Floating => Some(EventZone::Floating),
            WrittenZone::Named(name) => Some(EventZone::Named(name)),
        };
        match (zone, &self.read.zone) {
            (None, _) => {}
            (Some(zone), EventZone::Unsaid) => self.read.zone = zone,
            (Some(zone), known) if zone == *known => {}
            (Some(_), _) => {
                let message = "the times of the text are not all of one zone, and a schedule has one";
                self.problems.add(line, message, "make a schedule for each zone");
            }
        }
        self.read.events.push(event);
    }

    /// Zone rules are passed over for those of the built-in database; every other component is told.
    fn begin_other(&mut self, line: &ContentLine, component: &str) {
        if component != "VTIMEZONE" || matches!(self.place, Place::Event(_)) {
            let message = format!("{} is not part of the subset", excerpt(component));
            self.problems.add(line.line, message, "leave only VEVENT in the calendar, and nothing in VEVENT");
            self.note_damage();
        }
        self.passed_over.push(component.to_owned());
    }

    fn pass_over(&mut self, line: &ContentLine) -> Step {
        let value = line.value.trim().to_ascii_uppercase();
        match line.name.as_str() {
            "BEGIN" => self.passed_over.push(value),
            "END" if self.passed_over.last() == Some(&value) => drop(self.passed_over.pop()),
            "END" => return self.stop(line, "END names what was not begun here"),
            _ => {}
        }
        Step::On
    }

    fn calendar_property(&mut self, line: usize, name: &str, value: &str) {
        let fits = match name {
            "VERSION" => value == "2.0",
            "CALSCALE" => value == "GREGORIAN",
            "METHOD" => value == "PUBLISH",
            "PRODID" | "NAME" | "DESCRIPTION" | "LAST-MODIFIED" | "UID" | "URL" | "COLOR" | "REFRESH-INTERVAL" => true,
            other => other.starts_with("X-"),
        };
        if !fits {
            let message = format!("{}:{} is not part of the subset", excerpt(name), excerpt(value));
            self.problems.add(line, message, "use VERSION:2.0 and CALSCALE:GREGORIAN, or remove the line");
        }
    }

    /// An event of which a line was not understood is left out; the line has been told.
    fn note_damage(&mut self) {
        if let Place::Event(draft) = &mut self.place {
            draft.damage = super::Damage::Told;
        }
    }
}
