// What a wall shows and where: which alarms, how far everything is shifted against burn-in, which area is next, how many people
// are in which hall. It decides from what it is given and from the time, and draws nothing. No DOM here.

import { byNewest } from "./order.js";

// Everything on a wall moves a little so often.
export const SHIFT_EVERY_MS = 10 * 60_000;
export const SHIFT_PX = 4;

// How many alarms stand in big letters.
export const BIG_ALARMS = 6;

// How long one area is shown where a wall cycles.
export const AREA_FOR_MS = 20_000;

// No byte for so long, and what is shown is not live.
export const QUIET_MS = 15_000;

// Round the eight places about the middle and back, so that no place is shown twice as long as another.
const PLACES = [[0, 0], [1, 0], [1, 1], [0, 1], [-1, 1], [-1, 0], [-1, -1], [0, -1], [1, -1]];

// How far everything is shifted now, in pixels.
export function shiftAt(nowMs) {
  const [x, y] = PLACES[Math.floor(nowMs / SHIFT_EVERY_MS) % PLACES.length];
  return { x: x * SHIFT_PX, y: y * SHIFT_PX };
}

// The newest critical and high alarms, with how many more there are.
export function bigAlarms(alarms) {
  const urgent = alarms.filter((alarm) => alarm.priority <= 2).sort(byNewest);
  return { shown: urgent.slice(0, BIG_ALARMS), more: Math.max(0, urgent.length - BIG_ALARMS) };
}

// Which of the areas is shown now: the first for as long as something urgent is open, else one after another.
export function areaAt(areas, nowMs, isUrgent) {
  if (areas.length === 0) return null;
  if (isUrgent || areas.length === 1) return areas[0];
  return areas[Math.floor(nowMs / AREA_FOR_MS) % areas.length];
}

// Areas that are shown by themselves in turn: those right around racks, where there is more to see than in the whole site. With
// one of them alone, the whole site shows it already.
export function areasWorthATurn(paths, doors) {
  const around = new Set();
  for (const door of doors) {
    if (door.kind !== "rack_door") continue;
    const row = door.path.split("/").slice(0, -2).join("/");
    const near = paths.filter((path) => row.startsWith(`${path}/`)).sort((a, b) => b.length - a.length)[0];
    if (near) around.add(near);
  }
  return around.size > 1 ? [...around].sort() : [];
}

// Whether what is shown is not live, and since when.
export const deadSince = (lastByteMs, nowMs) => (nowMs - lastByteMs > QUIET_MS ? lastByteMs : null);

// How old what is shown is, as the clock says it.
export function ageWords(ageMs) {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  return seconds < 100 ? `${seconds} s old` : `${Math.floor(seconds / 60)} min old`;
}

// A path as it is read from far away: its last two parts, the whole where there are no more.
export function shortPlace(path) {
  const parts = String(path).split("/");
  return parts.length <= 3 ? parts.join(" / ") : parts.slice(-3).join(" / ");
}

// The halls with how many are inside: those areas that hold rooms of racks, or where there are none, the outermost areas.
// `areas` are those of `/areas`, `inside` those of `/inside/areas`, which is empty where the daemon does not tell it.
export function hallCounts(areas, inside) {
  const told = new Map(inside.map((row) => [row.area, row]));
  const halls = areas.filter((area) => area.kind === "hall");
  const shown = halls.length > 0 ? halls : areas.filter((area) => area.inside === null);
  return shown.map((area) => {
    const row = told.get(area.path);
    return {
      path: area.path,
      name: row?.name ?? lastOf(area.path),
      count: row?.count ?? area.occupancy,
      confidence: row?.confidence ?? null,
      wrongSince: row?.wrong_since_at ?? null,
    };
  });
}

// How many are inside the site: those in the outermost areas, since these count whoever is further in.
export function insideCount(areas, inside) {
  if (inside.length > 0) {
    return inside.filter((row) => row.parent === null).reduce((sum, row) => sum + row.count, 0);
  }
  return areas.filter((area) => area.inside === null).reduce((sum, area) => sum + area.occupancy, 0);
}

const lastOf = (path) => path.slice(path.lastIndexOf("/") + 1);

// Doors that are no exception are not drawn: what stands open, unlocked or unknown is, and what has an alarm.
export const isException = (door) => door.secured !== "secured" || ["locked_down", "blocked"].includes(door.glyph);

// Worst first: an alarm by its priority, then what is not known, then what stands open.
export function exceptions(doors, alarms, area) {
  const worst = new Map();
  for (const alarm of alarms) {
    const place = alarm.door ?? alarm.source;
    const held = worst.get(place);
    if (!held || alarm.priority < held.priority) worst.set(place, alarm);
  }
  const lies = (path) => !area || path === area || path.startsWith(`${area}/`);
  const rows = doors.filter((door) => lies(door.path) && (isException(door) || worst.has(door.path)))
    .map((door) => ({ door, alarm: worst.get(door.path) ?? null }));
  const rank = ({ door, alarm }) => (alarm ? alarm.priority : door.secured === "unknown" ? 5 : 6);
  return rows.sort((a, b) => rank(a) - rank(b) || (a.door.path < b.door.path ? -1 : 1));
}

// The calm state in words.
export const calmWords = (inside) => `All normal, 0 alarms, ${inside} inside`;

// A wall sits where everybody sees it: duress is not among what it shows, whoever is signed in (alarms.md, row 14).
export const onWall = (alarms) => alarms.filter((alarm) => alarm.kind !== "duress");

const NOBODY = { operator: "an operator", credential: "a card", grant: "a right" };

// Where an alarm is, as a wall says it: a place, never a person or what belongs to one.
export const wallPlace = (alarm) => NOBODY[alarm.source_kind] ?? shortPlace(alarm.door ?? alarm.source);

const TEST_TIMES = ["06:00", "18:00"];

// Whether the tone by which a wall tests its own sound is due, from the local times before and now.
export const testsNow = (before, now) => before.slice(0, 5) !== now.slice(0, 5) && TEST_TIMES.includes(now.slice(0, 5));

// The area of a view: a plan's id is its area's path with dots for slashes.
export const areaOfView = (view, areas) => areas.find((path) => path === view || path.replaceAll("/", ".") === view) ?? "";
