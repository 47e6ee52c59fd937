//! Site files over the API: planned, applied, undone, written down.

use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who};

const ROOT: Who = Who::Socket(0);
const TO: &str = "2026-07-25T17:00:00Z";

async fn with_people() -> Desk {
    let desk = Desk::open();
    desk.site.all_quiet();
    for name in ["Ada Byrne", "Bruno Costa"] {
        desk.post(&ROOT, "/api/v1/people", json!({ "name": name })).await;
    }
    desk
}

fn object(kind: &str, name: &str, spec: Value) -> Value {
    json!({ "api_version": "rackward/v1", "kind": kind, "metadata": { "name": name }, "spec": spec })
}

fn member(person: &str) -> Value {
    json!({ "person": person, "to_at": TO, "reason": "crew" })
}

/// A schedule, a profile by a pattern, and two who hold it.
fn crew(points: &str, members: &[&str]) -> Vec<Value> {
    let members: Vec<Value> = members.iter().map(|person| member(person)).collect();
    vec![
        object("Membership", "crew", json!({ "profile": "crew", "members": members })),
        object("AccessProfile", "crew", json!({ "points": [points], "schedule": "days" })),
        object("Schedule", "days", json!({ "windows": ["Mon-Sun 06:00-20:00"] })),
    ]
}

async fn post(desk: &Desk, path: &str, body: Value, expect: u16) -> Value {
    let answered: Answered = desk.post(&ROOT, &format!("/api/v1/site-files/{path}"), body).await;
    assert_eq!(answered.status.as_u16(), expect, "{path}: {}", answered.text());
    answered.json()
}

async fn get(desk: &Desk, path: &str) -> Value {
    let answered = desk.get(&ROOT, &format!("/api/v1/site-files{path}")).await;
    assert_eq!(answered.status.as_u16(), 200, "{path}: {}", answered.text());
    answered.json()
}

async fn plan(desk: &Desk, objects: &[Value]) -> Value {
    post(desk, "plan", json!({ "objects": objects, "prune": true }), 200).await
}

async fn apply(desk: &Desk, objects: &[Value], expect: u16) -> Value {
    let base = get(desk, "").await["generation"].clone();
    let body = json!({ "objects": objects, "prune": true, "base_generation": base, "reason": "as agreed" });
    post(desk, "apply", body, expect).await
}

fn marks(plan: &Value) -> Vec<String> {
    let items = plan["items"].as_array().unwrap();
    items.iter().map(|item| format!("{}{}", item["mark"].as_str().unwrap(), item["name"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn files_are_planned_applied_and_as_they_say() {
    let desk = with_people().await;
    let before = desk.site.records_text();
    let planned = plan(&desk, &crew("**/main-entrance", &["p-1", "p-2"])).await;
    assert_eq!(marks(&planned), ["+days", "+crew", "+crew"], "{planned}");
    assert_eq!(planned["widening"]["person_doors"], 2, "{planned}");
    assert_eq!(planned["items"][2]["widens"], 2, "{planned}");
    assert!(planned["risks"][0].as_str().unwrap().contains("2 people gain 1 door"), "{planned}");
    assert!(before == desk.site.records_text(), "a plan changes nothing");
    apply(&desk, &crew("**/main-entrance", &["p-1", "p-2"]), 200).await;
    let again = plan(&desk, &crew("**/main-entrance", &["p-1", "p-2"])).await;
    assert_eq!((marks(&again), &again["unchanged"]), (vec![], &json!(3)), "{again}");
    let explained = desk.get(&ROOT, "/api/v1/explain?person=p-1&point=main-entrance/in").await;
    assert!(explained.status.is_success(), "{}", explained.text());
}

#[tokio::test]
async fn an_export_plans_to_nothing() {
    let desk = with_people().await;
    let grant = json!({ "person": "p-1", "doors": ["main-entrance"], "days": "Mon-Fri", "between": "22:00-06:00",
        "to_at": TO, "reason": "nights", "escort": true, "ticket": "CHG-1" });
    assert!(desk.post(&ROOT, "/api/v1/grants", grant).await.status.is_success());
    apply(&desk, &crew("**/main-entrance", &["p-1"]), 200).await;
    let exported = get(&desk, "").await;
    let objects = exported["items"].as_array().unwrap().clone();
    assert!(objects.len() >= 4, "{exported}");
    let planned = plan(&desk, &objects).await;
    assert_eq!(marks(&planned), Vec::<String>::new(), "{planned}");
    let adopted = post(&desk, "plan", json!({ "objects": objects, "adopt": true }), 200).await;
    assert!(marks(&adopted).iter().all(|mark| mark.starts_with('=')) && !marks(&adopted).is_empty(), "{adopted}");
}

#[tokio::test]
async fn apply_then_undo_is_as_before() {
    let desk = with_people().await;
    apply(&desk, &crew("**/main-entrance", &["p-1", "p-2"]), 200).await;
    let before = get(&desk, "").await["items"].clone();
    let other = [
        object("Schedule", "days", json!({ "windows": ["Mon 06:00-20:00"] })),
        object("AccessProfile", "crew", json!({ "points": ["main-entrance", "plant-room"] })),
        object("Membership", "crew", json!({ "profile": "crew", "members": [member("p-2")] })),
        object("Calendar", "bank days", json!({ "days": ["2026-12-25"] })),
    ];
    let refused = apply(&desk, &other, 422).await;
    assert!(refused["errors"][0]["pointer"].as_str().unwrap().starts_with("#/objects/"), "{refused}");
    let other =
        [&other[..1], &other[2..], &[object("AccessProfile", "crew", json!({ "points": ["main-entrance"] }))]].concat();
    let applied = apply(&desk, &other, 200).await;
    assert_eq!(applied["counts"], json!({ "create": 1, "change": 3, "delete": 0, "adopt": 0 }), "{applied}");
    assert!(get(&desk, "").await["items"] != before);
    let undone = post(&desk, "undo", json!({ "reason": "too early" }), 200).await;
    assert_eq!(undone["counts"]["delete"], 1, "{undone}");
    assert_eq!(get(&desk, "").await["items"], before, "{undone}");
    post(&desk, "undo", json!({ "reason": "once more" }), 409).await;
}

#[tokio::test]
async fn a_stale_plan_does_nothing() {
    let desk = with_people().await;
    let planned = plan(&desk, &crew("**/main-entrance", &["p-1"])).await;
    let body = |objects: Vec<Value>| {
        json!({ "objects": objects, "base_generation": planned["base_generation"], "digest": planned["digest"],
            "policy_version": planned["policy_version"], "prune": true, "reason": "x" })
    };
    post(&desk, "apply", body(crew("**/main-entrance", &["p-2"])), 412).await;
    let mut other = body(crew("**/main-entrance", &["p-1"]));
    other["policy_version"] = json!(99);
    post(&desk, "apply", other, 412).await;
    apply(&desk, &[object("Schedule", "more", json!({ "windows": ["Mon 06:00-07:00"] }))], 200).await;
    let before = desk.site.records_text();
    post(&desk, "apply", body(crew("**/main-entrance", &["p-1"])), 412).await;
    assert!(before == desk.site.records_text());
}

#[tokio::test]
async fn more_goes_only_when_it_is_confirmed() {
    let desk = with_people().await;
    let schedules: Vec<Value> =
        (0..7).map(|n| object("Schedule", &format!("s{n}"), json!({ "windows": ["Mon 06:00-07:00"] }))).collect();
    apply(&desk, &schedules, 200).await;
    let planned = plan(&desk, &[]).await;
    assert_eq!((&planned["counts"]["delete"], marks(&planned).len()), (&json!(7), 7), "{planned}");
    let refused = apply(&desk, &[], 409).await;
    assert!(refused["detail"].as_str().unwrap().contains("7 rights or objects"), "{refused}");
    let base = get(&desk, "").await["generation"].clone();
    let site = planned["site"].clone();
    let body = json!({ "objects": [], "prune": true, "base_generation": base, "reason": "x", "confirm": site });
    post(&desk, "apply", body, 200).await;
    assert!(get(&desk, "").await["items"].as_array().unwrap().iter().all(|one| one["kind"] != "Schedule"));
}

#[tokio::test]
async fn tests_run_by_the_deciding_code_and_keep_a_plan_from_being_applied() {
    let desk = with_people().await;
    let with = |expect: &str| {
        let mut objects = crew("**/main-entrance", &["p-1"]);
        objects[1]["tests"] = json!([
            { "person": "p-1", "at": "2026-07-25T10:00:00Z", expect: ["main-entrance"] },
            { "person": "p-2", "at": "2026-07-25T10:00:00Z", "denied": ["main-entrance"] },
        ]);
        objects
    };
    let planned = plan(&desk, &with("denied")).await;
    let held: Vec<bool> =
        planned["tests"].as_array().unwrap().iter().map(|test| test["holds"] == json!(true)).collect();
    assert_eq!(held, [false, true], "{planned}");
    let before = desk.site.records_text();
    let refused = apply(&desk, &with("denied"), 422).await;
    assert_eq!(refused["code"], "RW-V003", "{refused}");
    assert!(before == desk.site.records_text());
    apply(&desk, &with("open"), 200).await;
}

#[tokio::test]
async fn what_operators_look_after_is_taken_over_only_when_that_is_wanted() {
    let desk = with_people().await;
    let made = desk.post(&ROOT, "/api/v1/schedules", json!({ "name": "days", "windows": ["Mon 08:00-09:00"] })).await;
    assert!(made.status.is_success(), "{}", made.text());
    let objects = [object("Schedule", "days", json!({ "windows": ["Tue 08:00-09:00"] }))];
    let refused = post(&desk, "plan", json!({ "objects": objects }), 422).await;
    assert!(refused["detail"].as_str().unwrap().contains("--adopt"), "{refused}");
    let adopted = post(&desk, "plan", json!({ "objects": objects, "adopt": true }), 200).await;
    assert_eq!(marks(&adopted), ["~days"], "{adopted}");
}

#[tokio::test]
async fn everything_wrong_with_objects_is_told_at_once() {
    let desk = with_people().await;
    let objects = [
        object("Schedule", "days", json!({ "windows": ["Mon 08:00"], "colour": 1 })),
        object("Door", "x", json!({})),
        object("AccessProfile", "a", json!({ "points": ["lon1/main-entrnce", "lon1/**/moon*"], "schedule": "nights" })),
        object("AccessProfile", "a", json!({ "points": ["main-entrance"] })),
        object("Membership", "m", json!({ "profile": "none", "members": [member("Ben")] })),
        object("Grant", "g", json!({ "points": ["main-entrance"], "person": "Ada", "to_at": TO, "reason": "" })),
        object(
            "Agreement",
            "s",
            json!({ "owner": "moon", "guest": "mars", "areas": ["x"], "to_at": TO, "reason": "r" }),
        ),
    ];
    let refused = post(&desk, "plan", json!({ "objects": objects }), 422).await;
    let mut told: Vec<String> = crate::asking::pointers(&refused);
    told.sort();
    let expect = [
        "/objects/0/spec/colour",
        "/objects/1/kind",
        "/objects/2/spec/points/0",
        "/objects/2/spec/points/1",
        "/objects/2/spec/schedule",
        "/objects/3/metadata/name",
        "/objects/4/spec/members/0/person",
        "/objects/4/spec/profile",
        "/objects/5/spec/person",
        "/objects/5/spec/reason",
        "/objects/6/spec/areas/0",
        "/objects/6/spec/guest",
        "/objects/6/spec/owner",
    ];
    assert_eq!(told, expect, "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("did you mean \"lon1/main-entrance\"?"), "{refused}");
}

#[tokio::test]
async fn drift_says_what_was_changed_since() {
    let desk = with_people().await;
    let none = get(&desk, "/drift").await;
    assert_eq!((&none["applied_at"], &none["items"]), (&Value::Null, &json!([])), "{none}");
    apply(&desk, &crew("**/main-entrance", &["p-1"]), 200).await;
    assert_eq!(get(&desk, "/drift").await["items"], json!([]));
    let mut request =
        crate::asking::json_request("PUT", "/api/v1/schedules/days", &json!({ "windows": ["Sun 01:00-02:00"] }));
    request.headers_mut().insert("if-match", "*".parse().unwrap());
    assert!(desk.send(ROOT, request).await.status.is_success());
    let drift = get(&desk, "/drift").await;
    assert_eq!(
        (&drift["items"][0]["name"], &drift["items"][0]["state"]),
        (&json!("days"), &json!("changed")),
        "{drift}"
    );
    assert_eq!(drift["items"].as_array().unwrap().len(), 1, "{drift}");
}

#[tokio::test]
async fn the_schema_knows_every_kind() {
    let schema = get(&with_people().await, "/schema").await;
    let kinds: Vec<&str> =
        schema["oneOf"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
    assert_eq!(kinds, rackward_dashboard::wire::site_file::KINDS);
}

/// Days on which a schedule has windows of its own, and a profile by it.
fn on_special_days(days: &[&str], windows: &str) -> Vec<Value> {
    let special = json!([{ "calendar": "open days", "windows": ["08:00-12:00"] }]);
    vec![
        object("Calendar", "open days", json!({ "days": days })),
        object("Schedule", "days", json!({ "windows": [windows], "special": special })),
        object("AccessProfile", "crew", json!({ "points": ["main-entrance"], "schedule": "days" })),
        object("Membership", "crew", json!({ "profile": "crew", "members": [member("p-1"), member("p-2")] })),
    ]
}

#[tokio::test]
async fn a_calendar_widens_by_the_schedules_that_name_it() {
    let desk = with_people().await;
    apply(&desk, &on_special_days(&["2026-07-25"], "Mon 08:00-09:00"), 200).await;
    let check = async |days: &[&str], windows: &str, expect: &[(&str, u64)]| {
        let planned = plan(&desk, &on_special_days(days, windows)).await;
        let items = planned["items"].as_array().unwrap();
        let widens: Vec<(&str, u64)> =
            items.iter().map(|item| (item["name"].as_str().unwrap(), item["widens"].as_u64().unwrap())).collect();
        assert_eq!(widens, expect, "{planned}");
    };
    let more = ["2026-07-25", "2026-07-26"];
    check(&more, "Mon 08:00-09:00", &[("open days", 2)]).await;
    // A schedule that has a line of its own says it there.
    check(&more, "Mon-Tue 08:00-09:00", &[("open days", 0), ("days", 2)]).await;
    check(&["2026-07-25"], "Mon 08:00-09:00", &[]).await;
}

#[tokio::test]
async fn undoing_a_take_over_gives_everything_back() {
    let desk = with_people().await;
    for body in [
        json!({ "name": "days", "windows": ["Mon 08:00-09:00"] }),
        json!({ "name": "nights", "windows": ["Mon 20:00-21:00"] }),
    ] {
        assert!(desk.post(&ROOT, "/api/v1/schedules", body).await.status.is_success());
    }
    let grant = json!({ "person": "p-1", "doors": ["main-entrance"], "to_at": TO, "reason": "crew" });
    let granted = desk.post(&ROOT, "/api/v1/grants", grant).await.json();
    let own = object(
        "Grant",
        "ada",
        json!({ "points": ["main-entrance"], "person": "p-1", "from_at": granted["from_at"], "to_at": granted["to_at"], "reason": "crew" }),
    );
    let before = get(&desk, "").await["items"].clone();
    let objects = [
        object("Schedule", "days", json!({ "windows": ["Tue 08:00-09:00"] })),
        object("Schedule", "nights", json!({ "windows": ["Mon 20:00-21:00"] })),
        own,
    ];
    let base = get(&desk, "").await["generation"].clone();
    let body = json!({ "objects": objects, "adopt": true, "base_generation": base, "reason": "x" });
    let applied = post(&desk, "apply", body, 200).await;
    assert_eq!(marks(&applied), ["~days", "=nights", "=ada"], "{applied}");
    let undone = post(&desk, "undo", json!({ "reason": "not ours" }), 200).await;
    assert_eq!(marks(&undone), ["~days", "=nights", "=ada"], "{undone}");
    assert_eq!(undone["counts"]["adopt"], 0, "nothing is taken over: {undone}");
    assert_eq!(get(&desk, "").await["items"], before);
    post(&desk, "undo", json!({ "reason": "once more" }), 409).await;
    // Nothing of it is the files' any more, so nothing of it goes with them.
    let pruned = plan(&desk, &[]).await;
    assert_eq!(marks(&pruned), Vec::<String>::new(), "{pruned}");
    let refused = post(&desk, "plan", json!({ "objects": [objects[0].clone()] }), 422).await;
    assert!(refused["detail"].as_str().unwrap().contains("operators look after"), "{refused}");
}

#[tokio::test]
async fn undoing_a_take_over_alone_is_recorded_and_done_once() {
    let desk = with_people().await;
    let made = desk.post(&ROOT, "/api/v1/schedules", json!({ "name": "days", "windows": ["Mon 08:00-09:00"] })).await;
    assert!(made.status.is_success(), "{}", made.text());
    let objects = [object("Schedule", "days", json!({ "windows": ["Mon 08:00-09:00"] }))];
    let base = get(&desk, "").await["generation"].clone();
    let body = json!({ "objects": objects, "adopt": true, "base_generation": base, "reason": "x" });
    post(&desk, "apply", body, 200).await;
    let mark = desk.site.mark();
    post(&desk, "undo", json!({ "reason": "not ours" }), 200).await;
    assert_eq!(desk.site.told_since(mark), ["files.applied"]);
    post(&desk, "undo", json!({ "reason": "not ours" }), 409).await;
    assert_eq!(marks(&plan(&desk, &[]).await), Vec::<String>::new());
}

#[tokio::test]
async fn members_made_beside_those_taken_over_go_and_the_others_stay() {
    let desk = with_people().await;
    let profile = object("AccessProfile", "crew", json!({ "points": ["main-entrance"] }));
    apply(&desk, std::slice::from_ref(&profile), 200).await;
    let wish = json!({ "person": "p-1", "profile": "crew", "to_at": TO, "reason": "crew" });
    assert!(desk.post(&ROOT, "/api/v1/grants", wish).await.status.is_success());
    let before = get(&desk, "").await["items"].clone();
    let both = object("Membership", "team", json!({ "profile": "crew", "members": [member("p-1"), member("p-2")] }));
    let base = get(&desk, "").await["generation"].clone();
    let body = json!({ "objects": [profile, both], "adopt": true, "base_generation": base, "reason": "x" });
    post(&desk, "apply", body, 200).await;
    post(&desk, "undo", json!({ "reason": "too early" }), 200).await;
    assert_eq!(get(&desk, "").await["items"], before, "the operators' member is theirs again, and no more");
}

#[tokio::test]
async fn a_test_that_fails_is_told_where_it_stands() {
    let desk = with_people().await;
    let mut objects = crew("**/main-entrance", &["p-1"]);
    objects[1]["tests"] = json!([
        { "person": "p-1", "at": "2026-07-25T10:00:00Z", "open": ["main-entrance"] },
        { "person": "p-2", "at": "2026-07-25T10:00:00Z", "denied": ["plant-room"], "open": ["plant-room", "main-entrance"] },
    ]);
    let refused = apply(&desk, &objects, 422).await;
    assert_eq!(refused["code"], "RW-V003", "{refused}");
    assert_eq!(crate::asking::pointers(&refused), ["/objects/1/tests/1/open/0", "/objects/1/tests/1/open/1"]);
    let told = refused["errors"][1]["detail"].as_str().unwrap();
    for part in ["p-2", "main-entrance", "2026-07-25T10:00:00.000Z", "expected open", "denied: "] {
        assert!(told.contains(part), "{part}: {told}");
    }
}

#[tokio::test]
async fn doors_that_nobody_opens_any_more_are_named_by_row() {
    let desk = with_people().await;
    let racks = |points: &[&str]| {
        vec![
            object("AccessProfile", "racks", json!({ "points": points })),
            object(
                "Membership",
                "racks",
                json!({ "profile": "racks", "members": [{ "person": "p-1", "to_at": TO, "reason": "crew", "ticket": "CHG-1" }] }),
            ),
        ]
    };
    let applied = apply(&desk, &racks(&["lon1/hall-a/r0[1-2]/*/*", "main-entrance", "vehicle-gate"]), 200).await;
    assert!(!applied["risks"].to_string().contains("last access"), "nobody lost anything: {applied}");
    let check = async |points: &[&str], expect: &[&str]| {
        let planned = plan(&desk, &racks(points)).await;
        let risks = planned["risks"].to_string();
        for part in expect {
            assert!(risks.contains(part), "{points:?}: {part} is not told: {risks}");
        }
    };
    let row = "row lon1/hall-a/r01 is left with nobody who may open any of its 12 doors";
    check(&["lon1/hall-a/r02/*/*", "main-entrance"], &[row, "door lon1/vehicle-gate is left with nobody"]).await;
    check(&["lon1/hall-a/r0[1-2]/*/front", "main-entrance", "vehicle-gate"], &["open 6 of its 12 doors"]).await;
    // Somebody else may still open it.
    let mut objects = racks(&["lon1/hall-a/r0[1-2]/*/*", "main-entrance"]);
    objects.push(object(
        "Grant",
        "gate",
        json!({ "points": ["vehicle-gate"], "person": "p-2", "to_at": TO, "reason": "post" }),
    ));
    let planned = plan(&desk, &objects).await;
    assert!(planned["risks"].to_string().contains("nobody loses last access to a door"), "{planned}");
}

#[tokio::test]
async fn what_is_wrong_beside_what_could_not_be_read_is_told_and_nothing_is_planned() {
    let desk = with_people().await;
    apply(&desk, &[object("Schedule", "gone", json!({ "windows": ["Mon 08:00-09:00"] }))], 200).await;
    let before = desk.site.records_text();
    let objects = [
        object("AccessProfile", "crew", json!({ "points": ["main-entrance"], "schedule": "days" })),
        object("AccessProfile", "other", json!({ "points": ["main-entrnce"], "schedule": "nights" })),
        object("Membership", "crew", json!({ "profile": "crew", "members": [member("p-77")] })),
    ];
    let check = async |objects: &[Value], unread: Value, expect: &[&str]| {
        let body = json!({ "objects": objects, "prune": true, "unread": unread });
        let refused = post(&desk, "plan", body, 422).await;
        let mut told = crate::asking::pointers(&refused);
        told.sort();
        assert_eq!(told, expect, "{refused}");
    };
    // The schedule "days" is there and cannot be read: that it is missing would be wrong.
    let days = json!([{ "kind": "Schedule", "name": "days" }]);
    let nobody = "/objects/2/spec/members/0/person";
    let named = ["/objects/1/spec/points/0", "/objects/1/spec/schedule", nobody, "/unread"];
    check(&objects, days.clone(), &named).await;
    // Of a file that is no TOML nobody knows what it says.
    check(&objects, json!([{}]), &["/objects/1/spec/points/0", nobody, "/unread"]).await;
    // Names that are right come before the engine; an agreement could be what the rest rests on.
    let people = [object("AccessProfile", "crew", json!({ "points": ["main-entrance"] })), objects[2].clone()];
    let nobody = "/objects/1/spec/members/0/person";
    check(&people, days.clone(), &[nobody, "/unread"]).await;
    check(&people, json!([{ "kind": "Agreement", "name": "x" }]), &[nobody, "/unread"]).await;
    check(&objects[..1], days, &["/unread"]).await;
    assert!(before == desk.site.records_text());
}

/// What the engine would refuse is told beside names that stand for nothing, and what rests on the latter adds nothing.
#[tokio::test]
async fn all_that_is_wrong_is_told_in_one_round() {
    let desk = with_people().await;
    let before = desk.site.records_text();
    let rack = json!({ "points": ["lon1/hall-a/r01/c01/front"], "person": "p-1", "to_at": TO, "reason": "no ticket" });
    let objects = [
        object("AccessProfile", "crew", json!({ "points": ["main-entrnce"], "schedule": "days" })),
        object("Schedule", "days", json!({ "windows": ["Foo 06:00-20:00"] })),
        object("Membership", "crew", json!({ "profile": "crew", "members": [member("p-1"), member("p-77")] })),
        object("Grant", "rack", rack),
        object(
            "Grant",
            "nights",
            json!({ "points": ["main-entrance"], "schedule": "days", "person": "p-1", "to_at": TO, "reason": "x" }),
        ),
    ];
    let refused = post(&desk, "plan", json!({ "objects": objects, "prune": true }), 422).await;
    let mut told = crate::asking::pointers(&refused);
    told.sort();
    let expect =
        ["/objects/0/spec/points/0", "/objects/1/spec/windows/0", "/objects/2/spec/members/1/person", "/objects/3"];
    assert_eq!(told, expect, "{refused}");
    // Alone, what the engine finds wrong is told as ever.
    let refused = post(&desk, "plan", json!({ "objects": objects[3..4] }), 422).await;
    assert_eq!(crate::asking::pointers(&refused), ["/objects/0"], "{refused}");
    assert!(before == desk.site.records_text());
}

#[tokio::test]
async fn a_plan_says_where_each_test_is_written() {
    let desk = with_people().await;
    let mut objects = crew("**/main-entrance", &["p-1"]);
    objects[1]["tests"] = json!([
        { "person": "p-1", "at": "2026-07-25T10:00:00Z", "denied": ["plant-room"], "open": ["main-entrance"] },
        { "person": "p-2", "at": "2026-07-25T10:00:00Z", "open": ["main-entrance"] },
    ]);
    let planned = plan(&desk, &objects).await;
    let told: Vec<&str> =
        planned["tests"].as_array().unwrap().iter().filter_map(|one| one["pointer"].as_str()).collect();
    let expect = ["/objects/1/tests/0/open/0", "/objects/1/tests/0/denied/0", "/objects/1/tests/1/open/0"];
    assert_eq!(told, expect, "{planned}");
}
