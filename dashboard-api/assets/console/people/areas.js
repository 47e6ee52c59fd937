// Areas as a tree with how many are inside, and the order in which persons inside are shown. It counts nothing itself: numbers
// and doubts come from the daemon.

/** Areas in the order of a tree, each with `depth`; areas without a known parent are outermost. */
export function areaTree(areas) {
  const paths = new Set(areas.map((one) => one.area));
  const children = new Map();
  for (const one of areas) {
    const parent = one.parent && paths.has(one.parent) ? one.parent : "";
    children.set(parent, [...(children.get(parent) ?? []), one]);
  }
  const walk = (parent, depth) => (children.get(parent) ?? [])
    .sort((a, b) => (a.area < b.area ? -1 : 1))
    .flatMap((one) => [{ ...one, depth }, ...walk(one.area, depth + 1)]);
  return walk("", 0);
}

/** Areas of `/api/v1/areas` in the shape of `/api/v1/inside/areas`, for a daemon that does not tell the second. */
export function areasOf(items) {
  return items.filter((one) => one.kind !== "rack").map((one) => ({
    area: one.path, name: one.path.split("/").at(-1), parent: one.inside, count: one.occupancy,
    confidence: null, confidence_words: null, wrong_since_at: null, wrong_words: null,
  }));
}

/** Occupants of `/api/v1/areas/occupancy` in the shape of `/api/v1/inside`. */
export function insideOf(items) {
  return items.map((one) => ({
    id: one.person, name: one.name, kind: "person", organisation: null, company: null, area: one.place, area_words: one.place,
    since_at: one.since_at, entered_by: null, last_seen: null, confidence: null, confidence_words: null, escort: null, disabled: false,
  }));
}

const folded = (text) => String(text ?? "").toLocaleLowerCase("en").normalize("NFKD").replace(/\p{M}/gu, "");

/** Whether somebody is meant by what was typed: every word is in name, company, id or area. */
export function isMeant(person, typed) {
  const words = folded(typed).split(/\s+/).filter(Boolean);
  const text = folded([person.name, person.company, person.organisation, person.id, person.area].filter(Boolean).join(" "));
  return words.every((word) => text.includes(word));
}

/** By area, then by name, as a sheet of paper lists them. */
export function byAreaThenName(a, b) {
  const order = (a.area ?? "").localeCompare(b.area ?? "", "en") || (a.name ?? a.id).localeCompare(b.name ?? b.id, "en");
  return order || (a.id < b.id ? -1 : 1);
}

/** Persons under their areas, in order: `[[area, persons]]`. */
export function groupByArea(persons) {
  const groups = new Map();
  for (const person of [...persons].sort(byAreaThenName)) {
    const area = person.area ?? "";
    groups.set(area, [...(groups.get(area) ?? []), person]);
  }
  return [...groups];
}
