//! Areas and racks: where they lie, whose they are, how well they are protected, what is asked of those inside. Whether the
//! doors around an area let its rules be kept is `exits.rs`.

use core::time::Duration;
use std::collections::BTreeMap;

use super::nesting::Nesting;
use super::{Findings, Names, path};
use crate::site::draft::{AreaDraft, SiteDraft};
use crate::site::{AreaKind, Company, Passback, ProtectionClass};

/// How many areas may lie around a rack, itself counted: each is looked at when somebody asks to pass.
const AREA_DEPTH: usize = 16;

/// After how long a timed anti-passback forgives: less than a second is none, more than a day outlives every shift.
const PASSBACK_TIME: core::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(24 * 3600);

pub(super) fn check(draft: &SiteDraft, names: &Names<'_>, found: &mut Findings) {
    let nesting = Nesting::of(draft, names);
    let mut seen = BTreeMap::new();
    for (index, area) in draft.areas.iter().enumerate() {
        path(("area", index, "path"), &draft.name, &area.path, found);
        if let Some(first) = seen.insert(area.path.as_str(), index) {
            let first = kind_word(draft.areas.get(first).map_or(area.kind, |first| first.kind));
            let message = format!("\"{}\" is already the path of another {first}", area.path);
            found.add("area", index, "path", message, "each may stand only once; rename or remove one");
        }
        owner(draft, names, index, area, found);
        policy(index, area, found);
        inside(draft, names, &nesting, index, found);
    }
    for cycle in &nesting.cycles {
        cycle_found(draft, cycle, found);
    }
}

/// What a kind of area is called in the site file.
pub(super) fn kind_word(kind: AreaKind) -> &'static str {
    match kind {
        AreaKind::Perimeter => "perimeter",
        AreaKind::Building => "building",
        AreaKind::Hall => "hall",
        AreaKind::Cage => "cage",
        AreaKind::Rack => "rack",
    }
}

fn class_number(class: ProtectionClass) -> u8 {
    match class {
        ProtectionClass::One => 1,
        ProtectionClass::Two => 2,
        ProtectionClass::Three => 3,
        ProtectionClass::Four => 4,
    }
}

fn owner(draft: &SiteDraft, names: &Names<'_>, index: usize, area: &AreaDraft, found: &mut Findings) {
    let Some(owner) = &area.owner else { return };
    if *owner != draft.name && !names.organisations.contains_key(owner.as_str()) {
        let otherwise = "add an [[organisation]] with this name, or name one that exists";
        let known = names.organisations.keys();
        found.unknown(("area", index, "owner"), ("organisation", owner), known, otherwise);
    }
}

/// What is asked of those inside, as far as the area alone says it.
fn policy(index: usize, area: &AreaDraft, found: &mut Findings) {
    let counts = [
        ("passback", area.passback != Passback::Off),
        ("max_occupancy", area.max_occupancy.is_some()),
        ("company", area.company == Company::Required),
    ];
    for (field, _) in counts.into_iter().filter(|(_, asked)| *asked && area.kind == AreaKind::Rack) {
        let message = format!("{field} is asked of rack \"{}\", which nobody is ever inside", area.path);
        found.add("area", index, field, message, "ask it of the hall or cage around the rack");
    }
    match (area.max_occupancy, area.company) {
        (Some(0), _) => {
            let help = "write how many may be inside, or remove it; an area is closed by locking it down";
            found.add("area", index, "max_occupancy", "max_occupancy of 0 lets nobody in".to_owned(), help);
        }
        (Some(1), Company::Required) => {
            let message = "one person at most, but nobody alone: nobody could enter".to_owned();
            found.add("area", index, "max_occupancy", message, "write 2 or more, or do not require company");
        }
        (Some(_) | None, Company::Required | Company::Optional) => {}
    }
    if let Passback::Timed(time) = area.passback
        && !PASSBACK_TIME.contains(&time)
    {
        let message = format!("passback_time of {time:?} is outside 1s to 24h");
        found.add("area", index, "passback", message, "choose a time within these bounds");
    }
}

/// Where the area lies, and how well it is protected there.
fn inside(draft: &SiteDraft, names: &Names<'_>, nesting: &Nesting, index: usize, found: &mut Findings) {
    let Some(area) = draft.areas.get(index) else { return };
    let Some(inside) = area.inside.as_deref() else { return };
    let Some(outer) = names.areas.get(inside).and_then(|outer| draft.areas.get(*outer)) else {
        let otherwise = "add an [[area]] with this path, or name one that exists";
        return found.unknown(("area", index, "inside"), ("area", inside), names.areas.keys(), otherwise);
    };
    if outer.kind > area.kind || outer.kind == AreaKind::Rack {
        let (own, around) = (kind_word(area.kind), kind_word(outer.kind));
        let message = format!("a {own} cannot lie in a {around}, as \"{}\" in \"{inside}\" would", area.path);
        let help = "areas nest as perimeter, building, hall, cage, rack; correct kind, or the area around it";
        found.add("area", index, "inside", message, help);
    }
    if nesting.outwards(index).take(AREA_DEPTH + 1).count() == AREA_DEPTH + 1
        && nesting
            .around(index)
            .is_some_and(|around| nesting.outwards(around).take(AREA_DEPTH + 1).count() == AREA_DEPTH)
    {
        let message = format!("\"{}\" is the {}th area, each inside the next", area.path, AREA_DEPTH + 1);
        found.add("area", index, "inside", message, format!("nest {AREA_DEPTH} areas at most"));
    }
    class(draft, nesting, index, area, found);
}

/// Protection never falls on the way in (EN 50600-2-5: each class lies within the one below it).
fn class(draft: &SiteDraft, nesting: &Nesting, index: usize, area: &AreaDraft, found: &mut Findings) {
    let settled = |around: &usize| draft.areas.get(*around).and_then(|area| Some((area, area.class?)));
    let outer = nesting.outwards(index).skip(1).take(AREA_DEPTH).find_map(|around| settled(&around));
    if let (Some(own), Some((outer, least))) = (area.class, outer)
        && own < least
    {
        let (own, least) = (class_number(own), class_number(least));
        let message =
            format!("class {own} of \"{}\" is lower than class {least} of \"{}\" around it", area.path, outer.path);
        let help =
            format!("protection does not fall on the way in: write class = {least} or higher, or lower it outside");
        found.add("area", index, "class", message, help);
    }
}

fn cycle_found(draft: &SiteDraft, cycle: &[usize], found: &mut Findings) {
    /// Names shown of a cycle; a longer one is cut in the middle of the sentence, its place is told all the same.
    const SHOWN_AREAS: usize = 8;
    let paths = cycle.iter().chain(cycle.first()).filter_map(|area| draft.areas.get(*area));
    let mut shown: Vec<String> = paths.map(|area| format!("\"{}\"", area.path)).collect();
    if shown.len() > SHOWN_AREAS {
        shown.splice(SHOWN_AREAS - 1..shown.len() - 1, ["...".to_owned()]);
    }
    let message = match cycle {
        [_] => format!("area {} lies in itself", shown.first().map_or("", String::as_str)),
        _ => format!("areas lie in a circle: {}", shown.join(" in ")),
    };
    let help = "give each area the one around it, and the outermost none: change one of them";
    found.add("area", cycle.first().copied().unwrap_or(0), "inside", message, help);
}
