//! Every list of the API: pages that lose and double nothing, cursors that lead nowhere but where they were made for, filters
//! that find what they say and reveal nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use rackward_core::permission::OperatorRole;
use serde_json::{Value, json};

use crate::asking::{Desk, Who};

const ROOT: Who = Who::Socket(0);

async fn page(desk: &Desk, who: &Who, path: &str) -> Value {
    let answered = desk.get(who, &format!("/api/v1/{path}")).await;
    assert_eq!(answered.status.as_u16(), 200, "{path}: {}", answered.text());
    answered.json()
}

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

/// The path with one more parameter.
fn with(path: &str, parameter: &str) -> String {
    format!("{path}{}{parameter}", if path.contains('?') { '&' } else { '?' })
}

/// Ids on every page, page after page; `between` is done before each page but the first.
async fn walk(desk: &Desk, path: &str, mut between: impl AsyncFnMut(usize)) -> Vec<String> {
    let (mut all, mut cursor, mut pages) = (Vec::new(), None::<String>, 0);
    loop {
        let page = match &cursor {
            None => page(desk, &ROOT, path).await,
            Some(cursor) => page(desk, &ROOT, &with(path, &format!("cursor={cursor}"))).await,
        };
        all.extend(ids(&page));
        pages += 1;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return all,
        }
        between(pages).await;
    }
}

/// Makes one more of what a list has, with a name that sorts somewhere.
async fn make(desk: &Desk, list: &str, name: &str, number: usize) {
    let (path, body) = match list {
        "people" => ("people", json!({ "name": name })),
        "grants" => {
            let doors = [["main-entrance", "vehicle-gate"][number % 2]];
            let to_at = "2026-08-24T18:00:00Z";
            ("grants", json!({ "person": "p-1", "doors": doors, "to_at": to_at, "reason": name }))
        }
        "schedules" => ("schedules", json!({ "name": name, "windows": ["Mon 08:00-18:00"] })),
        "calendars" => ("calendars", json!({ "name": name, "days": ["2026-12-25"] })),
        "profiles" => {
            let policies = json!([{ "door": "main-entrance" }]);
            ("profiles", json!({ "name": name, "policies": policies, "reason": "Work" }))
        }
        _ => panic!("nothing is made for {list}"),
    };
    let answered = desk.post(&ROOT, &format!("/api/v1/{path}"), body).await;
    assert_eq!(answered.status.as_u16(), 201, "{list} {name}: {}", answered.text());
}

/// Lists in which something can be made, with every order that stays as it is.
const GROWING: [(&str, &[&str]); 5] = [
    ("people", &["id"]),
    ("grants", &["id"]),
    ("schedules", &["id", "-id", "name", "-name"]),
    ("calendars", &["id", "-id", "name", "-name"]),
    ("profiles", &["id", "-id", "name", "-name"]),
];

/// Makes some, walks through all while more are made, and compares.
async fn walk_while_growing(list: &str, sort: &str, limit: usize, count: usize, dice: &[u32]) {
    let desk = Desk::open();
    make(&desk, "people", "Ada Byrne", 0).await;
    let name = |number: usize| {
        let at = dice.get(number % dice.len()).unwrap();
        format!("{}{number}", ["ant", "Bee", "cat", "Dog", "eel"][*at as usize % 5])
    };
    for number in 0..count {
        make(&desk, list, &name(number), number).await;
    }
    let mut path = format!("{list}?limit={limit}");
    // Where there is one order, it has no name.
    if !["people", "grants"].contains(&list) {
        path = with(&path, &format!("sort={sort}"));
    }
    let older = ids(&page(&desk, &ROOT, &format!("{list}?limit=1000")).await);
    let seen = walk(&desk, &path, async |pages| {
        // Two more for each page of one would never end.
        for more in 0..if pages < 6 { 2 } else { 0 } {
            let number = count + 2 * pages + more;
            make(&desk, list, &name(number), number).await;
        }
    })
    .await;
    for id in &older {
        let times = seen.iter().filter(|seen| *seen == id).count();
        assert_eq!(times, 1, "{id} of {older:?} by {path}: {seen:?}");
    }
    let distinct: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len(), "nothing comes twice: {seen:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn what_was_there_before_comes_once_however_a_list_grows(
        (list, sort) in proptest::sample::select(&GROWING[..])
            .prop_flat_map(|(list, sorts)| (Just(list), proptest::sample::select(sorts))),
        limit in 1_usize..8,
        count in 1_usize..20,
        dice in proptest::collection::vec(any::<u32>(), 1..30),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(walk_while_growing(list, sort, limit, count, &dice));
    }
}

#[tokio::test]
async fn an_item_that_goes_takes_no_other_with_it() {
    let desk = Desk::open();
    for number in 0..6 {
        make(&desk, "calendars", &format!("Day {number}"), number).await;
    }
    let all = walk(&desk, "calendars?limit=2", async |_| ()).await;
    assert_eq!(all.len(), 6);
    // The very item behind which the next page begins is removed.
    let seen = walk(&desk, "calendars?limit=2", async |pages| {
        let gone = desk.delete(&ROOT, &format!("/api/v1/calendars/Day%20{}", 2 * pages - 1), json!({})).await;
        assert!(gone.status.is_success(), "{}", gone.text());
    })
    .await;
    assert_eq!(seen, all, "each was there when its page was read");
}

#[tokio::test]
async fn orders_are_what_they_say() {
    let desk = Desk::open();
    for (number, name) in ["pear", "Apple", "fig", "Banana"].into_iter().enumerate() {
        make(&desk, "calendars", name, number).await;
    }
    let names = async |sort: &str| {
        let page = page(&desk, &ROOT, &format!("calendars?sort={sort}")).await;
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("id").await, ["pear", "Apple", "fig", "Banana"]);
    assert_eq!(names("-id").await, ["Banana", "fig", "Apple", "pear"]);
    assert_eq!(names("name").await, ["Apple", "Banana", "fig", "pear"]);
    assert_eq!(names("-name").await, ["pear", "fig", "Banana", "Apple"]);
    let devices = ids(&page(&desk, &ROOT, "devices?sort=-id&limit=3").await);
    assert_eq!(devices, ["dev-37", "dev-36", "dev-35"], "by number, not by letter");
}

/// Every list that the document tells of, with what its path needs.
fn lists(document: &Value) -> Vec<String> {
    let has_cursor = |operation: &Value| {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        parameters.filter(|parameter| parameter["in"] == "query").any(|parameter| parameter["name"] == "cursor")
    };
    let mut found = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        let Some(get) = operations.get("get") else { continue };
        let answer = &get["responses"]["200"]["content"]["application/json"]["schema"]["properties"];
        assert_eq!(answer["next_cursor"].is_object(), has_cursor(get), "{path} is a list by halves");
        if has_cursor(get) {
            let path = path.trim_start_matches("/api/v1/");
            let path = path.replace("people/{id}", "people/p-1").replace("{name}", "desk");
            let path = path.replace("doors/{id}", "doors/main-entrance").replace("points/{id}", "points/pt-1");
            let path = path.replace("reviews/{id}", "reviews/rv-1");
            found.push(if path == "areas/occupancy" { path + "?area=lon1/lobby" } else { path });
        }
    }
    found
}

#[tokio::test]
async fn every_list_takes_the_same_parameters_and_refuses_the_same_mistakes() {
    let desk = Desk::open();
    make(&desk, "people", "Ada Byrne", 0).await;
    make(&desk, "grants", "Shift work", 0).await;
    let review = json!({ "scope": ["lobby"], "due_at": "PT24H", "reason": "x" });
    assert_eq!(desk.post(&ROOT, "/api/v1/reviews", review).await.status.as_u16(), 201);
    let document = page(&desk, &ROOT, "openapi.json").await;
    let all = lists(&document);
    assert!(all.len() >= 24, "{all:?}");
    for path in all {
        let asked = with(&path, "limit=1&filter=nothing-is-called-so");
        let none = page(&desk, &ROOT, &asked).await;
        assert_eq!((&none["items"], &none["next_cursor"]), (&json!([]), &Value::Null), "{path}");
        let check = async |parameter: &str, pointer: &str, said: &str| {
            let answered = desk.get(&ROOT, &format!("/api/v1/{}", with(&path, parameter))).await;
            assert_eq!(answered.status.as_u16(), 400, "{path} {parameter}: {}", answered.text());
            let problem = answered.json();
            let error = &problem["errors"][0];
            assert_eq!(error["pointer"], pointer, "{path} {parameter}: {problem}");
            assert!(error["detail"].as_str().unwrap().contains(said), "{path} {parameter}: {problem}");
        };
        check("filter=colour:red", "?filter", "column 1: no field is called \"colour\"; there is ").await;
        check("fields=colour", "?fields", "no member is called \"colour\"; there is ").await;
        check("limit=1001", "?limit", "1 to 1000").await;
        check("limit=0", "?limit", "1 to 1000").await;
        check("cursor=AAAA", "?cursor", "leave it out").await;
        // The journal can be read after an entry: that is a bound, and no place in a list.
        if path != "events" {
            check("after=1", "?after", "no parameter is called so").await;
        }
    }
}

#[tokio::test]
async fn a_page_tells_how_many_there_are_and_where_the_next_one_is() {
    let desk = Desk::open();
    for number in 0..5 {
        make(&desk, "people", &format!("Person {number}"), number).await;
    }
    let answered = desk.get(&ROOT, "/api/v1/people?limit=2&fields=id,name").await;
    let (link, first) = (answered.header("link").to_owned(), answered.json());
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(link, format!("</api/v1/people?limit=2&fields=id,name&cursor={cursor}>; rel=\"next\""));
    assert_eq!(first["items"], json!([{ "id": "p-1", "name": "Person 0" }, { "id": "p-2", "name": "Person 1" }]));
    assert_eq!(first["total_estimate"], 5);
    let next = link.split(['<', '>']).nth(1).unwrap();
    let second = desk.get(&ROOT, next).await;
    assert_eq!(ids(&second.json()), ["p-3", "p-4"]);
    assert_eq!(page(&desk, &ROOT, "people?filter=name:3").await["total_estimate"], 1);
    assert_eq!(page(&desk, &ROOT, "doors?limit=3&filter=kind:rack_door").await["total_estimate"], 24);
    assert_eq!(desk.get(&ROOT, "/api/v1/people?limit=9").await.header("link"), "");
}

#[tokio::test]
async fn cursors_lead_nowhere_but_where_they_were_made_for() {
    let desk = Desk::open();
    let at = |cursor: &Value| cursor.as_str().unwrap().to_owned();
    let made = "doors?limit=2&filter=kind:rack_door&sort=path";
    let cursor = at(&page(&desk, &ROOT, made).await["next_cursor"]);
    let check = async |who: &Who, path: &str, said: Option<&str>| {
        let answered = desk.get(who, &format!("/api/v1/{path}")).await;
        let Some(said) = said else {
            assert_eq!(answered.status.as_u16(), 200, "{path}: {}", answered.text());
            return;
        };
        assert_eq!(answered.status.as_u16(), 400, "{path}: {}", answered.text());
        assert_eq!(answered.pointers(), ["?cursor"], "{path}");
        assert_eq!(answered.json()["code"], "RW-H005", "{path}");
        assert!(answered.text().contains(said), "{path}: {}", answered.text());
    };
    let foreign = Some("not one of this list with these parameters");
    let with_cursor = |path: &str| with(path, &format!("cursor={cursor}"));
    check(&ROOT, &with_cursor(made), None).await;
    check(&ROOT, &with_cursor("doors?limit=7&fields=id&filter=kind:rack_door&sort=path"), None).await;
    check(&ROOT, &with_cursor("points?limit=2&filter=kind:rack_door&sort=path"), foreign).await;
    check(&ROOT, &with_cursor("points?limit=2&sort=path"), foreign).await;
    check(&ROOT, &with_cursor("doors?filter=kind:rack_door&sort=-path"), foreign).await;
    check(&ROOT, &with_cursor("doors?filter=kind:rack_door"), foreign).await;
    check(&ROOT, &with_cursor("doors?filter=kind:gate&sort=path"), foreign).await;
    check(&ROOT, &with_cursor("doors?sort=path"), foreign).await;
    let mary = desk.sign_in_for("st-marys", "admin").await;
    check(&mary, &with_cursor(made), foreign).await;
    for wrong in ["", "A", "p-1", &cursor[1..], &format!("{cursor}AAAA"), &"A".repeat(3_000), "%E2%80%AE"] {
        check(&ROOT, &with(made, &format!("cursor={wrong}")), foreign).await;
    }
    desk.site.pass(Duration::from_secs(23 * 3_600));
    check(&ROOT, &with_cursor(made), None).await;
    desk.site.pass(Duration::from_secs(2 * 3_600));
    check(&ROOT, &with_cursor(made), Some("older than a day")).await;
}

/// A site with something of everything.
async fn furnished() -> Desk {
    let desk = Desk::open();
    desk.site.all_quiet();
    for (name, organisation) in
        [("Ada Byrne", "lon1"), ("Bo Rossi", "st-marys"), ("Cy Rossi", "lon1"), ("Di Khan", "lon1")]
    {
        desk.post(&ROOT, "/api/v1/people", json!({ "name": name, "organisation": organisation })).await;
    }
    desk.post(&ROOT, "/api/v1/people/p-4/disable", json!({ "reason": "Left early" })).await;
    let grant = |person: &str, door: &str, ticket: Option<&str>, reason: &str| {
        let to_at = "2026-08-24T18:00:00Z";
        json!({ "person": person, "doors": [door], "to_at": to_at, "reason": reason, "ticket": ticket })
    };
    for body in [
        grant("p-1", "main-entrance", None, "Swap PSU"),
        grant("p-3", "vehicle-gate", Some("CHG-7"), "Deliver racks"),
        grant("p-1", "data-hall", Some("CHG-8"), "Swap disks"),
    ] {
        let made = desk.post(&ROOT, "/api/v1/grants", body).await;
        assert_eq!(made.status.as_u16(), 201, "{}", made.text());
    }
    desk.post(&ROOT, "/api/v1/grants/g-1/revoke", json!({ "reason": "Done" })).await;
    desk
}

#[tokio::test]
async fn filters_find_what_they_say() {
    let desk = furnished().await;
    let check = async |list: &str, filter: &str, meant: &dyn Fn(&Value) -> bool| {
        let whole = page(&desk, &ROOT, list).await;
        let all = whole["items"].as_array().unwrap();
        let expect: Vec<&Value> = all.iter().filter(|item| meant(item)).collect();
        assert!(!expect.is_empty() && expect.len() < all.len(), "{list} {filter} tells nothing apart");
        let filter = filter.replace('%', "%25").replace(' ', "%20").replace('"', "%22").replace('+', "%2B");
        let found = page(&desk, &ROOT, &with(list, &format!("filter={filter}"))).await;
        assert_eq!(found["items"].as_array().unwrap().iter().collect::<Vec<_>>(), expect, "{list} {filter}");
        assert_eq!(found["total_estimate"], expect.len(), "{list} {filter}");
    };
    let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
    check("doors", "kind:rack_door", &|door| door["kind"] == "rack_door").await;
    check("doors", "-kind:rack_door", &|door| door["kind"] != "rack_door").await;
    check("doors", "kind:gate,rack_door", &|door| door["kind"] == "gate" || door["kind"] == "rack_door").await;
    check("doors", "KIND:RACK_*", &|door| door["kind"] == "rack_door").await;
    check("doors", "path:front", &|door| text(door, "path").ends_with("/front")).await;
    check("doors", "path:r02/*", &|door| text(door, "path").contains("/r02/")).await;
    check("doors", "front -area:r02/*", &|door| {
        text(door, "path").ends_with("/front") && !text(door, "area").contains("r02/")
    })
    .await;
    check("doors", "area:hall-a", &|door| text(door, "area").starts_with("lon1/hall-a")).await;
    check("doors", "area:hall-a/r02/c01", &|door| text(door, "area").ends_with("r02/c01")).await;
    check("doors", "mantrap", &|door| text(door, "path").contains("mantrap")).await;
    check("doors", "handle:*", &|door| door["handle"].is_string()).await;
    check("doors", "-handle:*", &|door| door["handle"].is_null()).await;
    check("points", "level:card+pin", &|point| point["level"] == "card+pin").await;
    check("areas", "ticket_required:yes", &|area| area["ticket_required"] == true).await;
    check("areas", "ticket_required:False", &|area| area["ticket_required"] == false).await;
    check("areas", "inside:hall-a", &|area| text(area, "inside").ends_with("hall-a")).await;
    check("areas", "owner:mary", &|area| area["owner"] == "st-marys").await;
    check("devices", "role:reader", &|device| device["role"] == "reader").await;
    check("devices", "name:mantrap role:lock", &|device| {
        text(device, "name").contains("mantrap") && device["role"] == "lock"
    })
    .await;
    check("devices", "bus:*", &|device| device["line"]["bus"].is_string()).await;
    check("devices", "place:fence-north", &|device| device["name"] == "fence-inputs").await;
    check("people", "name:rossi", &|person| text(person, "name").contains("Rossi")).await;
    check("people", "-name:rossi", &|person| !text(person, "name").contains("Rossi")).await;
    check("people", "rossi organisation:mary", &|person| person["id"] == "p-2").await;
    check("people", "name:\"bo r\",khan", &|person| ["p-2", "p-4"].contains(&text(person, "id").as_str())).await;
    check("people", "status:suspended", &|person| person["id"] == "p-4").await;
    check("people", "id:p-2,p-3", &|person| ["p-2", "p-3"].contains(&text(person, "id").as_str())).await;
    check("grants", "person:byrne", &|grant| grant["person"] == "p-1").await;
    check("grants", "person:p-3", &|grant| grant["person"] == "p-3").await;
    check("grants", "ticket:chg-*", &|grant| grant["ticket"].is_string()).await;
    check("grants", "-ticket:*", &|grant| grant["ticket"].is_null()).await;
    check("grants", "swap standing:active", &|grant| grant["id"] == "g-3").await;
    check("grants", "state:revoked", &|grant| grant["id"] == "g-1").await;
    check("grants", "door:data-hall", &|grant| grant["id"] == "g-3").await;
    check("permissions", "role:auditor", &|row| row["roles"].as_array().unwrap().contains(&json!("auditor"))).await;
    check("webhooks", "-state:open", &|webhook| webhook["state"] != "open").await;
    check("buses", "state:down", &|bus| bus["state"] == "down").await;
}

#[tokio::test]
async fn a_time_in_a_filter_is_that_of_the_first_page() {
    let desk = Desk::open();
    let signed_in = async || {
        desk.sign_in(OperatorRole::Auditor).await;
    };
    for _ in 0..4 {
        signed_in().await;
        desk.site.pass(Duration::from_secs(60));
    }
    let filter = "sessions?limit=1&filter=to:-90s";
    let first = page(&desk, &ROOT, filter).await;
    assert_eq!(first["total_estimate"], 3, "{first}");
    desk.site.pass(Duration::from_secs(300));
    let seen = walk(&desk, filter, async |_| ()).await;
    assert_eq!(seen.len(), 4);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = page(&desk, &ROOT, &with(filter, &format!("cursor={cursor}"))).await;
    assert_eq!(second["total_estimate"], 3, "{second}");
}

#[tokio::test]
async fn what_cannot_be_read_is_said_with_its_column() {
    let desk = Desk::open();
    let check = async |path: &str, said: &[&str]| {
        let answered = desk.get(&ROOT, &format!("/api/v1/{path}")).await;
        assert_eq!(answered.status.as_u16(), 400, "{path}: {}", answered.text());
        for said in said {
            assert!(answered.json()["detail"].as_str().unwrap().contains(said), "{path}: {}", answered.text());
        }
    };
    check(
        "doors?filter=x%20colour:red%20shape:round",
        &["column 3: no field", "column 14: no field", "id, path, kind"],
    )
    .await;
    check("doors?filter=from:-24h", &["no field is called \"from\""]).await;
    check("areas?filter=class:big", &["class is a number, not \"big\""]).await;
    check("areas?filter=locked_down:perhaps", &["locked_down is true or false"]).await;
    check("alarms?filter=from:soon%20during:noon", &["is no time; write", "is no time of the day"]).await;
    check("doors?sort=colour", &["?sort must be one of id, -id, path, -path"]).await;
    check("people?sort=id", &["?sort no parameter is called so"]).await;
    check("doors?filter=%22x", &["never closed"]).await;
}

/// A filter looks at what is shown: what somebody may not read, they cannot ask for either.
#[tokio::test]
async fn a_filter_reveals_nothing_that_is_not_shown() {
    let desk = Desk::open();
    desk.site.all_quiet();
    let facts = crate::site_in_memory::open(None, rackward_core::facts::Lock::Locked);
    desk.site.report("plant-room-lock", rackward_core::DeviceReport::Facts(facts));
    desk.site.pass(Duration::from_secs(2));
    let alarm = ids(&page(&desk, &ROOT, "alarms").await)[0].clone();
    let seen = desk
        .post(&ROOT, &format!("/api/v1/alarms/{alarm}/acknowledge"), json!({ "note": "Sent Bo to look at it" }))
        .await;
    assert_eq!(seen.status.as_u16(), 200, "{}", seen.text());
    let screen = Who::Session(desk.sign_in(OperatorRole::WallScreen).await);
    let found = async |who: &Who, filter: &str| ids(&page(&desk, who, &format!("alarms?filter={filter}")).await).len();
    assert_eq!((found(&ROOT, "acked_by:uid:0").await, found(&screen, "acked_by:uid:0").await), (1, 0));
    assert_eq!((found(&ROOT, "%22uid:0%22").await, found(&screen, "%22uid:0%22").await), (1, 0));
    assert_eq!((found(&ROOT, "forced").await, found(&screen, "forced").await), (1, 1));

    for (name, organisation) in [("Khan Mary", "st-marys"), ("Khan Royal", "the-royal")] {
        desk.post(&ROOT, "/api/v1/people", json!({ "name": name, "organisation": organisation })).await;
    }
    let mary = desk.sign_in_for("st-marys", "admin").await;
    desk.asks_for_names(&mary).await;
    for filter in ["name:khan", "khan", "id:p-1,p-2", "-status:left"] {
        let page = page(&desk, &mary, &format!("people?filter={filter}")).await;
        assert_eq!((ids(&page), &page["total_estimate"]), (vec!["p-1".to_owned()], &json!(1)), "{filter}");
    }
    let royal = page(&desk, &mary, "people?filter=name:royal").await;
    assert_eq!((&royal["items"], &royal["total_estimate"]), (&json!([]), &json!(0)));
    // A name that nobody has and one that others have are the same.
    let unknown = page(&desk, &mary, "grants?filter=person:nobody").await;
    assert_eq!(unknown, page(&desk, &mary, "grants?filter=person:royal").await);
}
