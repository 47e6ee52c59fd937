// The effective access of one person as a matrix: places down, bands of the week across, and in each cell the grants that
// give it. It shows what rights say; lockdowns, anti-passback and factors are asked at the door, and `explain` tells of them.
//
// Vocabulary: a *band* is a set of hours that rights share, a *source* is a grant with how it gives the right.

import { stretchWords } from "./words.js";

const COUNTS = new Set(["active", "not_begun"]);

/** The matrix: `{bands: [{id, title, hours}], rows: [{path, kind, count, whole, cells: Map(band id -> sources)}]}`. */
export function accessMatrix({ grants, profiles, schedules, doors }) {
  const given = new Map();
  const bands = new Map();
  for (const grant of grants.filter((one) => COUNTS.has(one.standing))) {
    for (const { door, band } of rightsOf(grant, profiles, schedules)) {
      bands.set(band.id, band);
      const cells = given.get(door) ?? new Map();
      cells.set(band.id, [...(cells.get(band.id) ?? []), sourceOf(grant)]);
      given.set(door, cells);
    }
  }
  const paths = new Set([...doors.map((door) => door.path), ...given.keys()]);
  const kinds = new Map(doors.map((door) => [door.path, door.kind]));
  return { bands: [...bands.values()].sort(bandOrder), rows: rowsOf(treeOf(paths, kinds), given) };
}

function rightsOf(grant, profiles, schedules) {
  if (!grant.profile) {
    const band = bandOf(grant.schedule, grant.weekly, schedules);
    return grant.doors.map((door) => ({ door, band }));
  }
  const profile = profiles.find((one) => one.name === grant.profile);
  return (profile?.policies ?? []).map(({ door, schedule }) => ({ door, band: bandOf(schedule, [], schedules) }));
}

function bandOf(schedule, weekly, schedules) {
  if (schedule) {
    const known = schedules.find((one) => one.name === schedule);
    return { id: `s:${schedule}`, title: schedule, hours: known ? hoursOf(known) : "" };
  }
  const hours = stretchWords(weekly);
  return hours ? { id: `w:${hours}`, title: hours, hours: "" } : { id: "always", title: "Always", hours: "" };
}

function hoursOf(schedule) {
  const windows = schedule.windows.join(", ") || "closed";
  return schedule.special?.length > 0 ? `${windows}; special days apart` : windows;
}

function bandOrder(a, b) {
  if (a.id === "always" || b.id === "always") return a.id === "always" ? -1 : 1;
  return a.title < b.title ? -1 : 1;
}

function sourceOf(grant) {
  return {
    grant: grant.id, profile: grant.profile ?? null, to: grant.to_at, from: grant.standing === "not_begun" ? grant.from_at : null,
    escort: Boolean(grant.escort), uses: grant.uses_left ?? null, emergency: grant.kind === "break_glass",
  };
}

/** Every place on the way to a door, as nested maps. */
function treeOf(paths, kinds) {
  const root = { path: "", children: new Map(), doors: [], kind: "area" };
  for (const path of [...paths].sort()) {
    let node = root;
    for (const part of path.split("/")) {
      const here = node.path ? `${node.path}/${part}` : part;
      if (!node.children.has(part)) node.children.set(part, { path: here, children: new Map(), doors: [], kind: "area" });
      node.doors.push(path);
      node = node.children.get(part);
    }
    node.doors.push(path);
    node.kind = kinds.get(path) === "rack_door" ? "rack_door" : "door";
  }
  nameKinds(root);
  return root;
}

// What only has rack doors is a rack, what only has racks is a row.
function nameKinds(node) {
  const children = [...node.children.values()];
  children.forEach(nameKinds);
  if (children.length === 0) return;
  const all = (kind) => children.every((child) => child.kind === kind);
  node.kind = all("rack_door") ? "rack" : all("rack") ? "row" : "area";
}

// A place whose doors all have the same rights is one row; otherwise its parts are looked at.
function rowsOf(node, given) {
  const signatures = new Set(node.doors.map((door) => signatureOf(given.get(door))));
  if (signatures.size === 1 && node.path !== "") {
    if (signatures.has("")) return [];
    return [{ path: node.path, kind: node.kind, count: node.doors.length, whole: node.children.size > 0, cells: given.get(node.doors[0]) }];
  }
  return [...node.children.values()].flatMap((child) => rowsOf(child, given));
}

function signatureOf(cells) {
  if (!cells) return "";
  return [...cells].map(([band, sources]) => `${band}=${sources.map((source) => source.grant).sort().join("+")}`).sort().join("|");
}

/** What a row is, for somebody who reads it: "lon1/hall-a/r01, row, 8 doors". */
export function rowWords(row) {
  if (!row.whole) return row.kind === "rack_door" ? "rack door" : "door";
  return `${row.kind}, ${row.count} ${row.count === 1 ? "door" : "doors"}`;
}

/** The newest use of each grant and credential among events that come newest first: id -> event. */
export function lastUses(events) {
  const used = new Map();
  for (const event of events) {
    for (const id of [event.data?.grant_id, event.data?.credential_id]) if (id && !used.has(id)) used.set(id, event);
  }
  return used;
}
