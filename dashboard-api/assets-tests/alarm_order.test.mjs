// The order of the desk, its tabs and filters, beside a slow way to say the same.

import assert from "node:assert/strict";
import { test } from "node:test";

import { byClosing, byUrgency, oneSource, tally, withChildren } from "../assets/console/alarms/order.js";
import { TABS, choiceOf, filterWords, isWanted, liesIn, placeOf, queryOf, toggled } from "../assets/console/alarms/views.js";

let next = 1;
function alarm(given = {}) {
  const id = given.id ?? `alm-${next++}`;
  return {
    id, priority: 3, source_kind: "door", source: "lon1/hall-a/r01/c01/front", door: "lon1/hall-a/r01/c01/front", active: true,
    acked: null, suppression: null, closed_at: null, raised_at: "2026-07-24T12:00:00Z", ...given,
  };
}

// A generator of numbers whose seed is printed where a test fails.
function numbers(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test("unacknowledged stand before acknowledged, then by priority, then the newest", () => {
  const acked = { acked_by: "opr-1" };
  const rows = [
    alarm({ id: "a", priority: 1, acked, raised_at: "2026-07-24T12:09:00Z" }),
    alarm({ id: "b", priority: 4, raised_at: "2026-07-24T12:08:00Z" }),
    alarm({ id: "c", priority: 1, raised_at: "2026-07-24T12:01:00Z" }),
    alarm({ id: "d", priority: 1, raised_at: "2026-07-24T12:02:00Z" }),
    alarm({ id: "e", priority: 2, acked, raised_at: "2026-07-24T12:00:00Z" }),
  ];
  assert.deepEqual(rows.sort(byUrgency).map((row) => row.id), ["d", "c", "b", "a", "e"]);
});

test("the order is one order: it never says that each of two comes first", () => {
  const seed = Date.now() % 1_000_000;
  const draw = numbers(seed);
  const rows = Array.from({ length: 60 }, () => alarm({
    priority: 1 + draw(4), acked: draw(2) ? {} : null, raised_at: `2026-07-24T12:0${draw(3)}:00Z`,
  }));
  for (const a of rows) for (const b of rows) {
    assert.equal(Math.sign(byUrgency(a, b)) + Math.sign(byUrgency(b, a)), 0, `seed ${seed}: ${a.id} ${b.id}`);
    for (const c of rows) {
      if (byUrgency(a, b) < 0 && byUrgency(b, c) < 0) assert.ok(byUrgency(a, c) < 0, `seed ${seed}: ${a.id} ${b.id} ${c.id}`);
    }
  }
});

test("what was put away last comes first", () => {
  const rows = [alarm({ id: "x", closed_at: "2026-07-24T12:00:00Z" }), alarm({ id: "y", closed_at: "2026-07-24T13:00:00Z" })];
  assert.deepEqual(rows.sort(byClosing).map((row) => row.id), ["y", "x"]);
});

test("counters say how many wait and how many there are", () => {
  const counts = tally([alarm({ priority: 1 }), alarm({ priority: 1, acked: {} }), alarm({ priority: 4 }), alarm({ priority: 9 })]);
  assert.deepEqual(counts.map(({ unacked, total }) => [unacked, total]), [[1, 2], [0, 0], [0, 0], [1, 1]]);
});

test("only what has one source is answered together", () => {
  const [one, two] = [alarm(), alarm()];
  assert.equal(oneSource([one, two]), one.source);
  assert.equal(oneSource([one, alarm({ source: "lon1/hall-b/r01/c01/front" })]), null);
  assert.equal(oneSource([one, alarm({ source_kind: "device" })]), null, "a device may be called like a door");
  assert.equal(oneSource([]), null);
});

test("what another alarm explains stands right below it, and only where it was asked for", () => {
  const [cause, other, child] = [alarm({ id: "alm-900" }), alarm({ id: "alm-901" }), alarm({ id: "alm-902" })];
  assert.deepEqual(withChildren([cause, other], new Map()).map((row) => row.id), ["alm-900", "alm-901"]);
  const rows = withChildren([cause, other], new Map([["alm-900", [child]]]));
  assert.deepEqual(rows.map((row) => [row.id, row.under ?? null]), [["alm-900", null], ["alm-902", "alm-900"], ["alm-901", null]]);
});

test("the first tab has every open alarm, and what has returned is under one of two others", () => {
  const [active, ...parts] = TABS.filter((tab) => tab.list === "open");
  for (const isActive of [true, false]) for (const acked of [null, {}]) {
    const one = alarm({ active: isActive, acked });
    assert.ok(active.has(one));
    assert.equal(parts.filter((tab) => tab.has(one)).length, isActive ? 0 : 1, `active ${isActive}, acked ${Boolean(acked)}`);
  }
});

test("an address says which alarms are shown, and comes back the same", () => {
  const check = (text, expect, back = text) => {
    const choice = choiceOf(new URLSearchParams(text));
    assert.deepEqual(choice, { view: "active", prio: [], area: "", sel: "", behind: [], ...expect });
    const kept = Object.entries(queryOf(choice)).filter(([, value]) => value !== null);
    assert.equal(new URLSearchParams(kept).toString(), new URLSearchParams(back).toString());
  };
  check("", {});
  check("view=active", {}, "");
  check("view=shelved&prio=1,2&area=lon1/hall-a&sel=alm-7", { view: "shelved", prio: [1, 2], area: "lon1/hall-a", sel: "alm-7" });
  check("view=none&prio=2,9,x,2", { prio: [2] }, "prio=2");
  check("prio=1,2,3,4", { prio: [1, 2, 3, 4] }, "");
  check("behind=alm-7,%3Cb%3E", { behind: ["alm-7"] }, "behind=alm-7");
});

test("filters by priority and area", () => {
  const one = alarm({ priority: 2 });
  assert.ok(isWanted(one, { prio: [], area: "" }));
  assert.ok(isWanted(one, { prio: [1, 2], area: "lon1/hall-a" }));
  assert.ok(!isWanted(one, { prio: [1], area: "" }));
  assert.ok(!isWanted(one, { prio: [], area: "lon1/hall" }), "a part of a name is no area");
  assert.ok(!isWanted(alarm({ door: null, source: "lon1", source_kind: "site" }), { prio: [], area: "lon1/hall-a" }));
  assert.ok(liesIn("lon1", "lon1"));
  assert.deepEqual(toggled([], 1), [1]);
  assert.deepEqual(toggled([1], 1), []);
  assert.deepEqual(toggled([1, 2, 4], 3), []);
  assert.equal(filterWords({ view: "shelved", prio: [1, 2], area: "lon1" }), "Shelved, priority 1 and 2, in lon1");
});

test("a place is a door, an area, a zone or a point, and nothing else", () => {
  assert.equal(placeOf(alarm()), "lon1/hall-a/r01/c01/front");
  assert.equal(placeOf(alarm({ door: null, source_kind: "area", source: "lon1/hall-a" })), "lon1/hall-a");
  assert.equal(placeOf(alarm({ door: null, source_kind: "operator", source: "opr-4" })), null);
});
