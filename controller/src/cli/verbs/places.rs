//! Places and how they stand: doors, areas, racks, points, the threat level, and who is where.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rackward_dashboard::wire::request;
use serde_json::{Value, json};

use super::{Session, handles, list, moments, pages, racks, screens, single, with};
use crate::cli::arguments::{
    AreaOrder, AreaVerb, DoorOrder, DoorVerb, ListArgs, PointVerb, PresenceVerb, RackImport, RackVerb, SiteVerb,
};
use crate::cli::client::Target;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Report;
use crate::cli::output::column::policy_doors;
use crate::cli::output::column::{AREAS, DOORS, GRANTS, OCCUPANCY, POINTS, RACK_ASSETS, RACKS};

/// How long an operator's command to a door stays good: long enough for a slow disk, short enough that a command that hung
/// somewhere opens nothing after everybody has left.
pub(super) const DOOR_COMMAND_S: u64 = 10;

/// Doors.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn door(session: &Session, verb: &DoorVerb) -> Result<Report, Failure> {
    match verb {
        DoorVerb::List(part) => list(session, Target::new(&["doors"]), part, "DoorList", DOORS, "no doors").await,
        DoorVerb::Show { door } => {
            let document = session.get(Target::new(&["doors", door])).await;
            let help = "list them with: rackward door list";
            Ok(single("Door", document.map_err(|failure| failure.advise_on(Exit::NotFound, help))?, screens::door))
        }
        DoorVerb::Open { order, lasting } => open(session, order, *lasting).await,
        // LockDoor also ends a block (ONVIF Door Control Service).
        DoorVerb::Lock(args) | DoorVerb::Unblock(args) => mode(session, args, "lock").await,
        DoorVerb::Unlock(args) => mode(session, args, "unlock").await,
        DoorVerb::Block(args) => mode(session, args, "block").await,
        DoorVerb::DoubleLock(args) => mode(session, args, "double-lock").await,
        DoorVerb::Lockdown(args) => mode(session, args, "lockdown").await,
        DoorVerb::LockdownRelease(args) => mode(session, args, "lockdown-release").await,
        DoorVerb::LockOpen(args) => mode(session, args, "lock-open").await,
        DoorVerb::LockOpenRelease(args) => mode(session, args, "lock-open-release").await,
    }
}

async fn open(session: &Session, args: &DoorOrder, lasting: Option<Duration>) -> Result<Report, Failure> {
    let not_after_at = session.after("the command", Duration::from_secs(DOOR_COMMAND_S))?;
    let for_s = lasting.map(|lasting| u32::try_from(lasting.as_secs()).unwrap_or(u32::MAX));
    let body = request::OpenDoor { door: args.door.clone(), for_s, reason: args.reason.clone(), not_after_at };
    let document = session.post(&["doors", "open"], &body).await?;
    Ok(single("DoorRelease", with(document, "door", json!(args.door)), screens::released))
}

async fn mode(session: &Session, args: &DoorOrder, order: &str) -> Result<Report, Failure> {
    let not_after_at = session.after("the command", Duration::from_secs(DOOR_COMMAND_S))?;
    let (door, reason) = (args.door.clone(), args.reason.clone());
    let body = request::OrderMode { door, order: order.to_owned(), reason, not_after_at };
    let document = session.post(&["doors", "mode"], &body).await;
    let document =
        document.map_err(|failure| failure.advise_on(Exit::Conflict, "see its mode with: rackward door list"))?;
    Ok(single("DoorOrder", with(document, "order", json!(order)), screens::ordered))
}

/// Areas.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn area(session: &Session, verb: &AreaVerb) -> Result<Report, Failure> {
    match verb {
        AreaVerb::List(part) => list(session, Target::new(&["areas"]), part, "AreaList", AREAS, "no areas").await,
        AreaVerb::Show { area } => {
            let document = session.get(Target::new(&["areas", area])).await;
            let help = "list them with: rackward area list";
            Ok(single("Area", document.map_err(|failure| failure.advise_on(Exit::NotFound, help))?, screens::area))
        }
        AreaVerb::Occupancy { area, part } => {
            let target = Target::new(&["areas", "occupancy"]).query("area", area);
            list(session, target, part, "OccupantList", OCCUPANCY, "nobody is known to be inside").await
        }
        AreaVerb::Lockdown(args) => area_order(session, args, "lockdown", screens::locked_down).await,
        AreaVerb::Release(args) => area_order(session, args, "release", screens::area_released).await,
    }
}

async fn area_order(session: &Session, args: &AreaOrder, order: &str, text: super::Text) -> Result<Report, Failure> {
    let not_after_at = session.after("the command", Duration::from_secs(DOOR_COMMAND_S))?;
    let body = request::AreaOrder { area: args.area.clone(), reason: args.reason.clone(), not_after_at };
    let document = session.post(&["areas", order], &body).await;
    let document = document
        .map_err(|failure| failure.advise_on(Exit::Conflict, "see which are locked down with: rackward area list"))?;
    Ok(single("AreaOrder", with(document, "area", json!(args.area)), text))
}

/// Racks.
///
/// # Errors
/// The daemon does not answer or says no, or there is no such rack.
pub(super) async fn rack(session: &Session, verb: &RackVerb) -> Result<Report, Failure> {
    match verb {
        RackVerb::List { register: true } => {
            let target = Target::new(&["racks"]);
            let part = ListArgs::default();
            list(session, target, &part, "RackAssetList", RACK_ASSETS, "the asset register was not taken over yet")
                .await
        }
        RackVerb::Show { rack } => show_rack(session, rack).await,
        RackVerb::Import(RackImport::Netbox(args)) => racks::import(session, args).await,
        RackVerb::List { register: false } => {
            let document = json!({ "items": all_racks(session).await?, "next_cursor": null });
            Ok(Report::List { kind: "RackList", document, columns: RACKS, empty: "no racks" })
        }
        RackVerb::Who { rack, at: Some(at) } => {
            let racks = all_racks(session).await?;
            let doors: Vec<&str> = texts(the_rack(&racks, rack)?, "doors").collect();
            moments::rack_who(session, &doors, at).await
        }
        RackVerb::Who { rack, at: None } => {
            let racks = all_racks(session).await?;
            let items = grants_naming(session, the_rack(&racks, rack)?).await?;
            let document = json!({ "items": items, "next_cursor": null });
            Ok(Report::List { kind: "GrantList", document, columns: GRANTS, empty: "no grant names this rack" })
        }
        RackVerb::Locate(args) => handles::locate_rack(session, args).await,
    }
}

/// A rack with its doors, and what the asset register says of it.
async fn show_rack(session: &Session, wanted: &str) -> Result<Report, Failure> {
    let racks = all_racks(session).await?;
    let rack = the_rack(&racks, wanted)?.clone();
    let assets = pages(session, Target::new(&["racks"])).await?;
    let assets = assets.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let asset = assets.into_iter().find(|asset| text(asset, "rack") == text(&rack, "path"));
    Ok(single("Rack", with(rack, "asset", asset.unwrap_or_default()), screens::rack))
}

/// Every rack with its doors: the areas of this kind, and the doors that lead into each.
async fn all_racks(session: &Session) -> Result<Vec<Value>, Failure> {
    let areas = pages(session, Target::new(&["areas"])).await?;
    let doors = pages(session, Target::new(&["doors"])).await?;
    let mut into: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for door in doors.get("items").and_then(Value::as_array).into_iter().flatten() {
        into.entry(text(door, "area")).or_default().push(door);
    }
    let rack = |area: &Value| {
        let doors = into.get(text(area, "path")).map(Vec::as_slice).unwrap_or_default();
        let states: Vec<&str> = doors.iter().map(|door| text(door, "secured")).collect();
        let worst = ["unsecured", "unknown"].into_iter().find(|state| states.contains(state)).unwrap_or("secured");
        let paths: Vec<&str> = doors.iter().map(|door| text(door, "path")).collect();
        let (path, owner) = (text(area, "path"), text(area, "owner"));
        json!({ "path": path, "owner": owner, "doors": paths, "secured": worst, "locked_down": area["locked_down"] })
    };
    let areas = areas.get("items").and_then(Value::as_array).into_iter().flatten();
    Ok(areas.filter(|area| text(area, "kind") == "rack").map(rack).collect())
}

/// The rack of this path, or the only one whose path ends so.
fn the_rack<'a>(racks: &'a [Value], wanted: &str) -> Result<&'a Value, Failure> {
    let ends = |rack: &&Value| text(rack, "path") == wanted || text(rack, "path").ends_with(&format!("/{wanted}"));
    let found: Vec<&Value> = racks.iter().filter(ends).collect();
    match found.as_slice() {
        [rack] => Ok(rack),
        [] => {
            let detail = format!("no rack is called {wanted}");
            Err(Failure::new(
                Exit::NotFound,
                "unknown-name",
                "No such rack",
                detail,
                "list them with: rackward rack list",
            ))
        }
        several => {
            let paths: Vec<&str> = several.iter().map(|rack| text(rack, "path")).collect();
            let detail = format!("{wanted} could be {}", paths.join(" or "));
            Err(Failure::new(
                Exit::Invalid,
                "unknown-name",
                "The name does not say which rack",
                detail,
                "name one of them in full",
            ))
        }
    }
}

/// The doors of these racks and of every rack of these rows, each once.
///
/// # Errors
/// The daemon does not answer or says no, or a rack or row is not known or not the only one of its name.
pub(super) async fn doors_of_racks(
    session: &Session,
    racks: &[String],
    rows: &[String],
) -> Result<Vec<String>, Failure> {
    let known = all_racks(session).await?;
    let mut wanted: Vec<&Value> = racks.iter().map(|rack| the_rack(&known, rack)).collect::<Result<_, _>>()?;
    for row in rows {
        let row = the_row(&known, row)?;
        wanted.extend(known.iter().filter(|rack| row_of(rack) == row));
    }
    let mut doors: Vec<String> = Vec::new();
    for door in wanted.into_iter().flat_map(|rack| texts(rack, "doors")) {
        if !doors.iter().any(|known| known == door) {
            doors.push(door.to_owned());
        }
    }
    Ok(doors)
}

/// The row that a rack stands in: its path without the last step.
fn row_of(rack: &Value) -> &str {
    text(rack, "path").rsplit_once('/').map_or("", |(row, _)| row)
}

/// The row of this path, or the only one whose path ends so.
fn the_row<'a>(racks: &'a [Value], wanted: &str) -> Result<&'a str, Failure> {
    let rows: BTreeSet<&str> = racks.iter().map(row_of).collect();
    let ends = |row: &&str| *row == wanted || row.ends_with(&format!("/{wanted}"));
    let found: Vec<&str> = rows.into_iter().filter(ends).collect();
    let (exit, title, detail) = match found.as_slice() {
        [row] => return Ok(row),
        [] => (Exit::NotFound, "No such row", format!("no rack stands in {wanted}")),
        several => {
            (Exit::Invalid, "The name does not say which row", format!("{wanted} could be {}", several.join(" or ")))
        }
    };
    Err(Failure::new(exit, "unknown-name", title, detail, "see the paths of racks with: rackward rack list"))
}

/// The grants that name a door of `rack`, by themselves or by a profile, and are not over for good.
async fn grants_naming(session: &Session, rack: &Value) -> Result<Vec<Value>, Failure> {
    let doors: Vec<&str> = texts(rack, "doors").collect();
    let profiles = pages(session, Target::new(&["profiles"])).await?;
    let profiles = profiles.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let names = |profile: &&Value| policy_doors(profile).any(|door| doors.contains(&door));
    let profiles: Vec<&str> = profiles.iter().filter(names).map(|profile| text(profile, "name")).collect();
    let grants = pages(session, Target::new(&["grants"])).await?;
    let grants = grants.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    let may = |grant: &Value| {
        let named =
            profiles.contains(&text(grant, "profile")) || texts(grant, "doors").any(|door| doors.contains(&door));
        named && matches!(text(grant, "standing"), "active" | "not_begun" | "requested")
    };
    Ok(grants.into_iter().filter(may).collect())
}

fn text<'a>(item: &'a Value, name: &str) -> &'a str {
    item.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn texts<'a>(item: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    item.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// Access points.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn point(session: &Session, verb: &PointVerb) -> Result<Report, Failure> {
    let PointVerb::List(part) = verb;
    list(session, Target::new(&["points"]), part, "PointList", POINTS, "no points").await
}

/// The whole site.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn site(session: &Session, verb: &SiteVerb) -> Result<Report, Failure> {
    let SiteVerb::ThreatLevel { level, reason } = verb;
    let body = request::SetThreatLevel { level: level.word().to_owned(), reason: reason.clone() };
    let document = session.post(&["threat-level"], &body).await?;
    Ok(single("ThreatLevel", with(document, "level", json!(level.word())), screens::threat_level))
}

/// Where people are.
///
/// # Errors
/// The daemon does not answer or says no.
pub(super) async fn presence(session: &Session, verb: &PresenceVerb) -> Result<Report, Failure> {
    let PresenceVerb::Forgive(args) = verb;
    let body = request::Forgive { person: args.person.clone(), area: args.area.clone(), reason: args.reason.clone() };
    let document = session.post(&["presence", "forgive"], &body).await?;
    Ok(single("PresenceForgiven", document, screens::forgiven))
}
