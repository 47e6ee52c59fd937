// The tabs of the desk, and what of the address says which alarms are shown: `view`, `prio`, `area`, `sel` and `behind`. The
// first tab has whatever wants an answer, also what has returned unseen, so that whoever looks at it alone misses nothing; two
// others are parts of it. Which alarms a view of the API has is the API's to say. No DOM here.

// The tabs in their order. `list` is the view of the API that is asked for, `has` what of it the tab shows.
export const TABS = [
  { view: "active", word: "Active", list: "open", has: () => true },
  { view: "mine", word: "Mine", list: "mine", has: () => true },
  { view: "returned", word: "Returned-unacked", list: "open", has: (alarm) => !alarm.active && !alarm.acked },
  { view: "verdict", word: "To be judged", list: "open", has: (alarm) => !alarm.active && Boolean(alarm.acked) },
  { view: "shelved", word: "Shelved", list: "shelved", has: () => true },
  { view: "out_of_service", word: "Out of service", list: "out_of_service", has: () => true },
  { view: "closed_today", word: "Closed today", list: "closed_today", has: () => true },
];

const WHOLE = [1, 2, 3, 4];

// The tab of a view; the first where there is none of that name.
export const tabOf = (view) => TABS.find((tab) => tab.view === view) ?? TABS[0];

// What an address asks for; whatever cannot be read is as if it were not there.
export function choiceOf(query) {
  const prio = (query.get("prio") ?? "").split(",").map(Number).filter((number) => WHOLE.includes(number));
  return {
    view: tabOf(query.get("view")).view,
    prio: [...new Set(prio)].sort(),
    area: query.get("area") ?? "",
    sel: query.get("sel") ?? "",
    behind: (query.get("behind") ?? "").split(",").filter((id) => /^alm-\d+$/.test(id)),
  };
}

// The same as members of an address; `null` takes a member out of it.
export function queryOf({ view, prio, area, sel, behind }) {
  return {
    view: view === TABS[0].view ? null : view,
    prio: prio.length === 0 || prio.length === WHOLE.length ? null : prio.join(","),
    area: area || null,
    sel: sel || null,
    behind: behind.length ? behind.join(",") : null,
  };
}

// Whether a place lies in an area: is it, or is below it.
export const liesIn = (place, area) => place === area || (typeof place === "string" && place.startsWith(`${area}/`));

// Whether an alarm is among those asked for by priority and area.
export function isWanted(alarm, { prio, area }) {
  if (prio.length && !prio.includes(alarm.priority)) return false;
  return !area || liesIn(alarm.door ?? alarm.source, area);
}

// The other priorities after one was pressed. None is the same as all: the first press shows that one alone.
export function toggled(prio, pressed) {
  const next = prio.includes(pressed) ? prio.filter((one) => one !== pressed) : [...prio, pressed].sort();
  return next.length === WHOLE.length ? [] : next;
}

// The filter in words, for prints and the line above the list.
export function filterWords({ view, prio, area }) {
  const parts = [tabOf(view).word];
  if (prio.length) parts.push(`priority ${prio.join(" and ")}`);
  if (area) parts.push(`in ${area}`);
  return parts.join(", ");
}

// Where an alarm happened, for the map and for lockdown: its door, or its source where that is a place.
export function placeOf(alarm) {
  if (alarm.door) return alarm.door;
  return ["area", "zone", "point"].includes(alarm.source_kind) ? alarm.source : null;
}

// The areas around a place, the innermost first, as far as its path tells: a door lies in all but the last part of its own.
export function areasAround(place, sourceKind) {
  const parts = place.split("/");
  if (sourceKind !== "area") parts.pop();
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
}
