// Which screen stands at which address.

import assert from "node:assert/strict";
import { test } from "node:test";
import { changedQuery, compile, match, pathSegments } from "../assets/console/addresses.js";

const ROUTES = ["/alarms", "/alarms/{id}", "/rows", "/rows/{row*}", "/racks/{rack*}", "/map/{plan*}", "/people/{id}"].map((pattern) => ({ pattern, fits: compile(pattern) }));
const found = (path) => {
  const hit = match(ROUTES, path);
  return hit ? [hit.route.pattern, hit.params] : null;
};

test("an address leads to one screen, with what it names", () => {
  const rows = [
    ["/alarms", ["/alarms", {}]],
    ["/alarms/", ["/alarms", {}]],
    ["/alarms/alm-7", ["/alarms/{id}", { id: "alm-7" }]],
    ["/rows/lon1/hall-a/r07", ["/rows/{row*}", { row: "lon1/hall-a/r07" }]],
    ["/racks/lon1/hall-a/r07/c03", ["/racks/{rack*}", { rack: "lon1/hall-a/r07/c03" }]],
    ["/map/lon1.hall-a", ["/map/{plan*}", { plan: "lon1.hall-a" }]],
    ["/people/p%2D7", ["/people/{id}", { id: "p-7" }]],
    ["/racks/a%2Fb", ["/racks/{rack*}", { rack: "a/b" }]],
    ["/people/p-7/more", null],
    ["/people/%E0%A4%A", null],
    ["/alarmsx", null],
    ["/", null],
  ];
  for (const [path, expect] of rows) assert.deepEqual(found(path), expect, path);
});

test("a path goes into an address and comes out of it", () => {
  for (const path of ["lon1/hall-a/r07", "a b/ü/%", "x?y#z"]) assert.equal(found(`/rows/${pathSegments(path)}`)[1].row, path);
});

test("a query is changed member by member and stays readable", () => {
  assert.equal(changedQuery("?view=active&sel=alm-1", { sel: null, prio: "1,2" }), "?view=active&prio=1,2");
  assert.equal(changedQuery("", { area: "lon1/hall-a" }), "?area=lon1/hall-a");
  assert.equal(changedQuery("?a=1", { a: "" }), "");
  assert.equal(changedQuery("", { q: 'type:"a b" & x' }), "?q=type:%22a+b%22+%26+x");
});
