//! Schedules and calendars through the API: made, changed, looked ahead, written as iCalendar and read back, refused.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who};

const ROOT: Who = Who::Socket(0);

fn check(answered: &Answered, status: u16) -> Value {
    assert_eq!(answered.status.as_u16(), status, "{}", answered.text());
    answered.json()
}

/// Puts iCalendar there, resting on `terms`: a name and a value, such as `if-match` and `*`.
async fn put_ical(desk: &Desk, path: &str, terms: [&str; 2], content_type: &str, text: impl Into<Body>) -> Answered {
    let request = Request::put(path).header("content-type", content_type).header(terms[0], terms[1]);
    desk.send(ROOT, request.body(text.into()).unwrap()).await
}

/// Something new is made.
const NEW: [&str; 2] = ["if-none-match", "*"];

/// Something that there is is replaced.
const KNOWN: [&str; 2] = ["if-match", "*"];

#[tokio::test]
async fn a_schedule_is_made_changed_and_removed() {
    let desk = Desk::open();
    let (schedules, calendars) = ("/api/v1/schedules", "/api/v1/calendars");
    check(&desk.post(&ROOT, calendars, json!({ "name": "Holidays", "days": ["2026-12-26", "2026-12-25"] })).await, 201);
    let special = json!([{ "calendar": "Holidays", "windows": ["09:00-12:00"] }]);
    let wanted = json!({
        "name": "Cleaners/night", "time_zone": "Europe/Berlin", "windows": ["Mon-Fri 22:00-06:00", "Sat 08:00-09:00"],
        "special": special,
    });
    let made = check(&desk.post(&ROOT, schedules, wanted.clone()).await, 201);
    let told = [&made["time_zone"], &made["windows"], &made["special"], &made["managed"]];
    let windows = json!(["Mon-Fri 22:00-06:00", "Sat 08:00-09:00"]);
    assert_eq!(told, [&json!("Europe/Berlin"), &windows, &special, &json!("operator")], "{made}");
    check(&desk.post(&ROOT, schedules, wanted).await, 409);

    let changed = json!({ "windows": ["Sun 00:00-24:00"] });
    let path = "/api/v1/schedules/Cleaners%2Fnight";
    let changed = check(&desk.put(&ROOT, path, changed).await, 200);
    let told = [&changed["windows"], &changed["time_zone"], &changed["special"], &changed["id"]];
    assert_eq!(told, [&json!(["Sun 00:00-24:00"]), &json!("Europe/Berlin"), &special, &made["id"]]);
    check(&desk.delete(&ROOT, "/api/v1/calendars/Holidays", json!({})).await, 409);
    check(&desk.delete(&ROOT, path, json!({})).await, 200);
    check(&desk.delete(&ROOT, path, json!({})).await, 404);
    check(&desk.delete(&ROOT, "/api/v1/calendars/Holidays", json!({})).await, 200);
    check(&desk.put(&ROOT, "/api/v1/calendars/Holidays", json!({ "days": [] })).await, 404);
}

#[tokio::test]
async fn everything_wrong_with_a_schedule_is_said_at_once() {
    let desk = Desk::open();
    let head = desk.site.head_now();
    let check = async |path: &str, body: Value, pointers: &[&str]| {
        let answered = desk.post(&ROOT, &format!("/api/v1/{path}"), body).await;
        assert_eq!(
            (answered.status.as_u16(), answered.pointers()),
            (422, pointers.iter().map(|p| (*p).to_owned()).collect()),
            "{}",
            answered.text()
        );
        assert_eq!(desk.site.head_now(), head, "something changed");
    };
    check("schedules", json!({ "name": "Never" }), &["/windows"]).await;
    let words = json!({
        "name": "X", "windows": ["Mon-Fri 08:00-18:00", "Montag 08:00-09:00", "Mon 25:00-26:00"],
        "special": [{ "calendar": "Holidays", "windows": ["22:00-06:00", "09:00-09:00"] }],
    });
    let expect = ["/windows/1", "/windows/2", "/special/0/windows/0", "/special/0/windows/1"];
    check("schedules", words, &expect).await;
    let meaning = json!({
        "name": "", "time_zone": "Mars/Olympus", "windows": ["Mon 08:00-09:00"],
        "special": [{ "calendar": "Holidays", "windows": [] }],
    });
    check("schedules", meaning, &["/special", "/name", "/time_zone"]).await;
    check(
        "calendars",
        json!({ "name": "C", "days": ["2026-12-25", "25.12.2026", "2026-02-30"] }),
        &["/days/1", "/days/2"],
    )
    .await;
    let file = desk.put(&ROOT, "/api/v1/schedules/Office%20hours", json!({ "windows": ["Mon 08:00-09:00"] })).await;
    assert_eq!(file.status.as_u16(), 409, "{}", file.text());
    assert!(file.json()["detail"].as_str().unwrap().contains("site file"), "{}", file.text());
}

#[tokio::test]
async fn looking_ahead_shows_the_offset_of_each_moment() {
    let desk = Desk::open();
    let path = "/api/v1/schedules/Office%20hours/preview?from_at=2026-10-23T12:00:00Z&to_at=2026-10-27T00:00:00Z";
    let preview = check(&desk.get(&ROOT, path).await, 200);
    assert_eq!((&preview["open"], &preview["time_zone"]), (&json!(true), &json!("Europe/London")));
    let shown: Vec<(&str, &str)> = preview["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["local"].as_str().unwrap(), item["change"].as_str().unwrap()))
        .collect();
    let expect = [
        ("2026-10-23T18:00:00+01:00", "closes"),
        ("2026-10-26T08:00:00+00:00", "opens"),
        ("2026-10-26T18:00:00+00:00", "closes"),
    ];
    assert_eq!(shown, expect);
    for (path, status) in [
        ("/api/v1/schedules/Nobody/preview", 404),
        ("/api/v1/schedules/Office%20hours/preview?from_at=noon", 400),
        ("/api/v1/schedules/Office%20hours/preview?from_at=2026-10-23T12:00:00Z&to_at=2026-10-23T12:00:00Z", 400),
    ] {
        assert_eq!(desk.get(&ROOT, path).await.status.as_u16(), status, "{path}");
    }
}

#[tokio::test]
async fn icalendar_goes_out_and_comes_back() {
    let desk = Desk::open();
    let text = desk.get(&ROOT, "/api/v1/schedules/Office%20hours/ical").await;
    assert_eq!(text.header("content-type"), "text/calendar; charset=utf-8");
    let made = put_ical(&desk, "/api/v1/schedules/Copy/ical", NEW, "text/calendar; charset=utf-8", text.text()).await;
    let made = check(&made, 201);
    assert_eq!((&made["name"], &made["windows"]), (&json!("Copy"), &json!(["Mon-Fri 08:00-18:00"])));
    let other = text.text().replace("BYDAY=MO,TU,WE,TH,FR", "BYDAY=MO");
    let blind = put_ical(&desk, "/api/v1/schedules/Copy/ical", NEW, "text/calendar", other.clone()).await;
    assert_eq!(check(&blind, 412)["code"], "RW-C012");
    let again = check(&put_ical(&desk, "/api/v1/schedules/Copy/ical", KNOWN, "text/calendar", other).await, 200);
    assert_eq!((&again["windows"], &again["id"]), (&json!(["Mon 08:00-18:00"]), &made["id"]));

    let days = json!({ "name": "Holidays", "days": ["2026-12-25", "2026-12-26", "2027-01-01"] });
    check(&desk.post(&ROOT, "/api/v1/calendars", days.clone()).await, 201);
    let text = desk.get(&ROOT, "/api/v1/calendars/Holidays/ical").await.text();
    let copied = check(&put_ical(&desk, "/api/v1/calendars/Copy/ical", NEW, "text/calendar", text).await, 201);
    assert_eq!(copied["days"], days["days"]);
    let list = check(&desk.get(&ROOT, "/api/v1/calendars").await, 200);
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn icalendar_that_cannot_be_taken_names_its_lines() {
    let desk = Desk::open();
    let path = "/api/v1/schedules/New/ical";
    let json = put_ical(&desk, path, NEW, "application/json", "{}").await;
    assert_eq!((json.status.as_u16(), &json.json()["code"]), (415, &json!("RW-H004")));
    let text = desk.get(&ROOT, "/api/v1/schedules/Office%20hours/ical").await.text();
    let counted = text.replace("FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=3");
    let counted = put_ical(&desk, path, NEW, "text/calendar", counted).await;
    assert_eq!((counted.status.as_u16(), counted.pointers().len()), (422, 1), "{}", counted.text());
    assert!(counted.pointers()[0].starts_with("line "), "{}", counted.text());
    let large = put_ical(&desk, path, NEW, "text/calendar", "x".repeat((1 << 20) + 1)).await;
    assert_eq!(large.status.as_u16(), 413);
    let bytes = put_ical(&desk, path, NEW, "text/calendar", vec![0xff, 0xfe]).await;
    assert_eq!(bytes.status.as_u16(), 400);
    assert_eq!(desk.get(&ROOT, "/api/v1/schedules/New/ical").await.status.as_u16(), 404);
    let file = put_ical(&desk, "/api/v1/schedules/Office%20hours/ical", KNOWN, "text/calendar", text).await;
    assert_eq!(file.status.as_u16(), 409, "{}", file.text());
}
