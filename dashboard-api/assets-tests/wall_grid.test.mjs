// A site drawn from its doors: nothing overlaps, nothing is left out, and five thousand doors are placed at once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { blocksOf, placed, rectanglesOf } from "../assets/console/alarms/wall_grid.js";
import { areaOfView, onWall, testsNow, wallPlace } from "../assets/console/alarms/wall_layout.js";

const rack = (path) => ["front", "rear"].map((face) => ({ path: `${path}/${face}`, kind: "rack_door", area: path }));
const door = (path, area) => ({ path, kind: "door", area });

const SITE = [
  ...rack("lon1/hall-a/r01/c01"), ...rack("lon1/hall-a/r01/c02"), ...rack("lon1/hall-a/r02/c01"), ...rack("lon1/hall-b/r01/c01"),
  door("lon1/hall-a/entrance", "lon1/hall-a"), door("lon1/main-entrance", "lon1/lobby"),
];

test("a block for each hall and for each area with doors", () => {
  const blocks = blocksOf(SITE, "");
  assert.deepEqual(blocks.map(({ path, rows, doors }) => [path, rows.map((row) => row.racks.length), doors.length]), [
    ["lon1/hall-a", [2, 1], 1], ["lon1/hall-b", [1], 0], ["lon1/lobby", [], 1],
  ]);
  assert.deepEqual(blocks[0].rows[0].racks[0], { path: "lon1/hall-a/r01/c01", front: "lon1/hall-a/r01/c01/front", rear: "lon1/hall-a/r01/c01/rear" });
  assert.deepEqual(blocksOf(SITE, "lon1/hall-b").map((block) => block.path), ["lon1/hall-b"]);
  assert.deepEqual(blocksOf(SITE, "lon1/hall"), []);
});

test("every door has one rectangle inside its block, and no two overlap", () => {
  const many = [];
  for (let hall = 0; hall < 5; hall += 1) for (let row = 0; row < 10; row += 1) for (let place = 0; place < 50; place += 1) {
    many.push(...rack(`lon1/h${hall}/r${row}/c${String(place).padStart(2, "0")}`));
  }
  for (let index = 0; index < 17; index += 1) many.push(door(`lon1/lobby/d${index}`, "lon1/lobby"));
  for (const aspect of [0.6, 1, 16 / 9, 3]) {
    const field = placed(blocksOf(many, ""), aspect);
    const seen = new Set();
    for (const block of field.blocks) {
      assert.ok(block.x >= 0 && block.y >= 0 && block.x + block.width <= field.width + 1e-6 && block.y + block.height <= field.height + 1e-6);
      const cells = rectanglesOf(block);
      for (const one of cells) {
        if (one.door) seen.add(one.door);
        assert.ok(one.x >= block.x && one.y >= block.y && one.x + one.width <= block.x + block.width && one.y + one.height <= block.y + block.height, one.door ?? one.rack);
      }
      assert.ok(!cells.slice(0, 300).some((a, i) => cells.slice(i + 1, 300).some((b) => overlap(a, b))), block.path);
    }
    assert.equal(seen.size, many.length);
    assert.ok(!field.blocks.some((a, i) => field.blocks.slice(i + 1).some((b) => overlap(a, b))));
  }
});

const overlap = (a, b) => a.x < b.x + b.width - 1e-6 && b.x < a.x + a.width - 1e-6 && a.y < b.y + b.height - 1e-6 && b.y < a.y + a.height - 1e-6;

test("nothing to draw is a field all the same", () => {
  const { width, height, blocks } = placed([], 1);
  assert.ok(width > 0 && height > 0);
  assert.deepEqual(blocks, []);
});

test("a wall names nobody, and does not show duress", () => {
  const alarm = (source_kind, source, kind = "door_forced_open") => ({ kind, source_kind, source, door: null });
  assert.deepEqual(["opr-4", "cred-5", "g-6"].map((id, index) => wallPlace(alarm(["operator", "credential", "grant"][index], id))), ["an operator", "a card", "a right"]);
  assert.equal(wallPlace({ ...alarm("device", "r07-c03-front"), door: "lon1/hall-a/r07/c03/front" }), "r07 / c03 / front");
  assert.deepEqual(onWall([alarm("point", "p", "duress"), alarm("door", "d")]).map((one) => one.source), ["d"]);
});

test("the tone is tested at six and at eighteen, once", () => {
  const due = [["05:59:59", "06:00:00"], ["06:00:00", "06:00:01"], ["17:59:59", "18:00:04"], ["06:59:59", "07:00:00"]];
  assert.deepEqual(due.map(([before, now]) => testsNow(before, now)), [true, false, true, false]);
});

test("a view is an area by its path with dots", () => {
  assert.equal(areaOfView("lon1.hall-a", ["lon1", "lon1/hall-a"]), "lon1/hall-a");
  assert.equal(areaOfView("nowhere", ["lon1"]), "");
});
