//! Floor plans over the API: those that the daemon draws, and those that somebody uploads and binds.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::asking::{Answered, Desk, Who, json_request};
use crate::site_in_memory::SiteInMemory;

/// Root on the local socket, who may do everything.
const ROOT: Who = Who::Socket(0);

const HALL: &str = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 90 90'>\n\
    <rect id='r7' x='1'/><rect id='spare'/><rect data-rackward='lon1/hall-a/r01/c02' data-face='front'/>\n</svg>";

async fn get(desk: &Desk, who: &Who, path: &str) -> Value {
    let answered = desk.get(who, path).await;
    assert_eq!(answered.status.as_u16(), 200, "{path}: {}", answered.text());
    answered.json()
}

/// Uploads a drawing on these terms.
async fn put(desk: &Desk, who: &Who, address: &str, svg: &str, terms: (&str, &str)) -> Answered {
    let request = Request::put(format!("/api/v1/plans/{address}")).header("content-type", "image/svg+xml");
    let request = request.header(terms.0, terms.1).body(Body::from(svg.to_owned())).unwrap();
    desk.send(who.clone(), request).await
}

const NEW: (&str, &str) = ("if-none-match", "*");

fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|plan| plan["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn every_area_with_doors_has_a_plan_without_anybodys() {
    let desk = Desk::of(SiteInMemory::start());
    let list = get(&desk, &ROOT, "/api/v1/plans").await;
    assert_eq!(ids(&list), ["lon1.hall-a", "lon1.lobby", "lon1.plant", "lon1.yard"], "{list}");
    assert_eq!((&list["items"][0]["generated"], &list["items"][0]["revision"]), (&json!(true), &Value::Null));
    let hall = get(&desk, &ROOT, "/api/v1/plans/lon1.hall-a").await;
    assert_eq!((&hall["missing"], &hall["unbound_ids"]), (&json!([]), &json!([])), "{hall}");
    let bound: Vec<&str> = hall["bound"].as_array().unwrap().iter().map(|place| place.as_str().unwrap()).collect();
    for place in ["lon1/hall-a/r01", "lon1/hall-a/r02/c01", "lon1/hall-a/r02/c06", "lon1/data-hall"] {
        assert!(bound.contains(&place), "{place}: {bound:?}");
    }
    let svg = desk.get(&ROOT, "/api/v1/plans/lon1.hall-a/svg").await;
    assert_eq!(svg.header("content-type"), "image/svg+xml");
    for face in ["front", "rear"] {
        let mark = format!("data-rackward=\"lon1/hall-a/r01/c01\" data-face=\"{face}\"");
        assert!(svg.text().contains(&mark), "{mark}");
    }
    assert_eq!(desk.get(&ROOT, "/api/v1/plans/lon1.moon").await.status.as_u16(), 404);
    let filtered = get(&desk, &ROOT, "/api/v1/plans?filter=area:lobby").await;
    assert_eq!(ids(&filtered), ["lon1.lobby"]);
}

#[tokio::test]
async fn a_drawing_is_uploaded_bound_shown_and_removed() {
    let desk = Desk::of(SiteInMemory::start());
    let made = put(&desk, &ROOT, "hall?area=hall-a&name=Hall%20A&floor=-1", HALL, NEW).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.text());
    let plan = made.json();
    assert_eq!((&plan["id"], &plan["name"], &plan["floor"]), (&json!("hall"), &json!("Hall A"), &json!(-1)));
    assert_eq!((&plan["area"], &plan["generated"]), (&json!("lon1/hall-a"), &json!(false)));
    assert_eq!(plan["unbound_ids"], json!(["r7", "spare"]));
    assert_eq!(plan["bound"], json!(["lon1/hall-a/r01/c02"]));
    assert!(plan["missing"].as_array().unwrap().contains(&json!("lon1/hall-a/r01/c01")), "{plan}");
    assert!(!plan["missing"].as_array().unwrap().contains(&json!("lon1/hall-a/r01/c02")), "{plan}");
    let tag = made.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", plan["revision"].as_str().unwrap()));

    let bindings = json!({ "bindings": [{ "element": "r7", "place": "lon1/hall-a/r02" }] });
    let bind = |body: &Value, tag: &str| {
        let mut request = json_request("PUT", "/api/v1/plans/hall/bindings", body);
        request.headers_mut().insert("if-match", tag.parse().unwrap());
        request
    };
    let bound = desk.send(ROOT, bind(&bindings, &tag)).await;
    assert_eq!(bound.status.as_u16(), 200, "{}", bound.text());
    assert_eq!(bound.json()["unbound_ids"], json!(["spare"]));
    assert_eq!(desk.send(ROOT, bind(&bindings, &tag)).await.status.as_u16(), 412, "somebody has changed it since");
    let svg = desk.get(&ROOT, "/api/v1/plans/hall/svg").await.text();
    assert!(svg.contains("id=\"r7\" data-rackward=\"lon1/hall-a/r02\""), "{svg}");

    let tag = bound.header("etag").to_owned();
    let wrong =
        json!({ "bindings": [{ "element": "r7", "place": "lon1/moon" }, { "element": "r7", "place": "lon1/yard" }] });
    let refused = desk.send(ROOT, bind(&wrong, &tag)).await;
    assert_eq!(refused.status.as_u16(), 422);
    assert!(refused.text().contains("lon1/moon is no place") && refused.text().contains("twice"), "{}", refused.text());

    // Another drawing keeps what is bound.
    let again = put(&desk, &ROOT, "hall", &HALL.replace("spare", "more"), ("if-match", &tag)).await;
    assert_eq!((again.status.as_u16(), &again.json()["name"]), (200, &json!("Hall A")), "{}", again.text());
    assert_eq!(again.json()["unbound_ids"], json!(["more"]));
    let lobby = get(&desk, &ROOT, "/api/v1/plans").await;
    assert!(ids(&lobby).contains(&"hall"), "{lobby}");

    let mut gone = json_request("DELETE", "/api/v1/plans/hall", &json!({}));
    gone.headers_mut().insert("if-match", "*".parse().unwrap());
    assert_eq!(desk.send(ROOT, gone).await.status.as_u16(), 200);
    assert_eq!(desk.get(&ROOT, "/api/v1/plans/hall").await.status.as_u16(), 404);
    let journal = get(&desk, &ROOT, "/api/v1/events?filter=type:plan.*&fields=type,data").await;
    let told: Vec<&str> =
        journal["items"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect();
    let expect = ["uploaded", "bound", "uploaded", "removed"].map(|what| format!("rackward.plan.{what}.v1"));
    assert_eq!(told, expect);
    let sentence = journal["items"][0]["data"]["sentence"].as_str().unwrap();
    assert!(sentence.contains("lon1/hall-a") && sentence.contains("SHA-256 "), "{sentence}");
}

#[tokio::test]
async fn what_is_wrong_with_a_drawing_is_said_all_at_once() {
    let desk = Desk::of(SiteInMemory::start());
    let evil = HALL.replace("<rect id='spare'/>", "<script>x</script>\n<rect onclick='x' fill='url(http://x)'/>");
    let refused = put(&desk, &ROOT, "hall?area=hall-a", &evil, NEW).await;
    assert_eq!(refused.status.as_u16(), 422, "{}", refused.text());
    assert_eq!(refused.pointers(), ["/line/2", "/line/3", "/line/3"]);
    assert_eq!(put(&desk, &ROOT, "hall?area=hall-a", "<!DOCTYPE svg><svg/>", NEW).await.status.as_u16(), 422);
    let check = async |address: &str, terms: (&str, &str), expect: u16| {
        let answered = put(&desk, &ROOT, address, HALL, terms).await;
        assert_eq!(answered.status.as_u16(), expect, "{address}: {}", answered.text());
    };
    check("hall", NEW, 400).await;
    check("hall?area=moon", NEW, 422).await;
    check("hall?area=hall-a&floor=low", NEW, 400).await;
    check("hall?area=hall-a&floor=5000", NEW, 422).await;
    check("hall?area=hall-a&colour=red", NEW, 400).await;
    check("lon1.hall-a?area=hall-a", NEW, 400).await;
    check("hall?area=hall-a", ("x-none", "x"), 428).await;
    check("hall?area=hall-a&dry_run=true", NEW, 200).await;
    assert!(!ids(&get(&desk, &ROOT, "/api/v1/plans").await).contains(&"hall"), "it was only tried");
    check("hall?area=hall-a", NEW, 201).await;
    check("hall?area=hall-a", NEW, 412).await;
    let plain = Request::put("/api/v1/plans/other?area=hall-a").header("if-none-match", "*");
    let plain = desk.send(ROOT, plain.body(Body::from(HALL)).unwrap()).await;
    assert_eq!(plain.status.as_u16(), 415);
    let large = format!("<!--{}-->{HALL}", "x".repeat(3 << 20));
    assert_eq!(put(&desk, &ROOT, "large?area=hall-a", &large, NEW).await.status.as_u16(), 201, "up to 20 MB");
    let larger = "x".repeat((20 << 20) + 1);
    assert_eq!(put(&desk, &ROOT, "larger?area=hall-a", &larger, NEW).await.status.as_u16(), 413);
}

#[tokio::test]
async fn a_tenant_sees_what_is_theirs() {
    let desk = Desk::of(SiteInMemory::start());
    put(&desk, &ROOT, "hall?area=hall-a", HALL, NEW).await;
    let tenant = desk.sign_in_for("st-marys", "admin").await;
    let list = get(&desk, &tenant, "/api/v1/plans").await;
    assert_eq!(ids(&list), ["lon1.hall-a.r02.c01"], "{list}");
    let own = desk.get(&tenant, "/api/v1/plans/lon1.hall-a.r02.c01/svg").await.text();
    assert!(own.contains("lon1/hall-a/r02/c01") && !own.contains("c02"), "{own}");
    for hidden in ["hall", "lon1.hall-a"] {
        assert_eq!(desk.get(&tenant, &format!("/api/v1/plans/{hidden}")).await.status.as_u16(), 404, "{hidden}");
    }
    assert_eq!(put(&desk, &tenant, "mine?area=r02/c01", HALL, NEW).await.status.as_u16(), 403);
}
