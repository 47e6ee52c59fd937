// What a text names among doors and points, for forms.

import assert from "node:assert/strict";
import { test } from "node:test";

import { grantBody } from "../assets/console/people/bodies.js";
import { meantWords, placeOf, placesOf, pointOf } from "../assets/console/people/places.js";

const rack = (path) => ["front", "rear"].map((face) => ({ path: `${path}/${face}`, kind: "rack_door" }));
const doors = [{ path: "lon1/main", kind: "door" }, ...rack("lon1/hall-a/r01/c01"), ...rack("lon1/hall-b/r01/c01"), ...rack("lon1/hall-a/r01/c02")];

test("racks are places once, doors as they are", () => {
  assert.deepEqual(placesOf(doors), ["lon1/hall-a/r01/c01", "lon1/hall-a/r01/c02", "lon1/hall-b/r01/c01", "lon1/main"]);
});

test("a text means one rack, one door, or nothing that is certain", () => {
  const check = (text, place, isRack, count) => {
    const meant = placeOf(text, doors);
    assert.deepEqual(meant && [meant.place, meant.isRack, meant.doors.length], place && [place, isRack, count], text);
  };
  check("lon1/main", "lon1/main", false, 1);
  check("main", "lon1/main", false, 1);
  check("hall-a/r01/c01", "lon1/hall-a/r01/c01", true, 2);
  check("hall-a/r01/c01/rear", "lon1/hall-a/r01/c01/rear", false, 1);
  check("c02", "lon1/hall-a/r01/c02", true, 2);
  check("c01", null);
  check("ain", null);
  check("", null);
  assert.match(meantWords("c01", null), /or several are/);
  assert.equal(meantWords("c02", placeOf("c02", doors)), "Rack lon1/hall-a/r01/c02: front and rear");
});

test("a door stands for its way in", () => {
  const points = [{ path: "lon1/main/out", door: "lon1/main" }, { path: "lon1/main/in", door: "lon1/main" }, { path: "lon1/r/c01/front", door: "lon1/r/c01/front" }];
  assert.equal(pointOf("lon1/main", points), "lon1/main/in");
  assert.equal(pointOf("lon1/main/out", points), "lon1/main/out");
  assert.equal(pointOf("lon1/r/c01", points), "lon1/r/c01/front");
  assert.equal(pointOf("elsewhere", points), "elsewhere");
});

test("a request names a rack, doors or a profile, and never two of them", () => {
  const window = { from: null, to: new Date("2026-07-24T12:00:00Z") };
  const base = { person: "p-1", place: "lon1/main", isRack: false, profile: "", window, schedule: "", days: "", between: "", uses: "", escort: false, reason: " Swap ", ticket: "" };
  const times = { to_at: "2026-07-24T12:00:00.000Z" };
  assert.deepEqual(grantBody(base), { person: "p-1", doors: ["lon1/main"], reason: "Swap", ...times });
  assert.deepEqual(grantBody({ ...base, isRack: true, uses: "3", escort: true }), { person: "p-1", rack: "lon1/main", uses: 3, escort: true, reason: "Swap", ...times });
  assert.deepEqual(grantBody({ ...base, profile: "hands", schedule: "office" }), { person: "p-1", profile: "hands", reason: "Swap", ...times });
  assert.deepEqual(grantBody({ ...base, schedule: "office", days: "Mon" }), { person: "p-1", doors: ["lon1/main"], schedule: "office", reason: "Swap", ...times });
  assert.deepEqual(grantBody({ ...base, place: "" }), { person: "p-1", reason: "Swap", ...times });
});
