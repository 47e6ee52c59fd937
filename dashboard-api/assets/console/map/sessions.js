// What the journal and the rights of a rack say together: who opened it, and which work is under way. Pure; what counts as a right
// at this moment was decided by the daemon.

const RECENT_MS = 12 * 3_600_000;

/** Openings among events, the newest first: by a right, by nobody's, while held unlocked, or by force. */
export function openings(events, most = 20) {
  return events.filter((event) => {
    const name = nameOf(event);
    return name === "access.taken" || name === "door.open-unlocked" || (name === "alarm.raised" && event.data?.kind === "door_forced_open");
  }).slice(0, most);
}

/** The name of an event, without its prefix and version. */
export const nameOf = (event) => String(event.type ?? event.name ?? "").replace(/^rackward\./, "").replace(/\.v\d+$/, "");

/**
 * Work under way: rights that count now and were used here in the last twelve hours, the newest first, as `{right, lastAt, isOpen}`.
 * `isOpen(door)` says whether a door stands open.
 */
export function workUnderWay(rights, events, isOpen, nowMs) {
  const lastByGrant = new Map();
  const lastAtDoor = new Map();
  for (const event of events) {
    if (nameOf(event) !== "access.granted") continue;
    const { grant_id: grant, door } = event.data ?? {};
    if (!grant || nowMs - Date.parse(event.time) > RECENT_MS) continue;
    if (!lastByGrant.has(grant)) lastByGrant.set(grant, event);
    if (door && !lastAtDoor.has(door)) lastAtDoor.set(door, grant);
  }
  const seen = new Set();
  const work = [];
  for (const right of rights) {
    const last = lastByGrant.get(right.grant);
    if (!last || seen.has(right.grant)) continue;
    seen.add(right.grant);
    const { door } = last.data;
    work.push({ right, lastAt: last.time, door, isOpen: lastAtDoor.get(door) === right.grant && isOpen(door) });
  }
  return work.sort((a, b) => Number(b.isOpen) - Number(a.isOpen) || (a.lastAt < b.lastAt ? 1 : -1));
}

/** Rights of several doors as one list: one entry for a grant, with the doors it opens. */
export function mergedRights(lists) {
  const merged = new Map();
  for (const { door, items } of lists) {
    for (const item of items) {
      const key = `${item.grant} ${item.person.id}`;
      const known = merged.get(key);
      if (known) known.doors.push(door);
      else merged.set(key, { ...item, doors: [door] });
    }
  }
  return [...merged.values()];
}

/** A grant of the list of grants in the form in which the daemon tells who may open. */
export const asRight = (grant) => ({ person: { id: grant.person, name: null }, grant: grant.id, until_at: grant.to_at, reason: grant.reason, ticket: grant.ticket });
