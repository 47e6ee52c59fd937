// What a wall shows: the newest urgent alarms, which area is next, how far it moves against burn-in, when it is not live.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  AREA_FOR_MS, QUIET_MS, SHIFT_EVERY_MS, SHIFT_PX, ageWords, areaAt, areasWorthATurn, bigAlarms, calmWords, deadSince, exceptions, hallCounts,
  insideCount, shiftAt, shortPlace,
} from "../assets/console/alarms/wall_layout.js";

const alarm = (id, priority, minute, door = `lon1/hall-a/${id}`) => ({
  id, priority, raised_at: `2026-07-24T12:${String(minute).padStart(2, "0")}:00Z`, door, source: door,
});

test("the newest six of the urgent, and how many more", () => {
  const alarms = Array.from({ length: 9 }, (_, n) => alarm(`alm-${n}`, 1 + (n % 2), n));
  alarms.push(alarm("alm-90", 3, 59));
  const { shown, more } = bigAlarms(alarms);
  assert.deepEqual(shown.map((one) => one.id), ["alm-8", "alm-7", "alm-6", "alm-5", "alm-4", "alm-3"]);
  assert.equal(more, 3);
  assert.deepEqual(bigAlarms([]), { shown: [], more: 0 });
});

test("everything moves by four pixels every ten minutes, never further, and each place gets its turn", () => {
  const seen = new Set();
  for (let turn = 0; turn < 90; turn += 1) {
    const { x, y } = shiftAt(turn * SHIFT_EVERY_MS + 1);
    assert.ok(Math.abs(x) <= SHIFT_PX && Math.abs(y) <= SHIFT_PX);
    const next = shiftAt((turn + 1) * SHIFT_EVERY_MS);
    assert.ok(next.x !== x || next.y !== y, `turn ${turn} does not move`);
    seen.add(`${x} ${y}`);
  }
  assert.equal(seen.size, 9);
  assert.deepEqual(shiftAt(0), shiftAt(SHIFT_EVERY_MS - 1));
});

test("areas take turns only while nothing urgent is open", () => {
  const at = (turn, urgent) => areaAt(["a", "b", "c"], turn * AREA_FOR_MS, urgent);
  assert.deepEqual([0, 1, 2, 3].map((turn) => at(turn, false)), ["a", "b", "c", "a"]);
  assert.deepEqual([0, 1, 2, 3].map((turn) => at(turn, true)), ["a", "a", "a", "a"]);
  assert.equal(areaAt([], 0, false), null);
});

test("only areas around racks get a turn, and only where there are several", () => {
  const paths = ["lon1", "lon1/hall-a", "lon1/hall-b", "lon1/lobby"];
  const rack = (hall) => ({ kind: "rack_door", path: `lon1/${hall}/r01/c01/front` });
  assert.deepEqual(areasWorthATurn(paths, [rack("hall-a"), rack("hall-b"), { kind: "door", path: "lon1/lobby/in" }]), ["lon1/hall-a", "lon1/hall-b"]);
  assert.deepEqual(areasWorthATurn(paths, [rack("hall-a")]), []);
});

test("what is not heard for fifteen seconds is not live", () => {
  assert.equal(deadSince(1000, 1000 + QUIET_MS), null);
  assert.equal(deadSince(1000, 1001 + QUIET_MS), 1000);
  assert.deepEqual([0, 1999, 99_000, 120_000, -5].map(ageWords), ["0 s old", "1 s old", "99 s old", "2 min old", "0 s old"]);
});

test("halls with how many are inside, by name where the daemon tells it", () => {
  const areas = [
    { path: "lon1", kind: "building", inside: null, occupancy: 14 },
    { path: "lon1/hall-a", kind: "hall", inside: "lon1", occupancy: 9 },
    { path: "lon1/hall-b", kind: "hall", inside: "lon1", occupancy: 2 },
    { path: "lon1/hall-a/r01", kind: "rack", inside: "lon1/hall-a", occupancy: 0 },
  ];
  assert.deepEqual(hallCounts(areas, []).map(({ name, count }) => [name, count]), [["hall-a", 9], ["hall-b", 2]]);
  assert.equal(insideCount(areas, []), 14);
  const inside = [
    { area: "lon1", name: "London 1", parent: null, count: 15 },
    { area: "lon1/hall-a", name: "Hall A", parent: "lon1", count: 10, confidence: "c", wrong_since_at: "2026-07-24T11:40:00Z" },
  ];
  assert.deepEqual(hallCounts(areas, inside).map(({ name, count, wrongSince }) => [name, count, wrongSince]),
    [["Hall A", 10, "2026-07-24T11:40:00Z"], ["hall-b", 2, null]]);
  assert.equal(insideCount(areas, inside), 15);
  assert.deepEqual(hallCounts(areas.slice(0, 1), []).map((one) => one.name), ["lon1"]);
});

test("only exceptions are drawn, the worst first", () => {
  const door = (path, secured, glyph) => ({ path, secured, glyph });
  const doors = [
    door("lon1/hall-a/r01/front", "secured", "locked"), door("lon1/hall-a/r02/front", "unsecured", "open"),
    door("lon1/hall-a/r03/front", "unknown", "unknown"), door("lon1/hall-b/r01/front", "secured", "locked"),
    door("lon1/hall-a/r05/front", "secured", "locked_down"),
  ];
  const alarms = [alarm("alm-1", 4, 1, "lon1/hall-b/r01/front"), alarm("alm-2", 1, 1, "lon1/hall-b/r01/front")];
  const rows = exceptions(doors, alarms, "");
  assert.deepEqual(rows.map(({ door: { path }, alarm: worst }) => [path.slice(5), worst?.priority ?? null]), [
    ["hall-b/r01/front", 1], ["hall-a/r03/front", null], ["hall-a/r02/front", null], ["hall-a/r05/front", null],
  ]);
  assert.equal(exceptions(doors, alarms, "lon1/hall-b").length, 1);
  assert.equal(exceptions(doors, [], "lon1/hall").length, 0, "a part of a name is no area");
});

test("words that are read from far away", () => {
  assert.equal(shortPlace("lon1/hall-a/r07/c03/front"), "r07 / c03 / front");
  assert.equal(shortPlace("lon1/main-entrance"), "lon1 / main-entrance");
  assert.equal(calmWords(14), "All normal, 0 alarms, 14 inside");
});
