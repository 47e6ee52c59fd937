//! What stands on the sheet of an access review: what it was about, how it ended, every line with its decision, and room to sign.
//! It says the same as the records beside it, in words. How paper is filled is `pdf.rs`'s.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use jiff::tz::Offset;
use rackward_core::Wall;
use rackward_core::site::local_time::LocalTime;

use crate::archive::ChainHead;
use crate::pdf::{Column, Running, Sheet, Undrawn};
use crate::wire::at::At;
use crate::wire::export::VERSION;
use crate::wire::review::{AccessReview, ProvenLine, ReviewDecision, ReviewLine};

/// Sizes of text, in points.
const TITLE: f32 = 16.0;
const HEADING: f32 = 11.0;
const TEXT: f32 = 9.0;

/// What a line has, in the order in which an auditor asks.
const COLUMNS: [Column; 11] = [
    Column { head: "Line", width: 27.0 },
    Column { head: "Person", width: 88.0 },
    Column { head: "Right", width: 118.0 },
    Column { head: "Source", width: 86.0 },
    Column { head: "Ticket", width: 54.0 },
    Column { head: "Last used", width: 60.0 },
    Column { head: "Since the last review", width: 60.0 },
    Column { head: "Decision", width: 66.0 },
    Column { head: "By", width: 64.0 },
    Column { head: "When", width: 62.0 },
    Column { head: "Note", width: 88.0 },
];

/// As many doors as a line names at most.
const NAMED_MAX_DOORS: usize = 20;

/// A review as it goes onto paper.
#[derive(Debug, Clone)]
pub(crate) struct ReviewSheet {
    pub(crate) site: String,
    /// The clock whose times are printed.
    pub(crate) local: LocalTime,
    /// Who asked for it.
    pub(crate) operator: String,
    pub(crate) made_at: Wall,
    /// Where the journal stood.
    pub(crate) head: ChainHead,
    /// The key that signs, by its name and id.
    pub(crate) signed_by: Option<String>,
    /// SHA-256 of the records that say the same, in hexadecimal digits.
    pub(crate) records: String,
    pub(crate) review: AccessReview,
    pub(crate) lines: Vec<ProvenLine>,
}

impl ReviewSheet {
    /// The sheet, and how many pages it has. It takes a moment where there are thousands of lines: not for the runtime's threads.
    pub(crate) fn pdf(&self) -> Result<(Vec<u8>, usize), Undrawn> {
        let mut sheet = Sheet::begin(self.running())?;
        self.front(&mut sheet);
        self.counts(&mut sheet);
        // The first page can be laid on top by itself.
        sheet.turn();
        sheet.table(&COLUMNS, self.lines.iter().map(|line| self.row(line)));
        self.end(&mut sheet);
        sheet.finish()
    }

    fn running(&self) -> Running {
        let head = HEXLOWER.encode(&self.head.hash);
        Running {
            title: format!("Site {}: access review {}", self.site, self.review.id),
            filter: format!("Every line of {}: {}", self.review.id, self.scope()),
            printed: format!(
                "Printed {} by {}. Times are those of {}, with what they are ahead of UTC.",
                self.moment(At(self.made_at)),
                self.operator,
                self.local.name()
            ),
            foot: format!("Journal of {} at entry {}, head of its chain {head}", self.site, self.head.seq.get()),
            made_at: self.made_at,
        }
    }

    /// What the review is about, in words.
    fn scope(&self) -> String {
        let unused = self.review.unused_days.map(|days| format!(", of those not used for {days} days"));
        let areas = self.review.scope.join(", ");
        format!("rights at doors into {areas}, and into areas within{}", unused.unwrap_or_default())
    }

    fn front(&self, sheet: &mut Sheet) {
        let review = &self.review;
        sheet.heading(&format!("Access review {}", review.id), TITLE);
        sheet.gap(4.0);
        if review.state == "running" {
            sheet.heading("The review still runs: this is how it stood when it was printed.", HEADING);
            sheet.gap(4.0);
        }
        let mut entry = |label: &str, text: &str| sheet.entry(label, text, TEXT);
        entry("Site", &self.site);
        entry("Reason", &review.reason);
        entry("Scope", &self.scope());
        entry("Policy", policy(&review.undecided));
        entry(
            "Opened",
            &format!("{} by {}, entry {}", self.moment(review.opened_at), review.opened_by, review.sequence),
        );
        entry("Due", &self.moment(review.due_at));
        if let Some(warned_at) = review.warned_at {
            entry("Warned", &format!("{}: lines were undecided", self.moment(warned_at)));
        }
        if let Some(closed_at) = review.closed_at {
            let by = review.closed_by.as_deref().unwrap_or_default();
            let how = closed(review.closed_as.as_deref().unwrap_or_default());
            entry("Closed", &format!("{} by {by}; {how}", self.moment(closed_at)));
        }
        entry("Records", &format!("review.ndjson beside this sheet says the same; its SHA-256 is {}", self.records));
        let signed = match &self.signed_by {
            Some(key) => format!(
                "manifest.json names this sheet and the records by SHA-256, and {key} signs it in manifest.note"
            ),
            None => "the site could not sign it".to_owned(),
        };
        entry("Proof", &signed);
        entry("Made by", &format!("rackward {VERSION}"));
    }

    fn counts(&self, sheet: &mut Sheet) {
        let counts = &self.review.counts;
        sheet.gap(8.0);
        sheet.heading("Counts", HEADING);
        let undecided = match (self.review.state.as_str(), counts.undecided) {
            ("running", _) => "Undecided so far",
            _ => "Undecided, so they stayed",
        };
        for (label, count) in [
            ("Lines", counts.lines),
            ("Kept", counts.kept),
            ("Revoked", counts.revoked),
            ("Shortened", counts.shortened),
            ("Ended by policy", counts.lapsed),
            ("Over before a decision", counts.over),
            (undecided, counts.undecided),
        ] {
            sheet.entry(label, &count.to_string(), TEXT);
        }
    }

    fn row(&self, proven: &ProvenLine) -> Vec<Vec<String>> {
        let line = &proven.line;
        let decided = line.decided.as_ref();
        vec![
            vec![line.line.to_string()],
            vec![line.person.name.clone().unwrap_or_else(|| "(name erased)".to_owned()), line.person.id.clone()],
            self.right(line),
            source(line),
            vec![line.ticket.clone().unwrap_or_else(|| "none".to_owned())],
            vec![line.used_at.map_or_else(|| "no use known".to_owned(), |at| self.moment(at))],
            vec![since(line)],
            self.decision(line),
            by(proven),
            decided.map(|decided| self.when(decided)).unwrap_or_default(),
            decided.and_then(|decided| decided.note.clone()).into_iter().collect(),
        ]
    }

    fn right(&self, line: &ReviewLine) -> Vec<String> {
        let mut cell = match &line.profile {
            Some(profile) => vec![format!("member of {profile}")],
            None if line.doors.is_empty() => vec!["no longer on record".to_owned()],
            None => line.doors.clone(),
        };
        if line.doors.len() >= NAMED_MAX_DOORS {
            cell.push(format!("the first {NAMED_MAX_DOORS} of its doors"));
        }
        cell.push(match line.door_count {
            1 => "1 door of the scope".to_owned(),
            count => format!("{count} doors of the scope"),
        });
        cell.push(line.grant.clone());
        cell.extend(line.from_at.map(|from| format!("from {}", self.moment(from))));
        cell.push(format!("to {}", self.moment(line.to_at)));
        cell
    }

    fn decision(&self, line: &ReviewLine) -> Vec<String> {
        let until = line.decided.as_ref().and_then(|decided| decided.until_at);
        let words = match line.state.as_str() {
            "lapsed" => "revoked by policy: nobody decided",
            "over" => "over before a decision",
            word => word,
        };
        let until = until.map(|until| format!("to {}", self.moment(until)));
        core::iter::once(words.to_owned()).chain(until).collect()
    }

    fn when(&self, decided: &ReviewDecision) -> Vec<String> {
        let entries = match decided.effect_sequence {
            Some(effect) if effect != decided.sequence => format!("entries {}, {effect}", decided.sequence),
            _ => format!("entry {}", decided.sequence),
        };
        vec![self.moment(decided.at), entries]
    }

    fn end(&self, sheet: &mut Sheet) {
        sheet.room(150.0);
        sheet.gap(12.0);
        sheet.heading("Signatures", HEADING);
        let lines = self.lines.len();
        let text = format!("I have looked through the {lines} lines of access review {} above.", self.review.id);
        sheet.paragraph(&text, TEXT);
        for _ in 0..2 {
            sheet.blanks(&["Name", "Function", "Date", "Signature"]);
        }
    }

    /// A moment by the site's clock, to the second.
    fn moment(&self, at: At) -> String {
        let instant = Timestamp::from_second(at.0.as_seconds()).unwrap_or(Timestamp::MAX);
        let seconds = self.local.offset_seconds(at.0);
        let offset = Offset::from_seconds(seconds).unwrap_or(Offset::UTC);
        let sign = if seconds < 0 { '-' } else { '+' };
        let minutes = seconds.unsigned_abs() / 60;
        let local = offset.to_datetime(instant);
        format!("{} {}{sign}{:02}:{:02}", local.date(), local.time(), minutes / 60, minutes % 60)
    }
}

fn policy(undecided: &str) -> &'static str {
    match undecided {
        "keep" => "what nobody decides by the end stays",
        _ => "what nobody decides by the end is revoked by the system, after a warning",
    }
}

fn closed(how: &str) -> &'static str {
    match how {
        "finished" => "every line was decided",
        "due" => "its time was over",
        "abandoned" => "it was given up, and what was undecided stayed",
        _ => "",
    }
}

fn source(line: &ReviewLine) -> Vec<String> {
    let given_by = match line.given_by.as_str() {
        "files" => "site files",
        _ => "an operator",
    };
    core::iter::once(given_by.to_owned()).chain(line.reason.clone()).collect()
}

fn since(line: &ReviewLine) -> String {
    let last = line.last_review.as_deref().unwrap_or("the last one");
    match line.since_last.as_str() {
        "new" => "new".to_owned(),
        "same" => format!("as in {last}"),
        "end" => format!("ends otherwise than in {last}"),
        "doors" => format!("its profile was changed since {last}"),
        _ => format!("ends otherwise than in {last}, and its profile was changed"),
    }
}

fn by(proven: &ProvenLine) -> Vec<String> {
    let Some(decided) = &proven.line.decided else {
        return proven.line.reviewer.iter().map(|reviewer| format!("waits for {reviewer}")).collect();
    };
    let person = match (&proven.reviewer_name, &proven.reviewer_person) {
        (Some(name), Some(id)) => Some(format!("{name}, {id}")),
        (None, Some(id)) => Some(id.clone()),
        (_, None) if decided.by == "system" => None,
        (_, None) => Some("no person on record".to_owned()),
    };
    core::iter::once(decided.by.clone()).chain(person).collect()
}

#[cfg(test)]
mod tests;
