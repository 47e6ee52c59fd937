// Who used a card last at the place of an alarm before it came: what is known of "who", and no more than that. It remembers
// what the journal tells of accesses, by door, and judges nothing. No DOM here.

const NEAR_MS = 10 * 60_000; // whoever was there longer ago says nothing about an alarm
const LATE_MS = 2_000; // a report that came after the alarm may be of what led to it
const KEPT_A_DOOR = 20;
const KEPT_DOORS = 10_000;

const DID = { "access.granted": "admitted", "access.denied": "refused", "access.taken": "opened", "access.duress": "admitted" };

const doorOf = ({ subject, data }) => data.door ?? (data.point ?? subject).replace(/\/[^/]*$/, "");

export class LastHere {
  #byDoor = new Map();

  // An event of an access, from the stream or from a search.
  take(event) {
    const name = event.name ?? String(event.type ?? "").replace(/^rackward\.|\.v\d+$/g, "");
    const person = event.data?.person_id;
    if (!person || !DID[name]) return;
    const door = doorOf(event);
    const kept = this.#byDoor.get(door) ?? [];
    const at = Date.parse(event.time);
    kept.push({ person, at, did: DID[name] });
    kept.sort((a, b) => b.at - a.at);
    kept.length = Math.min(kept.length, KEPT_A_DOOR);
    this.#byDoor.delete(door);
    this.#byDoor.set(door, kept);
    if (this.#byDoor.size > KEPT_DOORS) this.#byDoor.delete(this.#byDoor.keys().next().value);
  }

  // The last one at an alarm's door before it was raised: {person, did, beforeMs}; `null` where nobody was.
  of(alarm) {
    if (!alarm.door || alarm.kind === "duress") return null;
    const raised = Date.parse(alarm.raised_at);
    const found = this.#byDoor.get(alarm.door)?.find(({ at }) => at <= raised + LATE_MS && raised - at <= NEAR_MS);
    return found ? { person: found.person, did: found.did, beforeMs: Math.max(0, raised - found.at) } : null;
  }
}
