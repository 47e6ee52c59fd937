// How a place looks as a whole: the worst of its doors, and its alarms. Glyphs and words come from the daemon; what is decided
// here is only which of several is shown where there is room for one, so that nothing unknown hides behind something normal.

import { around } from "./places.js";

/** Glyphs from the worst on. What is not known comes before what is known to be open. */
const WORST_FIRST = [
  "fault", "unknown", "open", "handle_open", "unlocked", "accessed", "blocked", "locked_down", "double_locked", "locked",
];

/** Every glyph, the worst first. */
export const GLYPHS = WORST_FIRST;

// A glyph that this console does not know yet is no reason to draw a door as locked.
const rank = (glyph) => {
  const at = WORST_FIRST.indexOf(glyph);
  return at < 0 ? 1 : at;
};

/** The worse of two glyphs; either may be missing. */
export function worse(a, b) {
  if (!a || !b) return a ?? b ?? null;
  return rank(a) <= rank(b) ? a : b;
}

/** Whether a glyph is one that nobody needs to look at. */
export const isNormal = (glyph) => glyph === "locked" || glyph === "double_locked";

/** The place that an alarm is shown at; null where it has none on a plan. */
export function placeOf(alarm) {
  if (alarm.door) return alarm.door;
  return ["door", "area", "zone", "point", "site"].includes(alarm.source_kind) ? alarm.source : null;
}

/** Alarms in the order in which they want an answer. */
function byUrgency(a, b) {
  return Number(Boolean(a.acked)) - Number(Boolean(b.acked)) || a.priority - b.priority || (a.raised_at < b.raised_at ? 1 : -1);
}

/**
 * For every place, and every place around one: `{glyph, doors, unsecured, unknown, alarms: [...]}`. Alarms that are put aside are
 * not told again here. `inside` as in `places.js`.
 */
export function rollUp(doors, alarms, inside) {
  const places = new Map();
  const at = (path) => {
    if (!places.has(path)) places.set(path, { glyph: null, doors: 0, unsecured: 0, unknown: 0, alarms: [] });
    return places.get(path);
  };
  for (const door of doors) {
    const isUnknown = door.secured === "unknown";
    for (const path of reached(door, inside)) {
      const place = at(path);
      place.glyph = worse(place.glyph, door.glyph);
      place.doors += 1;
      place.unknown += Number(isUnknown);
      place.unsecured += Number(!isUnknown && door.secured !== "secured");
    }
  }
  const areas = new Map(doors.map((door) => [door.path, door.area]));
  for (const alarm of [...alarms].filter((one) => !one.suppression).sort(byUrgency)) {
    const path = placeOf(alarm);
    if (path) for (const place of reached({ path, area: areas.get(path) }, inside)) at(place).alarms.push(alarm);
  }
  return places;
}

// A door at a hall need not have the hall in its path: what it leads into counts as around it as well.
const reached = (door, inside) => new Set([...around(door.path, inside), ...around(door.area ?? "", inside)]);

/** A place of which nothing is known. */
export const NOTHING = Object.freeze({ glyph: null, doors: 0, unsecured: 0, unknown: 0, alarms: Object.freeze([]) });

/** A place in words, for whoever hears it and for a tooltip. */
export function placeWords(place) {
  const words = [];
  const [first] = place.alarms;
  if (first) words.push(`${first.words}${place.alarms.length > 1 ? ` and ${place.alarms.length - 1} more` : ""}`);
  if (place.doors > 1) {
    if (place.unknown) words.push(`${place.unknown} of ${place.doors} doors unknown`);
    if (place.unsecured) words.push(`${place.unsecured} of ${place.doors} doors not secured`);
    if (!place.unknown && !place.unsecured) words.push(`all ${place.doors} doors closed and locked`);
  }
  return words.join(", ");
}
