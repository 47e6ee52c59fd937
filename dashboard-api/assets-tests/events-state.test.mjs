// Tests of the address of the events screen and of pinned moments (events/state.js, events/pins.js).

import assert from "node:assert/strict";
import { test } from "node:test";

import { differences, toggled } from "../assets/console/events/pins.js";
import { askedOf, membersOf, stateOf, timesOf } from "../assets/console/events/state.js";

test("an address is read as it was written", () => {
  const search = "?q=type:access.denied+%22lost+card%22&from=-7d&to=2026-07-24T14:03:22Z&sel=48211&lane=person:p-7&pins=3,9&tail=off";
  const state = stateOf(search);
  assert.deepEqual(state, {
    q: 'type:access.denied "lost card"',
    from: "-7d",
    to: "2026-07-24T14:03:22Z",
    sel: 48211,
    lane: "person:p-7",
    pins: [3, 9],
    tail: false,
  });
  const members = Object.entries(membersOf(state))
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [name, String(value)]);
  assert.deepEqual(stateOf(new URLSearchParams(members).toString()), state);
});

test("what an address does not say is as usual, and nonsense in it is nothing", () => {
  assert.deepEqual(stateOf(""), { q: "", from: "", to: "", sel: null, lane: "", pins: [], tail: true });
  assert.deepEqual(Object.values(membersOf(stateOf("?from=-24h"))), [null, null, null, null, null, null, null]);
  const odd = stateOf("?sel=x&pins=1,b,3,4&tail=maybe");
  assert.deepEqual([odd.sel, odd.pins, odd.tail], [null, [1, 3], true]);
});

test("a query is kept without where somebody stood in it", () => {
  assert.equal(askedOf(stateOf("?q=during:night&from=-7d&sel=7&pins=1")), "?q=during:night&from=-7d");
  assert.equal(askedOf(stateOf("")), "");
  const range = { fromMs: Date.parse("2026-07-24T12:00:00Z"), toMs: Date.parse("2026-07-24T14:00:00.5Z"), open: false };
  assert.deepEqual(timesOf(range), { from: "2026-07-24T12:00:00Z", to: "2026-07-24T14:00:00.500Z" });
  assert.equal(timesOf({ ...range, open: true }).to, "");
});

test("two moments are pinned at most, the first one stays", () => {
  assert.deepEqual([toggled([], 1), toggled([1], 2), toggled([1, 2], 3), toggled([1, 2], 1)], [[1], [1, 2], [1, 3], [2]]);
});

test("two events are compared member by member", () => {
  const event = (place, data) => ({ type: "rackward.access.denied.v1", subject: place, data: { sentence: "x", ...data } });
  const rows = differences(event("lon1/a", { person_id: "p-1", code: "N12" }), event("lon1/b", { person_id: "p-1", reason: "pin_wrong" }));
  assert.deepEqual(rows, [
    ["Place", "lon1/a", "lon1/b"],
    ["Code", "N12", "-"],
    ["Reason", "-", "pin wrong"],
  ]);
});
