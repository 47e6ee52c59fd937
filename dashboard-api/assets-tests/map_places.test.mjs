// What paths say of rows and racks, how a place looks as a whole, and where things stand on the plan made from doors.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fitted, layout, nextTowards, shortened, viewFromText, viewToText, zoomed } from "../assets/console/map/layout.js";
import { around, doorsOf, facesOf, inOrder, label, liesIn, rowsOf, siteIndex, siteTree } from "../assets/console/map/places.js";
import { GLYPHS, NOTHING, isNormal, placeOf, placeWords, rollUp, worse } from "../assets/console/map/state.js";

const door = (path, more = {}) => ({ path, kind: path.includes("/c") ? "rack_door" : "door", area: path.slice(0, path.lastIndexOf("/")), glyph: "locked", secured: "secured", ...more });

const DOORS = [
  door("lon1/hall-a/r10/c01/front"), door("lon1/hall-a/r2/c10/front"), door("lon1/hall-a/r2/c2/front"), door("lon1/hall-a/r2/c2/rear"),
  door("lon1/hall-a/entrance", { area: "lon1/hall-a" }), door("lon1/main-entrance", { area: "lon1/lobby" }),
];

test("doors are told as rows and racks by their paths, in the order in which people count", () => {
  const tree = siteTree(DOORS);
  assert.deepEqual(rowsOf(tree).map((row) => row.path), ["lon1/hall-a/r2", "lon1/hall-a/r10"]);
  assert.deepEqual(tree.halls[0].rows[0].racks.map((rack) => [rack.path, facesOf(rack).map((one) => one.path)]), [
    ["lon1/hall-a/r2/c2", ["lon1/hall-a/r2/c2/front", "lon1/hall-a/r2/c2/rear"]], ["lon1/hall-a/r2/c10", ["lon1/hall-a/r2/c10/front"]],
  ]);
  assert.deepEqual(tree.halls[0].doors.map((one) => one.path), ["lon1/hall-a/entrance"]);
  assert.deepEqual(tree.doors.map((one) => one.path), ["lon1/main-entrance"]);
  assert.deepEqual(siteTree([]), { halls: [], doors: [] });
});

test("a path with few words is a place all the same", () => {
  for (const path of ["c1", "x/c1", "x/c1/front"]) {
    const tree = siteTree([{ ...door(path), kind: "rack_door" }]);
    assert.equal(rowsOf(tree).flatMap((row) => row.racks).length, 1, path);
  }
  assert.deepEqual(around("a/b/c"), ["a/b/c", "a/b", "a"]);
  assert.equal(label("lon1/hall-a"), "hall-a");
  assert.equal(label("lon1"), "lon1");
  assert.ok(liesIn("lon1/hall-a", "") && liesIn("lon1/hall-a/r2", "lon1/hall-a") && !liesIn("lon1/hall-ab", "lon1/hall-a"));
  assert.deepEqual(["c10", "c2", "c1"].sort(inOrder), ["c1", "c2", "c10"]);
  assert.equal(doorsOf(DOORS, "lon1/lobby").length, 1);
  assert.equal(doorsOf(DOORS, "").length, DOORS.length);
});

test("areas lie in each other as the daemon says, not as their paths do", () => {
  const inside = new Map([["lon1/hall-a", "lon1/building"], ["lon1/building", "lon1/yard"], ["lon1/yard", null], ["lon1/lobby", "lon1/building"]]);
  assert.deepEqual(around("lon1/hall-a/r2/c2", inside), ["lon1/hall-a/r2/c2", "lon1/hall-a/r2", "lon1/hall-a", "lon1/building", "lon1/yard", "lon1"]);
  assert.equal(doorsOf(DOORS, "lon1/building", inside).length, DOORS.length);
  assert.equal(doorsOf(DOORS, "lon1/hall-a", inside).length, DOORS.length - 1);
  assert.equal(rollUp(DOORS, [], inside).get("lon1/yard").doors, DOORS.length);
  assert.deepEqual(around("a", new Map([["a", "b"], ["b", "a"]])), ["a", "b"], "a circle ends");
});

test("each path has its kind and its page", () => {
  const site = siteIndex(DOORS);
  assert.equal(site.kindOf("lon1/hall-a"), "area");
  assert.equal(site.kindOf("lon1/hall-a/r2"), "row");
  assert.equal(site.addressOf("lon1/hall-a/r2/c2"), "/racks/lon1/hall-a/r2/c2");
  assert.equal(site.addressOf("lon1/hall-a/r2/c2/rear"), "/racks/lon1/hall-a/r2/c2?face=rear");
  assert.equal(site.addressOf("lon1/main-entrance"), "/racks/lon1/main-entrance");
  assert.equal(site.addressOf("lon1/nowhere"), null);
  const later = DOORS.map((one) => ({ ...one, glyph: "open" }));
  const again = siteIndex(later);
  assert.equal(again, site, "the same paths are not told anew");
  assert.ok(rowsOf(again.tree).flatMap((row) => row.racks.flatMap(facesOf)).every((one) => one.glyph === "open"), "doors are as they stand now");
  assert.ok([...again.tree.doors, ...again.tree.halls[0].doors].every((one) => one.glyph === "open"));
});

test("the worst is shown, and what is unknown is never hidden behind what is known", () => {
  const check = (a, b, expect) => assert.equal(worse(a, b), expect, `${a} and ${b}`);
  check("locked", "open", "open");
  check("open", "unknown", "unknown");
  check("unknown", "fault", "fault");
  check("locked", "locked_down", "locked_down");
  check(null, "locked", "locked");
  check("locked", undefined, "locked");
  check("locked", "melted", "melted"); // a glyph of a newer daemon is no reason to show "locked"
  assert.equal(worse(null, null), null);
  assert.deepEqual(GLYPHS.filter(isNormal), ["double_locked", "locked"]);
});

test("states and alarms add up at every place around", () => {
  const doors = [door("lon1/hall-a/r1/c1/front", { glyph: "open", secured: "unsecured" }), door("lon1/hall-a/r1/c1/rear", { glyph: "unknown", secured: "unknown" }), door("lon1/main-entrance", { area: "lon1/lobby" })];
  const alarm = (id, priority, more) => ({ id, priority, words: "door forced open", active: true, acked: null, suppression: null, source_kind: "door", source: "", door: null, raised_at: "2026-07-24T10:00:00Z", ...more });
  const alarms = [
    alarm("alm-1", 2, { door: "lon1/hall-a/r1/c1/front" }), alarm("alm-2", 1, { door: "lon1/hall-a/r1/c1/rear", acked: { acked_at: "" } }),
    alarm("alm-3", 1, { door: "lon1/main-entrance", suppression: { kind: "shelved" } }), alarm("alm-4", 3, { source_kind: "area", source: "lon1/lobby" }),
    alarm("alm-5", 3, { source_kind: "credential", source: "cred-7" }),
  ];
  const places = rollUp(doors, alarms);
  const row = places.get("lon1/hall-a/r1");
  assert.deepEqual([row.glyph, row.doors, row.unsecured, row.unknown], ["unknown", 2, 1, 1]);
  assert.deepEqual(row.alarms.map((one) => one.id), ["alm-1", "alm-2"], "what nobody has seen comes first");
  assert.deepEqual(places.get("lon1").alarms.map((one) => one.id), ["alm-1", "alm-4", "alm-2"]);
  assert.deepEqual(places.get("lon1/main-entrance").alarms, []);
  assert.deepEqual([places.get("lon1/lobby").doors, places.get("lon1/lobby").alarms.length], [1, 1]);
  assert.equal(placeOf(alarms[4]), null);
  assert.equal(placeWords(row), "door forced open and 1 more, 1 of 2 doors unknown, 1 of 2 doors not secured");
  assert.equal(placeWords(NOTHING), "");
  const all = rollUp([door("lon1/hall-a/r1/c1/front"), door("lon1/hall-a/r1/c1/rear")], []);
  assert.equal(placeWords(all.get("lon1/hall-a")), "all 2 doors closed and locked");
});

test("nothing on the plan overlaps, whatever the site", () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const doors = someSite(seed);
    const plan = layout(siteTree(doors));
    const boxes = [...plan.tiles, ...plan.halls];
    for (const hall of plan.halls) {
      const inside = [...hall.tiles, ...hall.rows];
      for (const one of inside) assert.ok(holds(hall, one), `seed ${seed}: ${one.path} outside of ${hall.path}`);
      apart(inside, seed);
      for (const row of hall.rows) apart(row.racks, seed);
    }
    apart(boxes, seed);
    for (const box of boxes) assert.ok(holds({ x: 0, y: 0, ...plan }, box), `seed ${seed}: ${box.path} outside of the plan`);
  }
});

const holds = (outer, box) => box.x >= outer.x && box.y >= outer.y && box.x + box.w <= outer.x + outer.w + 0.01 && box.y + box.h <= outer.y + outer.h + 0.01;

function apart(boxes, seed) {
  boxes.forEach((a, i) => boxes.slice(i + 1).forEach((b) => {
    const meet = a.x < b.x + b.w - 0.01 && b.x < a.x + a.w - 0.01 && a.y < b.y + b.h - 0.01 && b.y < a.y + a.h - 0.01;
    assert.ok(!meet, `seed ${seed}: ${a.path} and ${b.path} overlap`);
  }));
}

// A site from a small generator of its own, so that a failing one can be made again.
function someSite(seed) {
  let state = seed * 7919;
  const next = (most) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return 1 + Math.floor((state / 2147483648) * most);
  };
  const doors = Array.from({ length: next(14) }, (_, i) => door(`lon1/gate-${i}`, { area: "lon1" }));
  for (let hall = 0; hall < next(6); hall += 1) {
    for (let i = 0; i < next(5); i += 1) doors.push(door(`lon1/hall-${hall}/entrance-${i}`, { area: `lon1/hall-${hall}` }));
    for (let row = 0; row < next(12); row += 1) {
      for (let rack = 0; rack < next(24); rack += 1) doors.push(door(`lon1/hall-${hall}/r${row}/c${rack}/front`), door(`lon1/hall-${hall}/r${row}/c${rack}/rear`));
    }
  }
  return doors;
}

test("arrows go by geography", () => {
  const at = (path, x, y) => ({ path, x, y });
  const places = [at("a", 0, 0), at("b", 10, 0), at("c", 20, 1), at("d", 0, 10), at("e", 11, 12)];
  const check = (from, direction, expect) => assert.equal(nextTowards(places[from], places, direction)?.path ?? null, expect, `${places[from].path} ${direction}`);
  check(0, "right", "b");
  check(1, "right", "c");
  check(2, "right", null);
  check(2, "left", "b");
  check(0, "down", "d");
  check(1, "down", "e");
  check(3, "up", "a");
  check(0, "up", null);
});

test("a view goes into the address and comes back", () => {
  const window = { w: 1200, h: 700 };
  const view = fitted({ w: 600, h: 500 }, window);
  const text = viewToText(view, window);
  const back = viewFromText(text, window);
  for (const member of ["scale", "x", "y"]) assert.ok(Math.abs(back[member] - view[member]) < 1, `${member} of ${text}`);
  for (const wrong of [null, "", "1", "1,2", "0,1,1", "a,b,c", "1,2,3,4", "Infinity,1,1", "99,1,1"]) assert.equal(viewFromText(wrong, window), null, String(wrong));
  assert.ok(Number.isFinite(fitted({ w: 0, h: 0 }, window).scale));
});

test("zooming keeps the point under the pointer, and stays within bounds", () => {
  const before = { scale: 1, x: 40, y: -20 };
  const after = zoomed(before, 2, 300, 200, { least: 0.1, most: 8 });
  assert.equal((300 - after.x) / after.scale, (300 - before.x) / before.scale);
  assert.equal((200 - after.y) / after.scale, (200 - before.y) / before.scale);
  assert.equal(zoomed(before, 100, 0, 0, { least: 0.1, most: 8 }).scale, 8);
  assert.equal(zoomed(before, 0.001, 0, 0, { least: 0.1, most: 8 }).scale, 0.1);
});

test("a long name is cut between signs", () => {
  assert.equal(shortened("entrance", 8), "entrance");
  assert.equal(shortened("entrances", 8), "entranc\u2026");
  assert.equal(shortened("\u{1f3e2}\u{1f3e2}\u{1f3e2}", 2), "\u{1f3e2}\u2026");
});
