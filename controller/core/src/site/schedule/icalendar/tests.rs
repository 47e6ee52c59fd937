//! Texts as others write them, and every way out of the subset with its line.

use super::*;
use crate::id::{CalendarId, ScheduleId};
use crate::site::schedule::{Calendar, Day, Schedule};

fn wrap(events: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//EN\n{events}\nEND:VCALENDAR\n")
}

fn event(lines: &[&str]) -> String {
    wrap(&format!("BEGIN:VEVENT\n{}\nEND:VEVENT", lines.join("\n")))
}

const WEEKDAYS: [Day; 5] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri];

#[test]
fn weekly_texts_read() {
    let check = |text: &str, days: &[Day], from: u16, to: u16, zone: Option<&str>| {
        let expect = (Weekly::on_days(days, from, to).unwrap(), zone.map(str::to_owned));
        assert_eq!(from_ical(text), Ok(expect), "{text}");
    };
    let onvif = "BEGIN:VCALENDAR\r\nPRODID:-//ONVIF//EN\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nSUMMARY:Working\r\n  days\r\n\
        DTSTART:19700101T090000\r\nDTEND:19700101T180000\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,T\r\n U,WE,TH,FR\r\n\
        UID:a1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    check(onvif, &WEEKDAYS, 540, 1080, None);
    let (start, end) = ("DTSTART;TZID=europe/london:20260105T220000", "DTEND;TZID=\"Europe/London\":20260106T060000");
    check(&event(&[start, end, "RRULE:FREQ=DAILY"]), &Day::ALL, 1320, 360, Some("Europe/London"));
    check(&event(&[start, end, "rrule:freq=weekly"]), &[Day::Mon], 1320, 360, Some("Europe/London"));
    check(
        &event(&[start, end, "RRULE:FREQ=WEEKLY;INTERVAL=1;WKST=SU;BYDAY=SU"]),
        &[Day::Sun],
        1320,
        360,
        Some("Europe/London"),
    );
    check(&event(&["DTSTART;VALUE=DATE:20260103", "RRULE:BYDAY=SA,SU;FREQ=DAILY"]), &[Day::Sat, Day::Sun], 0, 0, None);
    let zone =
        "BEGIN:VTIMEZONE\nTZID:Europe/London\nBEGIN:STANDARD\nDTSTART:19701025T020000\nEND:STANDARD\nEND:VTIMEZONE\n";
    let with_zone = format!("{zone}BEGIN:VEVENT\n{start}\n{end}\nX-NOTE;A=\"b:c\":d\nRRULE:FREQ=DAILY\nEND:VEVENT");
    check(&wrap(&with_zone), &Day::ALL, 1320, 360, Some("Europe/London"));
    let byte_order_mark =
        format!("\u{feff}{}", event(&["DTSTART:20260105T000000", "DTEND:20260106T000000", "RRULE:FREQ=DAILY"]));
    check(&byte_order_mark, &Day::ALL, 0, 0, None);
}

/// Each part of the message in the order of lines, with the line.
fn told<T: core::fmt::Debug>(read: Result<T, Vec<IcalProblem>>, expect: &[(usize, &str)]) {
    let problems = read.unwrap_err();
    assert_eq!(problems.len(), expect.len(), "{problems:#?}");
    for (problem, (line, part)) in problems.iter().zip(expect) {
        assert!(problem.line == *line && problem.message.contains(part), "expected {line} {part}: {problems:#?}");
    }
}

#[test]
fn what_is_outside_the_subset_is_named_with_its_line() {
    let (start, end, daily) = ("DTSTART:20260105T080000", "DTEND:20260105T180000", "RRULE:FREQ=DAILY");
    let check = |lines: &[&str], expect: (usize, &str)| told(from_ical(&event(lines)), &[expect]);
    check(&[start, end, "RRULE:FREQ=WEEKLY;INTERVAL=2"], (7, "INTERVAL=2: a schedule is the same every week"));
    check(&[start, end, "RRULE:FREQ=DAILY;COUNT=10"], (7, "COUNT=10: a schedule has no end"));
    check(&[start, end, "RRULE:FREQ=DAILY;UNTIL=20270101T000000Z"], (7, "UNTIL"));
    check(&[start, end, "RRULE:FREQ=MONTHLY"], (7, "FREQ=MONTHLY: a schedule repeats daily or weekly"));
    check(&[start, end, "RRULE:BYDAY=MO"], (7, "no FREQ"));
    check(&[start, end, "RRULE:FREQ=WEEKLY;BYDAY=1MO"], (7, "\"1MO\" is not a list"));
    check(&[start, end, "RRULE:FREQ=WEEKLY;BYDAY="], (7, "is not a list"));
    check(&[start, end, "RRULE:FREQ=DAILY;FREQ=WEEKLY"], (7, "FREQ twice"));
    check(&[start, end, "RRULE:FREQ=DAILY;BYHOUR=9"], (7, "BYHOUR=9"));
    check(&[start, end, daily, "RRULE:FREQ=WEEKLY"], (8, "second RRULE"));
    check(&[start, end, daily, "EXDATE:20260106T080000"], (8, "EXDATE is not part"));
    check(&[start, end, daily, "RDATE:20260106T080000"], (8, "RDATE"));
    check(&[start, end, daily, "RECURRENCE-ID:20260106T080000"], (8, "RECURRENCE-ID"));
    check(&[start, end, daily, "STATUS:CANCELLED"], (8, "STATUS"));
    check(&[start, "DURATION:PT8H", daily], (6, "DURATION"));
    check(&[start, end, daily, "BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM"], (8, "VALARM is not part"));
    check(&[start, end, daily, "no colon"], (8, "not a line of iCalendar"));
    check(&[start, end, daily, "A;B=\"c:d"], (8, "not a line of iCalendar"));
    check(&[start, end], (5, "happens once"));
    check(&[start, daily], (5, "no DTEND"));
    check(&[end, daily], (4, "no DTSTART"));
    check(&[start, start, end, daily], (6, "second DTSTART"));
    check(&[start, "DTEND:20260105T080000", daily], (5, "does not end after"));
    check(&[start, "DTEND:20260105T070000", daily], (5, "does not end after"));
    check(&[start, "DTEND:20260112T080100", daily], (5, "longer than a week"));
    check(&["DTSTART:20260105T080000Z", end, daily], (5, "in UTC would move"));
    check(&["DTSTART:20260105T080030", end, daily], (5, "not a local time"));
    check(&["DTSTART:20260105T240000", end, daily], (5, "not a local time"));
    check(&["DTSTART:20260230T080000", end, daily], (5, "not a local time"));
    check(&["DTSTART;VALUE=DATE:20260105T080000", end, daily], (5, "not a date"));
    check(&["DTSTART;VALUE=PERIOD:20260105T080000", end, daily], (5, "VALUE=PERIOD"));
    check(
        &["DTSTART;TZID=Romance Standard Time:20260105T080000", end, daily],
        (5, "\"Romance Standard Time\" is not in"),
    );
    check(&["DTSTART;TZID=UTC;VALUE=DATE:20260105", end, daily], (5, "a date has no zone"));
    check(&["DTSTART;TZID=UTC:20260105T080000", end, daily], (6, "not written alike"));
    check(&["DTSTART;VALUE=DATE:20260105", end, daily], (6, "not written alike"));
}

#[test]
fn what_is_around_the_events_is_checked_too() {
    let good = "BEGIN:VEVENT\nDTSTART:20260105T080000\nDTEND:20260105T180000\nRRULE:FREQ=DAILY\nEND:VEVENT";
    let zoned = good.replace("DTSTART", "DTSTART;TZID=UTC").replace("DTEND", "DTEND;TZID=UTC");
    assert!(from_ical(&wrap(good)).is_ok());
    told(from_ical(&wrap(&format!("{good}\n{zoned}"))), &[(9, "not all of one zone")]);
    told(from_ical(&wrap(&format!("BEGIN:VTODO\nSUMMARY:x\nEND:VTODO\n{good}"))), &[(4, "VTODO is not part")]);
    told(from_ical(&wrap("")), &[(5, "has no event")]);
    told(from_ical(""), &[(1, "ends before")]);
    told(from_ical("hello"), &[(1, "not a line"), (1, "ends before")]);
    told(from_ical("BEGIN:VEVENT\nEND:VEVENT"), &[(1, "does not begin with")]);
    told(from_ical("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR"), &[(3, "END names")]);
    told(from_ical("BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nEND:VCALENDAR"), &[(3, "END names")]);
    told(from_ical(&wrap(good).repeat(2)), &[(10, "more after END:VCALENDAR")]);
    told(from_ical(wrap(good).trim_end_matches("END:VCALENDAR\n")), &[(8, "ends before END:VCALENDAR")]);
    told(from_ical(&wrap(good).replace("2.0", "1.0")), &[(2, "VERSION:1.0")]);
    told(from_ical(&wrap(good).replace("PRODID", "METHOD")), &[(3, "METHOD")]);
    let long = wrap(&format!("X-PAD:{}", "x".repeat(ICAL_BYTES)));
    told(from_ical(&long), &[(1, "bytes")]);
    let many = wrap(&"BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260105\nEND:VEVENT\n".repeat(ICAL_EVENTS + 1));
    told(calendar_from_ical(&many), &[(30_004, "more than 10000 events")]);
}

#[test]
fn all_problems_are_told_at_once_and_their_number_is_bounded() {
    let text = event(&["DTSTART:nonsense", "DTEND:20260105T180000Z", "RRULE:FREQ=MONTHLY;COUNT=3", "EXDATE:20260101"]);
    told(from_ical(&text), &[(5, "nonsense"), (6, "UTC"), (7, "MONTHLY"), (7, "COUNT"), (8, "EXDATE")]);
    let problems = from_ical(&wrap(&"garbage\n".repeat(5_000))).unwrap_err();
    assert_eq!(problems.len(), TOLD_PROBLEMS + 1);
    assert_eq!(problems[TOLD_PROBLEMS].message, "there are more problems than these");
    let first = &problems[0];
    assert_eq!(first.to_string(), format!("line 4: {}; {}", first.message, first.help));
}

#[test]
fn special_days_read() {
    let check = |text: &str, expect: &[&str]| {
        let dates: Vec<String> = calendar_from_ical(text).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(dates, expect);
    };
    check(&wrap(""), &[]);
    check(&event(&["DTSTART;VALUE=DATE:20261225"]), &["2026-12-25"]);
    check(&event(&["DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261227"]), &["2026-12-25", "2026-12-26"]);
    check(&event(&["DTSTART:20141031T000000", "DTEND:20141101T000000", "SUMMARY:Halloween"]), &["2014-10-31"]);
    let two = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261226\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20261225\n\
        DTEND;VALUE=DATE:20261228\nEND:VEVENT";
    check(&wrap(two), &["2026-12-25", "2026-12-26", "2026-12-27"]);
    let refuse = |lines: &[&str], expect: (usize, &str)| told(calendar_from_ical(&event(lines)), &[expect]);
    refuse(&["DTSTART;VALUE=DATE:20261225", "RRULE:FREQ=DAILY"], (6, "does not repeat"));
    refuse(&["DTSTART:20261225T080000", "DTEND:20261226T000000"], (5, "a whole date"));
    refuse(&["DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261225"], (5, "does not end after"));
    refuse(&["DTSTART;VALUE=DATE:19991231"], (5, "outside the years"));
    refuse(&["DTSTART;VALUE=DATE:21001231", "DTEND;VALUE=DATE:21010102"], (5, "outside the years"));
    refuse(&["DTSTART;TZID=UTC:20261225T000000", "DTEND;TZID=UTC:20261226T000000"], (5, "names one"));
    refuse(&["DTSTART;VALUE=DATE:20000101", "DTEND;VALUE=DATE:21000101"], (8, "more than the 3660 dates"));
}

#[test]
fn what_is_written_is_this_and_reads_back() {
    let weekly = Weekly::from_stretches([(540, 1080), (1980, 2520), (8_640 + 1320, 10_080 + 360)]).unwrap();
    let schedule = Schedule::new(ScheduleId::new(4), "Day, night", "Europe/London", Some(weekly.clone()), []).unwrap();
    let expect = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Rackward//Schedules//EN\r\n\
        BEGIN:VEVENT\r\nUID:sch-4-1@rackward\r\nDTSTAMP:20010101T000000Z\r\nSUMMARY:Day\\, night\r\n\
        DTSTART;TZID=Europe/London:20010101T090000\r\nDTEND;TZID=Europe/London:20010101T180000\r\n\
        RRULE:FREQ=WEEKLY;BYDAY=MO,TU\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:sch-4-2@rackward\r\nDTSTAMP:20010101T000000Z\r\nSUMMARY:Day\\, night\r\n\
        DTSTART;TZID=Europe/London:20010107T220000\r\nDTEND;TZID=Europe/London:20010108T060000\r\n\
        RRULE:FREQ=WEEKLY;BYDAY=SU\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let text = to_ical(&schedule);
    assert_eq!(text, expect);
    assert_eq!(from_ical(&text), Ok((weekly, Some("Europe/London".into()))));
    let dates = ["2026-12-25", "2026-12-26", "2100-12-31"].map(|text| text.parse::<Date>().unwrap());
    let calendar = Calendar::new(CalendarId::new(2), "é".repeat(64), dates).unwrap();
    let text = calendar_to_ical(&calendar);
    assert!(text.contains("DTSTART;VALUE=DATE:20261225\r\nDTEND;VALUE=DATE:20261227\r\n"), "{text}");
    assert!(text.contains("DTEND;VALUE=DATE:21010101\r\n"), "{text}");
    assert!(text.split("\r\n").all(|row| row.len() <= 75), "{text}");
    assert_eq!(calendar_from_ical(&text), Ok(dates.to_vec()));
}

#[test]
fn nothing_of_a_schedule_breaks_its_text() {
    let (name, zone) = ("a\r\nEND:VCALENDAR\r\n\u{7}".to_owned(), "UTC\r\nX:\"y;".to_owned());
    let schedule = Schedule { id: ScheduleId::new(1), name, zone, weekly: Some(Weekly::always()), special: [].into() };
    let text = to_ical(&schedule);
    assert_eq!(text.split("\r\n").filter(|row| row.starts_with("END:VCALENDAR")).count(), 1, "{text}");
    assert!(text.contains("DTSTART;TZID=\"UTCX:y;\":20010101T000000\r\n"), "{text}");
    assert!(text.contains("BYDAY=MO,TU,WE,TH,FR,SA,SU\r\n"), "{text}");
}
