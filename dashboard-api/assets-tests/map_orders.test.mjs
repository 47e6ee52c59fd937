// Orders for doors and what is said of them, doors that were ordered and have not answered, and work under way at a rack.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Commanded } from "../assets/console/map/commanded.js";
import { MODE_ORDERS, doorsWords, offered, openEffect, outcomeWords } from "../assets/console/map/orders.js";
import { waitsWords } from "../assets/console/waits.js";
import { asRight, mergedRights, nameOf, openings, workUnderWay } from "../assets/console/map/sessions.js";

const rackDoor = (path) => ({ path, kind: "rack_door" });

test("the second step says exactly what happens", () => {
  const front = rackDoor("lon1/hall-a/r07/c01/front");
  const row = Array.from({ length: 12 }, (_, i) => rackDoor(`lon1/hall-a/r07/c${i}/front`));
  assert.equal(openEffect([front], "", [10_000]), "Unlocks lon1/hall-a/r07/c01/front once, for 10 s. If nobody opens it, it locks again.");
  assert.equal(openEffect(row, "row 07", row.map(() => 10_000)), "Unlocks 12 rack doors in row 07 once, for 10 s each. What nobody opens locks again.");
  assert.equal(openEffect(row, "row 07", [5000, 10_000]), "Unlocks 12 rack doors in row 07 once, for 5 s to 10 s each. What nobody opens locks again.");
  assert.equal(openEffect([front], "", []), "Unlocks lon1/hall-a/r07/c01/front once. If nobody opens it, it locks again.");
  assert.equal(doorsWords([front, { path: "lon1/gate", kind: "gate" }], "lon1"), "2 doors in lon1");
  for (const { order, effect } of MODE_ORDERS) assert.match(effect("lon1/gate"), /lon1\/gate.*\.$/, order);
  assert.equal(outcomeWords(12, []), "12 of 12 done.");
  assert.equal(outcomeWords(10, [1, 2]), "10 of 12 done, 2 refused.");
});

test("what waits for a second operator was not done", () => {
  assert.equal(outcomeWords(0, [], [{}]), "0 of 1 done, 1 waits for a second operator.");
  assert.equal(outcomeWords(9, [1], [{}, {}]), "9 of 12 done, 1 refused, 2 wait for a second operator.");
  const clock = (at) => at.slice(11, 16);
  const [first, second] = [{ proposal: "prp-4", until_at: "2026-07-24T14:11:00Z" }, { proposal: "prp-5", until_at: "2026-07-24T14:10:00Z" }];
  assert.equal(waitsWords([first], clock), "Nothing was done yet: prp-4 waits for a second operator, until 14:11.");
  assert.equal(waitsWords([first, second], clock), "2 orders wait for a second operator, until 14:10: prp-4, prp-5.");
  assert.equal(waitsWords([{ proposal: "prp-6" }], clock), "Nothing was done yet: prp-6 waits for a second operator.");
});

test("a mode is offered where it would change something", () => {
  const orders = (...modes) => offered(modes).map(({ order }) => order);
  assert.deepEqual(orders("locked_down"), ["lockdown-release"]);
  assert.deepEqual(orders("locked_open"), ["lock-open-release"]);
  assert.ok(!orders("locked").includes("lock") && orders("locked").includes("unlock"));
  assert.ok(!orders("locked").includes("lockdown-release"));
  const mixed = orders("locked", "locked_down");
  assert.ok(mixed.includes("lock") && mixed.includes("lockdown-release") && !mixed.includes("lock-open-release"));
});

test("an ordered door is commanded until its lock monitor reports", () => {
  let nowMs = 0;
  const commanded = new Commanded(() => nowMs);
  const doors = new Map([["gate", { lock: "locked", contact: "closed" }]]);
  const look = () => commanded.look((path) => doors.get(path));
  commanded.add("gate", "open");
  assert.equal(look(), false);
  assert.equal(commanded.of("gate"), "open");
  doors.set("gate", { lock: "unknown", contact: "unknown" });
  assert.equal(look(), false, "what is unknown is no report");
  doors.set("gate", { lock: "unlocked", contact: "closed" });
  assert.equal(look(), true);
  assert.equal(commanded.of("gate"), null);
  commanded.add("gate", "lockdown");
  assert.equal(look(), false);
  doors.set("gate", { lock: "locked", contact: "closed" });
  assert.equal(look(), true);
  commanded.add("gate", "unlock");
  nowMs = 20_001;
  assert.equal(look(), true, "an order that nothing follows is forgotten");
  assert.equal(commanded.size, 0);
});

test("an order from another desk is under way here as well, while it is new", () => {
  let nowMs = 100_000;
  const commanded = new Commanded(() => nowMs);
  const order = (name, data, subject = "lon1/gate") => ({ name, subject, data: { by: "opr-2", ...data } });
  const doorsIn = (area) => (area === "lon1/hall" ? ["lon1/hall/a", "lon1/hall/b"] : []);
  const hear = (event, ageMs = 0) => commanded.hear(event, ageMs, doorsIn);
  hear(order("door.operator-released", { door: "lon1/gate", release_time_ms: 5000 }));
  assert.equal(commanded.of("lon1/gate"), "open");
  hear(order("door.mode-changed", { door: "lon1/gate", mode: "blocked" }));
  assert.equal(commanded.of("lon1/gate"), "block");
  hear(order("area.locked-down", { area: "lon1/hall" }, "lon1/hall"));
  assert.deepEqual(["lon1/hall/a", "lon1/hall/b"].map((path) => commanded.of(path)), ["lockdown", "lockdown"]);
  assert.equal(commanded.look(() => ({ lock: "locked", contact: "closed" })), true, "each lock has reported");
  assert.equal(commanded.size, 0);
  hear(order("door.mode-changed", { door: "lon1/gate", mode: "unlocked", by: undefined }));
  hear(order("door.mode-changed", { door: "lon1/gate", mode: "accessed" }));
  hear(order("door.operator-released", { door: "lon1/gate" }), 20_001);
  assert.equal(commanded.size, 0, "a schedule's, one that is none, and one from before the link was away");
  hear(order("door.operator-released", { door: "lon1/gate" }), 15_000);
  nowMs += 5_001;
  assert.equal(commanded.look(() => ({ lock: "locked" })), true, "it is forgotten as at the desk that gave it");
});

const event = (name, at, data) => ({ type: `rackward.${name}.v1`, time: `2026-07-24T${at}:00Z`, data });

test("openings are doors that were opened, not rights that were used", () => {
  const events = [event("access.taken", "10:05", {}), event("access.granted", "10:04", {}), event("alarm.raised", "10:03", { kind: "door_forced_open" }), event("alarm.raised", "10:02", { kind: "device_tamper" }), event("door.open-unlocked", "10:01", {})];
  assert.deepEqual(openings(events).map(nameOf), ["access.taken", "alarm.raised", "door.open-unlocked"]);
  assert.equal(openings(Array(30).fill(events[0])).length, 20);
});

test("work is under way where a right that counts was used lately", () => {
  const right = (grant) => ({ grant, person: { id: `p-${grant}` }, until_at: "2026-07-24T18:00:00Z" });
  const used = (grant, at, door) => event("access.granted", at, { grant_id: grant, door });
  const events = [used("g-2", "11:00", "rear"), used("g-1", "10:00", "front"), used("g-1", "09:00", "rear"), event("access.granted", "08:00", { door: "front" })];
  const now = Date.parse("2026-07-24T12:00:00Z");
  const work = workUnderWay([right("g-1"), right("g-2"), right("g-3")], events, (door) => door === "front", now);
  assert.deepEqual(work.map((one) => [one.right.grant, one.door, one.isOpen]), [["g-1", "front", true], ["g-2", "rear", false]]);
  assert.deepEqual(workUnderWay([right("g-1")], events, () => true, now + 24 * 3_600_000), []);
  assert.deepEqual(workUnderWay([], events, () => true, now), []);
});

test("a right over both doors of a rack is one right", () => {
  const right = asRight({ id: "g-1", person: "p-7", to_at: "2026-07-24T18:00:00Z", reason: "disk", ticket: "CHG-1" });
  const merged = mergedRights([{ door: "front", items: [right] }, { door: "rear", items: [right, { ...right, grant: "g-2" }] }]);
  assert.deepEqual(merged.map((one) => [one.grant, one.doors]), [["g-1", ["front", "rear"]], ["g-2", ["rear"]]]);
});
