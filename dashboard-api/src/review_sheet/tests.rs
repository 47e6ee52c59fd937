//! The sheet of a review, read back.

use rackward_core::id::Seq;

use super::*;
use crate::pdf::reading::pages;
use crate::wire::grant::Named;
use crate::wire::review::ReviewCounts;

const STATES: [&str; 5] = ["kept", "revoked", "shortened", "lapsed", "undecided"];

fn at(seconds: i64) -> At {
    At(Wall::from_seconds(1_784_901_802 + seconds))
}

/// A line as there are many: of three names, of doors or of a profile, with every decision.
fn line(number: u32) -> ProvenLine {
    let names = ["Zoë Łukaszewicz", "Δημήτρης Παπαδόπουλος", "Щербакова Юлия Александровна"];
    let place = number as usize;
    let state = STATES[place % STATES.len()];
    let is_member = number.is_multiple_of(3);
    let decided = (state != "undecided").then(|| ReviewDecision {
        by: if state == "lapsed" { "system".to_owned() } else { "opr-2".to_owned() },
        at: at(i64::from(number)),
        note: (state != "lapsed").then(|| format!("Seen with the owner, case {number}")),
        until_at: (state == "shortened").then(|| at(86_400)),
        sequence: u64::from(number) + 100,
        effect_sequence: (state == "revoked").then(|| u64::from(number) + 101),
    });
    let line = ReviewLine {
        line: number,
        state: state.to_owned(),
        person: Named {
            id: format!("p-{}", 1_000 + number),
            name: names.get(place % 4).map(|name| (*name).to_owned()),
        },
        grant: format!("g-{}", 5_000 + number),
        profile: is_member.then(|| "Power team A".to_owned()),
        doors: if is_member { Vec::new() } else { vec!["lon1/hall-a/r07/c03/front".to_owned(); 2] },
        door_count: 2,
        given_by: if number.is_multiple_of(2) { "files" } else { "operator" }.to_owned(),
        reason: Some("Swap of power supplies".to_owned()),
        ticket: number.is_multiple_of(2).then(|| format!("CHG-{number}")),
        from_at: Some(at(-86_400)),
        to_at: at(9 * 86_400),
        used_at: number.is_multiple_of(5).then(|| at(-3_600)),
        since_last: "end".to_owned(),
        last_review: Some("rv-1".to_owned()),
        reviewer: Some("opr-2".to_owned()),
        decided,
    };
    let by = (state != "lapsed" && state != "undecided").then(|| "p-9".to_owned());
    ProvenLine { line, reviewer_name: by.as_ref().map(|_| "M. Rossi".to_owned()), reviewer_person: by }
}

fn sheet(lines: u32) -> ReviewSheet {
    let lines: Vec<ProvenLine> = (1..=lines).map(line).collect();
    let count = |state: &str| u32::try_from(lines.iter().filter(|line| line.line.state == state).count()).unwrap();
    let counts = ReviewCounts {
        lines: u32::try_from(lines.len()).unwrap(),
        undecided: count("undecided"),
        kept: count("kept"),
        revoked: count("revoked"),
        shortened: count("shortened"),
        lapsed: count("lapsed"),
        over: 0,
    };
    let review = AccessReview {
        id: "rv-2".to_owned(),
        state: "closed".to_owned(),
        scope: vec!["lon1/hall-a".to_owned(), "lon1/hall-b".to_owned()],
        unused_days: Some(90),
        undecided: "revoke".to_owned(),
        reason: "Quarterly".to_owned(),
        opened_at: at(-20),
        opened_by: "opr-1".to_owned(),
        due_at: at(86_400),
        warned_at: None,
        closed_at: Some(at(0)),
        closed_by: Some("opr-1".to_owned()),
        closed_as: Some("finished".to_owned()),
        counts,
        sequence: 77,
    };
    ReviewSheet {
        site: "lon1".to_owned(),
        local: LocalTime::named("Europe/London").unwrap(),
        operator: "opr-3".to_owned(),
        made_at: at(60).0,
        head: ChainHead { seq: Seq::new(900), hash: [0xab; 32] },
        signed_by: Some("rackward/lon1+c74f20a3".to_owned()),
        records: "cd".repeat(32),
        review,
        lines,
    }
}

/// The texts of a page without what breaks lines, so that what was wrapped is found whole.
fn run_together(page: &[String]) -> String {
    page.concat().replace(' ', "")
}

#[test]
fn every_line_is_on_the_sheet_with_what_was_decided() {
    let sheet = sheet(200);
    let (file, count) = sheet.pdf().unwrap();
    let pages = pages(&file);
    assert_eq!(pages.len(), count);
    let all: Vec<String> = pages.iter().map(|page| run_together(page)).collect();
    for proven in &sheet.lines {
        let line = &proven.line;
        let on = all.iter().find(|page| page.contains(&line.person.id)).unwrap_or_else(|| panic!("{line:?}"));
        let named = line.person.name.as_deref().unwrap_or("(name erased)").replace(' ', "");
        let row = on
            .split_once(&format!("{}{named}{}", line.line, line.person.id))
            .unwrap_or_else(|| panic!("{line:?}\n{on}"))
            .1;
        // Cells are drawn one after the other; the row ends where the next one begins.
        let row = row.split(&format!("p-{}", 1_001 + line.line)).next().unwrap();
        assert!(row.contains(&line.grant), "{row}");
        let decision = match line.state.as_str() {
            "lapsed" => "revokedbypolicy:nobodydecided",
            "undecided" => "waitsforopr-2",
            state => state,
        };
        assert!(row.contains(decision), "{decision}: {row}");
        for text in [&line.ticket, &line.reason, &line.decided.as_ref().and_then(|decided| decided.note.clone())] {
            assert!(text.iter().all(|text| row.contains(&text.replace(' ', ""))), "{text:?}: {row}");
        }
        assert!(row.contains(if line.used_at.is_some() { "2026-07-2414:03:22+01:00" } else { "nouseknown" }), "{row}");
    }
}

#[test]
fn every_page_says_what_it_is_of_and_what_proves_it() {
    let sheet = sheet(60);
    let (file, _) = sheet.pdf().unwrap();
    let pages = pages(&file);
    assert!(pages.len() > 2, "{}", pages.len());
    for (place, page) in pages.iter().enumerate() {
        assert_eq!(page[0], format!("page {} of {}", place + 1, pages.len()));
        let page = run_together(page);
        for part in [
            "Site lon1: access review rv-2",
            "Every line of rv-2: rights at doors into lon1/hall-a, lon1/hall-b, and into areas within, of those not used for 90 days",
            "Printed 2026-07-24 15:04:22+01:00 by opr-3. Times are those of Europe/London",
            &format!("Journal of lon1 at entry 900, head of its chain {}", "ab".repeat(32)),
        ] {
            assert!(page.contains(&part.replace(' ', "")), "{part}: {page}");
        }
    }
    let first = run_together(&pages[0]);
    for part in [
        "Kept12",
        "Revoked12",
        "Shortened12",
        "Endedbypolicy12",
        "Lines60",
        "Quarterly",
        "afterawarning",
        "everylinewasdecided",
        "rackward/lon1+c74f20a3",
        &"cd".repeat(32),
    ] {
        assert!(first.contains(part), "{part}: {first}");
    }
    let last = run_together(pages.last().unwrap());
    assert!(last.contains("Signature") && last.contains("the60lines"), "{last}");
    let bytes = String::from_utf8_lossy(&file);
    assert!(bytes.contains("(D:20260724140422Z)"), "when it was made is said to whatever shows files");
}

#[test]
fn the_same_review_is_the_same_file() {
    assert_eq!(sheet(40).pdf(), sheet(40).pdf());
    let mut other = sheet(40);
    other.lines[7].line.person.name = Some("Zoë Lukaszewicz".to_owned());
    assert_ne!(sheet(40).pdf(), other.pdf());
}

#[test]
fn a_review_that_runs_is_no_result() {
    let mut sheet = sheet(1);
    sheet.review.state = "running".to_owned();
    (sheet.review.closed_at, sheet.review.closed_by, sheet.review.closed_as) = (None, None, None);
    let (file, _) = sheet.pdf().unwrap();
    let first = run_together(&pages(&file)[0]);
    assert!(first.contains("Thereviewstillruns") && first.contains("Undecidedsofar0"), "{first}");
}

#[test]
fn a_long_review_has_every_line_in_its_order() {
    let sheet = sheet(1_000);
    let (file, _) = sheet.pdf().unwrap();
    let mut lines = sheet.lines.iter().peekable();
    for page in pages(&file) {
        let page = run_together(&page);
        while lines.next_if(|line| page.contains(&line.line.grant)).is_some() {}
    }
    assert_eq!(lines.next(), None);
}
