//! Every route with what it is asked and how each asker is answered: `y` admitted, `F` forbidden, `N` not there for them.

use serde_json::{Value, json};

use super::{Asked, SOON, TO, ical, why};

/// A drawing with nothing on it.
const PLAN: &str = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'/>";

pub(super) fn of_operators() -> Vec<Asked> {
    let issue = || json!({ "owner": "opr-1", "permissions": ["view_alarms"], "to_at": TO, "reason": "x" });
    vec![
        ("GET", "/operators", Value::Null, "yFyFFF"),
        ("POST", "/operators", json!({ "name": "new", "role": "security" }), "yFFFFF"),
        ("GET", "/operators/opr-1", Value::Null, "yFyFFF"),
        ("GET", "/operators/m.rossi", Value::Null, "yFyFFF"),
        ("PUT", "/operators/opr-1", json!({ "role": "auditor", "reason": "x" }), "yFFFFF"),
        ("PATCH", "/operators/opr-1", json!({ "role": "auditor", "reason": "x" }), "yFFFFF"),
        ("PUT", "/operators/opr-1/person", json!({ "person": "p-1", "reason": "x" }), "yFFFFF"),
        ("POST", "/operators/opr-1/disable", why(), "yFFFFF"),
        ("POST", "/operators/opr-1/enable", why(), "yFFFFF"),
        ("POST", "/operators/opr-1/reset", why(), "yFFFFF"),
        ("POST", "/operators/opr-1/bind", json!({ "subject": "s-1", "reason": "x" }), "yFFFFF"),
        (
            "POST",
            "/operators/opr-1/certificates",
            json!({ "subject": "CN=build7", "to_at": TO, "reason": "x" }),
            "yFFFFF",
        ),
        ("POST", "/operators/opr-1/certificates/0/unbind", why(), "NFFFFF"),
        ("POST", "/operators/opr-1/unbind", why(), "yFFFFF"),
        ("POST", "/operators/opr-1/end-lockout", json!({}), "yFFFFF"),
        ("GET", "/account/factors", Value::Null, "yyyyyy"),
        ("PUT", "/account/factors/password", json!({ "password": "another horse battery" }), "yyyyyy"),
        ("DELETE", "/account/factors/password", why(), "yyyyyy"),
        ("POST", "/account/factors/app", json!({}), "yyyyyy"),
        ("POST", "/account/factors/app/confirm", json!({ "code": "123456" }), "yyyyyy"),
        ("DELETE", "/account/factors/app", why(), "yyyyyy"),
        ("POST", "/account/factors/passkeys", json!({}), "yyyyyy"),
        ("POST", "/account/factors/passkeys/finish", json!({ "handle": "x", "answer": "{}" }), "yyyyyy"),
        ("DELETE", "/account/factors/passkeys/0", why(), "yyyyyy"),
        ("POST", "/account/factors/recovery-codes", json!({}), "yyyyyy"),
        ("DELETE", "/account/factors/recovery-codes", why(), "yyyyyy"),
        ("GET", "/tokens", Value::Null, "yyyyyy"),
        ("GET", "/tokens/tok-1", Value::Null, "yNyNNN"),
        ("POST", "/tokens", issue(), "yFFNNN"),
        ("POST", "/tokens/tok-1/revoke", why(), "yFFFFF"),
        ("GET", "/proposals", Value::Null, "yyyyyy"),
        ("GET", "/proposals/prp-1", Value::Null, "NNNNNN"),
        ("POST", "/proposals/prp-1/confirm", json!({}), "NNNNNN"),
        ("POST", "/proposals/prp-1/drop", json!({}), "NNNNNN"),
        ("POST", "/people/p-1/reveal", why(), "yFFyFF"),
        ("POST", "/people/p-2/reveal", why(), "yFFNFF"),
        ("GET", "/permissions", Value::Null, "yyyyyy"),
        ("GET", "/sessions/names", Value::Null, "yyyyyy"),
        ("POST", "/sessions/names", why(), "yyyyyy"),
        ("DELETE", "/sessions/names", json!({}), "yyyyyy"),
        ("GET", "/people/p-1/views", Value::Null, "yyyyyy"),
        ("GET", "/people/p-2/views", Value::Null, "yyyNNN"),
    ]
}

pub(super) fn of_places() -> Vec<Asked> {
    vec![
        ("GET", "/status", Value::Null, "yyyFFF"),
        ("GET", "/receipts", Value::Null, "yyyyyy"),
        ("GET", "/operations/op-1", Value::Null, "yyyyyy"),
        ("POST", "/threat-level", json!({ "level": "high", "reason": "x" }), "yyFFFF"),
        ("GET", "/doors", Value::Null, "yyyyyy"),
        ("GET", "/doors/r02%2Fc01%2Ffront", Value::Null, "yyyyyy"),
        ("GET", "/doors/main-entrance", Value::Null, "yyyNNN"),
        ("GET", "/doors/r02%2Fc01%2Ffront/who", Value::Null, "yyyyyy"),
        ("GET", "/doors/main-entrance/who", Value::Null, "yyyNNN"),
        ("GET", "/areas/r02%2Fc01", Value::Null, "yyyyyy"),
        ("GET", "/areas/lobby", Value::Null, "yyyNNN"),
        ("GET", "/devices/main-entrance-lock", Value::Null, "yyyFFF"),
        ("POST", "/doors/open", json!({ "door": "r02/c01/front", "reason": "x", "not_after_at": SOON }), "yyFyyF"),
        ("POST", "/doors/open", json!({ "door": "r02/c02/front", "reason": "x", "not_after_at": SOON }), "yyFNNF"),
        (
            "POST",
            "/doors/mode",
            json!({ "door": "r02/c01/front", "order": "block", "reason": "x", "not_after_at": SOON }),
            "yyFyyF",
        ),
        (
            "POST",
            "/doors/mode",
            json!({ "door": "main-entrance", "order": "block", "reason": "x", "not_after_at": SOON }),
            "yyFNNF",
        ),
        ("GET", "/devices", Value::Null, "yyyFFF"),
        ("GET", "/devices/main-entrance-lock", Value::Null, "yyyFFF"),
        ("POST", "/devices/main-entrance-lock/job", json!({ "task": "roll-key", "reason": "x" }), "yFFFFF"),
        ("DELETE", "/devices/main-entrance-lock/job", why(), "yFFFFF"),
        ("POST", "/devices/main-entrance-lock/accept", why(), "yFFFFF"),
        ("POST", "/devices/r02-c01-front/enrol", why(), "yFFFFF"),
        ("POST", "/devices/r02-c01-front/certificates/revoke", why(), "yFFFFF"),
        ("GET", "/devices/r02-c01-front/exposure", Value::Null, "yyyyyy"),
        ("GET", "/devices/main-entrance-lock/exposure", Value::Null, "yyyNNN"),
        ("POST", "/locate", json!({ "rack": "r02/c01", "reason": "x" }), "yyFyyF"),
        ("POST", "/locate", json!({ "rack": "r02/c02", "reason": "x" }), "yyFNNF"),
        ("POST", "/locate", json!({ "grant": "g-1", "reason": "x" }), "yyFyyF"),
        ("GET", "/feedback/patterns", Value::Null, "yyyyyy"),
        ("POST", "/devices/r02-c01-front/pattern", json!({ "pattern": "T6" }), "yyFyyF"),
        ("POST", "/devices/r02-c02-front/pattern", json!({ "pattern": "T6" }), "yyFNNF"),
        ("POST", "/canaries", why(), "yyFFFF"),
        ("GET", "/mqtt/acl", Value::Null, "yFFFFF"),
        ("GET", "/mqtt/authority", Value::Null, "yFFFFF"),
        ("GET", "/mqtt/crl", Value::Null, "yFFFFF"),
        ("PUT", "/firmware", json!("FIRMWARE"), "yFFFFF"),
        ("GET", "/support-bundle", Value::Null, "yFFFFF"),
        ("GET", "/support-bundle/download", Value::Null, "yFFFFF"),
        ("GET", "/buses", Value::Null, "yyyFFF"),
        ("POST", "/buses/lobby/scan", why(), "yFFFFF"),
        ("POST", "/buses/lobby/trace", why(), "yFFFFF"),
        ("GET", "/points", Value::Null, "yyyyyy"),
        ("GET", "/plans", Value::Null, "yyyyyy"),
        ("GET", "/plans/lon1.hall-a", Value::Null, "yyyNNN"),
        ("GET", "/plans/lon1.hall-a.r02.c01/svg", Value::Null, "NNNyyy"),
        ("PUT", "/plans/hall?area=hall-a", json!(PLAN), "yFFFFF"),
        ("PUT", "/plans/hall/bindings", json!({ "bindings": [] }), "NFFFFF"),
        ("DELETE", "/plans/hall", Value::Null, "NFFFFF"),
        ("GET", "/areas", Value::Null, "yyyyyy"),
        ("GET", "/areas/occupancy?area=r02/c01", Value::Null, "yyyyyy"),
        ("GET", "/areas/occupancy?area=lobby", Value::Null, "yyyNNN"),
        ("POST", "/areas/lockdown", json!({ "area": "r02/c01", "reason": "x", "not_after_at": SOON }), "yyFFFF"),
        ("POST", "/areas/release", json!({ "area": "r02/c01", "reason": "x", "not_after_at": SOON }), "yyFFFF"),
        ("POST", "/presence/forgive", json!({ "person": "p-1", "reason": "x" }), "yyFyyF"),
        ("POST", "/presence/forgive", why(), "yyFFFF"),
    ]
}

/// What says who may pass, several things at a time.
pub(super) fn of_site_files() -> Vec<Asked> {
    let revoke = json!({ "reason": "x", "changes": [{ "do": "revoke_grant", "grant": "g-1" }] });
    let none = json!({ "objects": [], "base_generation": 0, "reason": "x" });
    vec![
        ("POST", "/changes", revoke, "yFFyFF"),
        ("GET", "/racks", Value::Null, "yyyyyy"),
        ("POST", "/racks/import", json!({ "racks": [{ "id": 1, "name": "C1", "site": "lon1" }] }), "yFFFFF"),
        ("GET", "/site-files", Value::Null, "yyyFFF"),
        ("GET", "/site-files/schema", Value::Null, "yyyFFF"),
        ("GET", "/site-files/drift", Value::Null, "yyyFFF"),
        ("POST", "/site-files/plan", json!({ "objects": [] }), "yFFFFF"),
        ("POST", "/site-files/apply", none, "yFFFFF"),
        ("POST", "/site-files/undo", why(), "yFFFFF"),
    ]
}

/// Cameras and stills, of which there are none here.
pub(super) fn of_cameras() -> Vec<Asked> {
    vec![
        ("GET", "/cameras", Value::Null, "yyyFFF"),
        ("GET", "/cameras/uncovered", Value::Null, "yyyFFF"),
        ("GET", "/cameras/cam-1", Value::Null, "NNNFFF"),
        ("GET", "/cameras/cam-1/live", Value::Null, "NNNFFF"),
        ("GET", "/stills?alarms=alm-1", Value::Null, "yyyFFF"),
        ("GET", "/stills/1/picture", Value::Null, "NNNFFF"),
        ("GET", "/alarms/alm-999/stills", Value::Null, "NNNFFF"),
        ("POST", "/alarms/alm-999/stills", json!({}), "NNFFFF"),
    ]
}

/// Access reviews.
pub(super) fn of_alerts() -> Vec<Asked> {
    let wanted = json!({
        "name": "Forced", "query": "kind:door_forced_open", "priority": 2, "response": "Look.", "reason": "x",
        "until_at": "PT336H",
    });
    vec![
        ("GET", "/alerts", Value::Null, "yyyyyy"),
        ("POST", "/alerts", wanted, "yFFFFF"),
        ("GET", "/alerts/alr-1", Value::Null, "yyyNNN"),
        ("DELETE", "/alerts/alr-1", why(), "yFFFFF"),
    ]
}

pub(super) fn of_reviews() -> Vec<Asked> {
    let asked = json!({ "scope": ["lobby"], "due_at": "PT336H", "reason": "x" });
    let kept = json!({ "decisions": [{ "line": 1, "decision": "keep" }], "note": "x" });
    vec![
        ("GET", "/reviews", Value::Null, "yyyFFF"),
        ("POST", "/reviews", asked, "yFFFFF"),
        ("GET", "/reviews/rv-1", Value::Null, "yyyFFF"),
        ("GET", "/reviews/rv-1/lines", Value::Null, "yyyFFF"),
        ("POST", "/reviews/rv-1/assign", json!({ "reviewer": "m.rossi" }), "yFFFFF"),
        ("POST", "/reviews/rv-1/decisions", kept, "yFFFFF"),
        ("POST", "/reviews/rv-1/close", json!({ "abandon": true, "reason": "x" }), "yFFFFF"),
        ("GET", "/reviews/rv-1/evidence", Value::Null, "yyyFFF"),
    ]
}

/// Who is inside, visitors, musters and the hand-over.
pub(super) fn of_those_inside() -> Vec<Asked> {
    let visit = || json!({ "name": "Vera", "host": "p-3", "area": "hall-a", "reason": "x", "until_at": "PT1H" });
    let marks = json!({ "marks": [{ "person": "vis-1", "status": "safe" }] });
    vec![
        ("GET", "/inside", Value::Null, "yyyyyy"),
        ("GET", "/inside?area=lobby", Value::Null, "yyyNNN"),
        ("GET", "/inside/areas", Value::Null, "yyyyyy"),
        ("GET", "/visitors", Value::Null, "yyyyyy"),
        ("POST", "/visitors", visit(), "yyFFFF"),
        ("GET", "/visitors/vis-1", Value::Null, "yyyNNN"),
        ("POST", "/visitors/vis-1/leave", json!({}), "yyFFFF"),
        ("GET", "/musters", Value::Null, "yyyyyy"),
        ("POST", "/musters", json!({ "kind": "drill", "area": "plant", "reason": "x" }), "yyFFFF"),
        ("GET", "/musters/mus-1", Value::Null, "yyyNNN"),
        ("POST", "/musters/mus-1/marks", marks, "yyFFFF"),
        ("POST", "/musters/mus-1/visitors", json!({ "name": "Will", "area": "lobby" }), "yyFFFF"),
        ("POST", "/musters/mus-1/end", json!({ "report": "x" }), "yyFFFF"),
        ("GET", "/shift", Value::Null, "yyyyyy"),
        ("POST", "/shift/note", json!({ "note": "x" }), "yyFFFF"),
        ("POST", "/shift/accept", json!({}), "yyFFFF"),
        ("POST", "/shift/reject", json!({ "note": "x" }), "yyFFFF"),
    ]
}

/// The desk: alarms, the journal, what is sent out, sessions.
pub(super) fn of_the_desk() -> Vec<Asked> {
    vec![
        ("GET", "/alarms", Value::Null, "yyyyyy"),
        ("GET", "/alarms/figures", Value::Null, "yFyFFF"),
        ("GET", "/alarms/proposals", Value::Null, "yFyFFF"),
        ("GET", "/alarms/counts", Value::Null, "yyyyyy"),
        ("GET", "/alarms/alm-1", Value::Null, "yyyyyy"),
        ("GET", "/alarms/alm-1/evidence", Value::Null, "yyyFFF"),
        ("GET", "/events/histogram", Value::Null, "yyyFFF"),
        ("GET", "/events/facets", Value::Null, "yyyFFF"),
        ("GET", "/audit/check?since=2026-07-24T13:00:00Z", Value::Null, "yyyFFF"),
        ("GET", "/audit/key", Value::Null, "yyyFFF"),
        ("GET", "/events/export", Value::Null, "yyyFFF"),
        ("POST", "/alarms/alm-1/acknowledge", json!({ "note": "Seen by the guard" }), "yyFFFF"),
        ("POST", "/alarms/alm-1/note", json!({ "note": "x" }), "yyFFFF"),
        ("POST", "/alarms/alm-1/shelve", json!({ "until_at": TO, "reason": "x" }), "yyFFFF"),
        ("POST", "/alarms/alm-1/unshelve", why(), "yyFFFF"),
        ("POST", "/alarms/alm-1/out-of-service", json!({ "until_at": TO, "work_order": "WO-1" }), "yFFFFF"),
        ("POST", "/alarms/alm-1/return-to-service", json!({}), "yFFFFF"),
        ("POST", "/alarms/alm-1/assign", json!({ "to": "desk" }), "yyFFFF"),
        ("POST", "/alarms/alm-1/escalate", why(), "yyFFFF"),
        ("POST", "/alarms/alm-1/steps", json!({ "step": 1 }), "yyFFFF"),
        ("POST", "/alarms/alm-1/close", json!({ "verdict": "benign" }), "yyFFFF"),
        ("GET", "/metrics", Value::Null, "yFyFFF"),
        ("GET", "/webhooks", Value::Null, "yFyFFF"),
        ("GET", "/webhooks/desk/failures", Value::Null, "yFFFFF"),
        ("POST", "/webhooks/desk/replay", json!({ "from": 3 }), "yFFFFF"),
        ("POST", "/webhooks/desk/test", json!({}), "yFFFFF"),
        ("POST", "/webhooks/desk/enable", json!({}), "yFFFFF"),
        ("GET", "/events", Value::Null, "yyyFFF"),
        ("GET", "/events/1", Value::Null, "yyyFFF"),
        ("GET", "/stream", Value::Null, "yyyFFF"),
        ("POST", "/sessions/link", json!({}), "FFFFFF"),
        ("GET", "/sessions", Value::Null, "yyyyyy"),
        ("GET", "/sessions/current", Value::Null, "yyyyyy"),
        ("DELETE", "/sessions/current", json!({}), "yyyyyy"),
        ("POST", "/sessions/ses-999/revoke", why(), "NFFFFF"),
        ("POST", "/sessions/step-up", json!({ "code": "000000" }), "yyyyyy"),
        ("POST", "/sessions/step-up/passkey", json!({}), "yyyyyy"),
    ]
}

pub(super) fn of_people() -> Vec<Asked> {
    vec![
        ("GET", "/people", Value::Null, "yyyyyy"),
        ("POST", "/people", json!({ "name": "New One" }), "yFFyFF"),
        ("POST", "/people", json!({ "name": "New One", "organisation": "the-royal" }), "yFFNFF"),
        ("GET", "/people/p-1", Value::Null, "yyyyyy"),
        ("GET", "/people/p-2", Value::Null, "yyyNNN"),
        ("GET", "/people/Roy", Value::Null, "yyyNNN"),
        ("PUT", "/people/p-1/pin", json!({ "pin": "471199" }), "yFFyFF"),
        ("PUT", "/people/p-2/pin", json!({ "pin": "471199" }), "yFFNFF"),
        ("PUT", "/people/p-1/name", json!({ "name": "Mary Own" }), "yFFyFF"),
        ("PUT", "/people/p-1/external-id", json!({ "external_id": "E17" }), "yFFyFF"),
        ("PATCH", "/people/p-1", json!({ "name": "Mary Own", "external_id": "E17", "reason": "x" }), "yFFyFF"),
        ("PATCH", "/people/p-2", json!({ "name": "Roy Own", "reason": "x" }), "yFFNFF"),
        ("PATCH", "/people/p-1", json!({ "clearance": "severe", "reason": "x" }), "yFFFFF"),
        ("PUT", "/people/p-1/duress-pin", json!({ "pin": "471199" }), "yFFyFF"),
        ("POST", "/people/p-1/status", json!({ "status": "suspended", "reason": "x" }), "yyFyyF"),
        ("POST", "/people/p-1/status", json!({ "status": "left", "reason": "x" }), "yFFyFF"),
        ("POST", "/people/p-1/disable", why(), "yyFyyF"),
        ("POST", "/people/p-2/disable", why(), "yyFNNF"),
        ("POST", "/people/p-1/enable", why(), "yFFyFF"),
        ("PUT", "/people/p-1/details", json!({ "extended_time": true, "reason": "x" }), "yFFyFF"),
        ("PUT", "/people/p-1/details", json!({ "clearance": "severe", "reason": "x" }), "yFFFFF"),
        ("GET", "/people/p-1/credentials", Value::Null, "yyyyyy"),
        ("GET", "/people/p-2/credentials", Value::Null, "yyyNNN"),
        ("POST", "/credentials", json!({ "person": "p-1", "card": "26:1:6" }), "yFFyFF"),
        ("GET", "/credentials/cred-1", Value::Null, "yyyyyy"),
        ("GET", "/card-formats", Value::Null, "yyyyyy"),
        ("POST", "/credentials/cred-1/state", json!({ "state": "lost", "reason": "x" }), "yyFyyF"),
        ("POST", "/credentials/cred-1/state", json!({ "state": "enabled", "reason": "x" }), "yFFyFF"),
        ("POST", "/credentials/cred-1/end-lockout", json!({}), "yyFyyF"),
        ("GET", "/organisations", Value::Null, "yyyyyy"),
        ("GET", "/agreements/agr-1", Value::Null, "yyyyyy"),
        ("GET", "/agreements", Value::Null, "yyyyyy"),
        (
            "POST",
            "/agreements",
            json!({ "owner": "st-marys", "guest": "the-royal", "areas": ["r02/c01"], "to_at": TO, "reason": "x" }),
            "yFFyFF",
        ),
        (
            "POST",
            "/agreements",
            json!({ "owner": "the-royal", "guest": "st-marys", "areas": ["r02/c02"], "to_at": TO, "reason": "x" }),
            "yFFNFF",
        ),
        ("POST", "/agreements/agr-1/end", why(), "yFFyFF"),
        ("GET", "/explain?person=p-1&point=r02/c01/front", Value::Null, "yyyyyy"),
        ("GET", "/explain?person=p-3&point=r02/c01/front", Value::Null, "yyyNNN"),
        ("GET", "/explain?person=p-1&point=main-entrance", Value::Null, "yyyNNN"),
    ]
}

pub(super) fn of_moments() -> Vec<Asked> {
    let tried = json!({ "reason": "x", "changes": [{ "do": "revoke_grant", "grant": "g-1" }] });
    vec![
        ("GET", "/points/r02%2Fc01%2Ffront/who", Value::Null, "yyyyyy"),
        ("GET", "/points/main-entrance%2Fin/who", Value::Null, "yyyNNN"),
        ("GET", "/people/p-1/points", Value::Null, "yyyyyy"),
        ("GET", "/people/p-2/points", Value::Null, "yyyNNN"),
        ("POST", "/simulations", tried, "yFFyFF"),
    ]
}

pub(super) fn of_rights() -> Vec<Asked> {
    vec![
        ("GET", "/grants", Value::Null, "yyyyyy"),
        (
            "POST",
            "/grants",
            json!({ "person": "p-1", "rack": "r02/c01", "to_at": TO, "reason": "x", "ticket": "CHG-2" }),
            "yFFyFF",
        ),
        (
            "POST",
            "/grants",
            json!({ "person": "p-1", "doors": ["main-entrance"], "to_at": TO, "reason": "x" }),
            "yFFNFF",
        ),
        (
            "POST",
            "/grants",
            json!({ "person": "p-1", "profile": "Own", "to_at": TO, "reason": "x", "ticket": "CHG-2" }),
            "yFFyFF",
        ),
        ("GET", "/grants/g-1", Value::Null, "yyyyyy"),
        ("POST", "/grants/g-2/approve", why(), "yFFFFF"),
        ("POST", "/grants/g-2/deny", why(), "yFFyFF"),
        ("POST", "/grants/g-1/revoke", why(), "yFFyFF"),
        ("POST", "/grants/g-1/end", json!({ "to_at": "2026-07-24T15:00:00Z", "reason": "x" }), "yFFyFF"),
        ("POST", "/grants/g-3/review", json!({ "note": "Was needed" }), "yFFFFF"),
        ("POST", "/tickets/close", json!({ "ticket": "CHG-1", "reason": "x" }), "yFFyFF"),
        ("POST", "/break-glass", json!({ "person": "p-1", "rack": "r02/c01", "reason": "x" }), "yFFyFF"),
        ("GET", "/profiles", Value::Null, "yyyyyy"),
        ("GET", "/profiles/Own", Value::Null, "yyyyyy"),
        (
            "POST",
            "/profiles",
            json!({ "name": "New", "policies": [{ "area": "r02/c01", "schedule": "Nights" }], "reason": "x" }),
            "yFFyFF",
        ),
        ("PUT", "/profiles/Own", json!({ "policies": [{ "door": "r02/c01/front" }], "reason": "x" }), "yFFyFF"),
        ("PATCH", "/profiles/Own", json!({ "policies": [{ "door": "r02/c01/front" }], "reason": "x" }), "yFFyFF"),
        ("DELETE", "/profiles/Own", why(), "yFFyFF"),
    ]
}

pub(super) fn of_schedules() -> Vec<Asked> {
    vec![
        ("GET", "/schedules", Value::Null, "yyyyyy"),
        ("GET", "/schedules/Nights", Value::Null, "yyyyyy"),
        ("POST", "/schedules", json!({ "name": "New", "windows": ["Mon 08:00-09:00"] }), "yFFFFF"),
        ("PUT", "/schedules/Nights", json!({ "windows": ["Mon 08:00-09:00"] }), "yFFFFF"),
        ("PATCH", "/schedules/Nights", json!({ "windows": ["Mon 08:00-09:00"] }), "yFFFFF"),
        ("DELETE", "/schedules/Nights", json!({}), "yFFFFF"),
        ("GET", "/schedules/Nights/preview", Value::Null, "yyyyyy"),
        ("GET", "/schedules/Nights/ical", Value::Null, "yyyyyy"),
        (
            "PUT",
            "/schedules/Nights/ical",
            ical("DTSTART:20260105T080000\r\nDTEND:20260105T180000\r\nRRULE:FREQ=WEEKLY;BYDAY=MO"),
            "yFFFFF",
        ),
        ("GET", "/calendars", Value::Null, "yyyyyy"),
        ("GET", "/calendars/Holidays", Value::Null, "yyyyyy"),
        ("POST", "/calendars", json!({ "name": "New", "days": ["2026-12-25"] }), "yFFFFF"),
        ("PUT", "/calendars/Holidays", json!({ "days": ["2026-12-25"] }), "yFFFFF"),
        ("PATCH", "/calendars/Holidays", json!({ "days": ["2026-12-25"] }), "yFFFFF"),
        ("DELETE", "/calendars/Holidays", json!({}), "yFFFFF"),
        ("GET", "/calendars/Holidays/ical", Value::Null, "yyyyyy"),
        ("PUT", "/calendars/Holidays/ical", ical("DTSTART;VALUE=DATE:20261225"), "yFFFFF"),
    ]
}
