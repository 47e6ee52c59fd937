// The matrix of effective access, against rights written by hand.

import assert from "node:assert/strict";
import { test } from "node:test";

import { accessMatrix, lastUses, rowWords } from "../assets/console/people/access.js";

const rack = (row, column) => ["front", "rear"].map((face) => ({ path: `lon1/hall-a/r0${row}/c0${column}/${face}`, kind: "rack_door" }));
const doors = [{ path: "lon1/main-entrance", kind: "door" }, { path: "lon1/hall-a/door", kind: "door" }, ...rack(1, 1), ...rack(1, 2), ...rack(2, 1)];
const paths = (places) => places.map((place) => place.path);
const grant = (id, more) => ({ id, doors: [], profile: null, schedule: null, weekly: [], standing: "active", from_at: "2026-07-24T10:00:00Z", to_at: "2026-07-24T18:00:00Z", ...more });
const rowsOf = (grants, more) => accessMatrix({ grants, profiles: [], schedules: [], doors, ...more });

test("a whole row of racks is one row of the matrix", () => {
  const { rows, bands } = rowsOf([grant("g-1", { doors: paths([...rack(1, 1), ...rack(1, 2)]) })]);
  assert.deepEqual(rows.map((row) => [row.path, row.kind, row.count, row.whole]), [["lon1/hall-a/r01", "row", 4, true]]);
  assert.deepEqual(bands, [{ id: "always", title: "Always", hours: "" }]);
  assert.equal(rowWords(rows[0]), "row, 4 doors");
});

test("one face of a rack stands alone", () => {
  const { rows } = rowsOf([grant("g-1", { doors: [rack(1, 1)[0].path, "lon1/main-entrance"] })]);
  assert.deepEqual(rows.map((row) => [row.path, rowWords(row)]), [["lon1/hall-a/r01/c01/front", "rack door"], ["lon1/main-entrance", "door"]]);
});

test("doors with different sources do not become one", () => {
  const both = [grant("g-1", { doors: paths(rack(1, 1)) }), grant("g-2", { doors: [rack(1, 1)[1].path] })];
  const { rows } = rowsOf(both);
  assert.deepEqual(rows.map((row) => row.path), rack(1, 1).map((door) => door.path));
  assert.deepEqual(rows[1].cells.get("always").map((source) => source.grant), ["g-1", "g-2"]);
});

test("what does not count gives nothing", () => {
  for (const standing of ["requested", "over", "used_up", "revoked", "denied", "ended:person_left"]) {
    assert.deepEqual(rowsOf([grant("g-1", { standing, doors: ["lon1/main-entrance"] })]).rows, [], standing);
  }
  const waits = rowsOf([grant("g-1", { standing: "not_begun", doors: ["lon1/main-entrance"] })]).rows[0];
  assert.equal(waits.cells.get("always")[0].from, "2026-07-24T10:00:00Z");
});

test("a profile gives its doors, each by its own schedule", () => {
  const profiles = [{ name: "hands", policies: [{ door: "lon1/main-entrance", schedule: null }, { door: "lon1/hall-a/door", schedule: "office" }] }];
  const schedules = [{ name: "office", windows: ["Mon-Fri 08:00-18:00"], special: [{ calendar: "c", windows: [] }] }];
  const { rows, bands } = rowsOf([grant("g-3", { profile: "hands" })], { profiles, schedules });
  assert.deepEqual(bands.map((band) => [band.title, band.hours]), [["Always", ""], ["office", "Mon-Fri 08:00-18:00; special days apart"]]);
  assert.deepEqual(rows.map((row) => [row.path, [...row.cells.keys()]]), [["lon1/hall-a/door", ["s:office"]], ["lon1/main-entrance", ["always"]]]);
  assert.equal(rows[0].cells.get("s:office")[0].profile, "hands");
});

test("hours written by hand are a band of their own", () => {
  const weekly = ["Mon", "Tue"].map((day) => ({ from: `${day} 08:00`, to: `${day} 18:00` }));
  assert.deepEqual(rowsOf([grant("g-1", { doors: ["lon1/main-entrance"], weekly })]).bands.map((band) => band.title), ["Mon-Tue 08:00-18:00"]);
});

test("a door that the list does not have is shown all the same", () => {
  assert.deepEqual(rowsOf([grant("g-1", { doors: ["lon1/gone"] })]).rows.map((row) => row.path), ["lon1/gone"]);
});

test("the newest use of each grant and card is the first that comes", () => {
  const event = (time, grant) => ({ time, data: { grant_id: grant, credential_id: "cred-1" } });
  const uses = lastUses([event("3", "g-2"), event("2", "g-1"), event("1", "g-1"), { time: "0", data: {} }]);
  assert.deepEqual([...uses].map(([id, one]) => [id, one.time]), [["g-2", "3"], ["cred-1", "3"], ["g-1", "2"]]);
});
