//! A handle at either broker, as a process of its own: enrolled with a code of the command line, its rights list, and a
//! revocation that waits for its receipt or says who still honours the right.

use super::outside::Mosquitto;
use super::site::{Broker, Daemon, Plan, Site};

/// The handle at the broker, and its rack.
const HANDLE: &str = "r02-handle";
const RACK: &str = "r02/c01/front";

/// The number of the only grant of a person.
#[track_caller]
fn grant_of(site: &Site, person: &str) -> String {
    let grants = site.cli(&["grant", "list", "--person", person, "-o", "json"]).json();
    grants["items"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_revocation_ends_with_its_receipt_and_names_who_is_out_of_reach() {
    let site = Site::lay_out(&Plan::default());
    revoke_and_wait(&site, site.daemon());
}

#[test]
fn a_revocation_ends_with_its_receipt_at_another_broker_too() {
    let site = Site::lay_out(&Plan { broker: Broker::Outside, ..Plan::default() });
    let daemon = site.daemon();
    let _broker = Mosquitto::for_the_handle_of(&site);
    revoke_and_wait(&site, daemon);
}

#[track_caller]
fn revoke_and_wait(site: &Site, daemon: Daemon) {
    let hardware = site.hardware();
    let mut stream = daemon.stream();
    daemon.whole(&mut stream);
    site.enrol();
    let since = daemon.api.head();
    hardware.hands.badge("p-1", RACK);
    stream.find(since, "the badge is granted", |event| event.is("access.granted", RACK));

    let revoke = |grant: &str, patience: &str| {
        site.cli(&["grant", "revoke", grant, "--reason", "left", "--wait", "--timeout", patience])
    };
    let revoked = revoke(&grant_of(site, "p-1"), "30s");
    assert_eq!(revoked.code, Some(0), "{revoked:?}");
    let receipts = daemon.api.document("/api/v1/receipts");
    assert_eq!((&receipts["total"], &receipts["pending"]), (&1.into(), &0.into()), "{receipts:#}");

    // Again with a right that the handle holds when it is taken off the line.
    let door = ["--door", RACK, "--for", "4h", "--reason", "back again", "-o", "json"];
    let granted = site.cli(&[["grant", "create", "--person", "p-1"].as_slice(), &door].concat()).json();
    let applied = |pending: u64| daemon.api.document("/api/v1/receipts")["pending"] == pending;
    stream.find(since, "the new list", |event| event.name == "rights.applied" && applied(0));
    hardware.program.kill();
    let pending = revoke(granted["id"].as_str().unwrap(), "2s");
    assert_eq!(pending.code, Some(9), "{pending:?}");
    let said = format!("{}{}", pending.out, pending.err);
    assert!(said.contains(HANDLE) && said.contains("STILL HONOURS UNTIL"), "{pending:?}");
    let grant = granted["id"].as_str().unwrap();
    let still = format!("warning: STILL VALID on {HANDLE} (lon1/hall/{RACK}) until ");
    let told = said.lines().find(|line| line.starts_with(&still)).unwrap_or_else(|| panic!("{said}"));
    assert!(told.contains(&format!(": grant {grant}, for p-1 (cred-")), "{told}");

    // Back with what it had kept, it is given the shorter list before it can be asked.
    let hardware = site.hardware();
    stream.find(since, "the receipt that was missing", |event| event.name == "rights.applied" && applied(0));
    let since = daemon.api.head();
    hardware.hands.badge("p-1", RACK);
    let refused = stream.find(since, "the badge is refused", |event| event.name == "access.denied");
    assert!(refused.is("access.denied", RACK), "{refused:?}");
    assert_eq!(hardware.hands.door(RACK)["bolt"], "locked");
    daemon.program.interrupt();
}
