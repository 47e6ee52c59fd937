// Marks of a muster: any order of making, sending and hearing of them ends with the same board.

import assert from "node:assert/strict";
import { test } from "node:test";

import { areaTree, areasOf, groupByArea, insideOf, isMeant } from "../assets/console/people/areas.js";
import { areasWith, countsOf, endWords, merged, oneLine, waitingWords, withMark, withoutSent } from "../assets/console/people/marks.js";
import { Desk } from "../assets/console/people/desk.js";

const person = (id, status = "missing", at = null) => ({ id, name: `Name ${id}`, area: "lon1/hall-a", status, said: at ? { by: "opr-1", where: "gate", at, note: "" } : null });
const mark = (id, status, at) => ({ person: id, status, where: "car park", note: "", at: `2026-07-24T12:00:0${at}Z` });

test("of two marks of one person the later counts, however they come", () => {
  const [early, late] = [mark("p-1", "unsure", 1), mark("p-1", "safe", 2)];
  assert.deepEqual(withMark(withMark([], early), late), [late]);
  assert.deepEqual(withMark(withMark([], late), early), [late]);
  assert.deepEqual(withMark([early], mark("p-2", "safe", 0)), [early, mark("p-2", "safe", 0)]);
});

test("what was sent waits no more, what was made meanwhile does", () => {
  const sent = [mark("p-1", "safe", 1), mark("p-2", "safe", 1)];
  assert.deepEqual(withoutSent([sent[0], mark("p-2", "unsure", 2)], sent), [mark("p-2", "unsure", 2)]);
});

test("a mark that waits is shown, unless the daemon knows a later one", () => {
  const muster = { persons: [person("p-1"), person("p-2", "unsure", "2026-07-24T12:00:05Z")] };
  const board = merged(muster, [mark("p-1", "safe", 1), mark("p-2", "safe", 1)], "you");
  assert.deepEqual(board.persons.map((one) => [one.id, one.status, one.waits]), [["p-1", "safe", true], ["p-2", "unsure", false]]);
  assert.deepEqual(board.counts, { missing: 0, safe: 1, unsure: 1, not_on_site: 0 });
  assert.deepEqual(areasWith([{ area: "lon1/hall-a", missing: 2 }], board.persons).map((area) => [area.missing, area.safe]), [[0, 1]]);
});

test("any order of the same marks gives the same board", () => {
  const seed = 20260724;
  let state = seed;
  const draw = (below) => { state = (state * 1103515245 + 12345) % 2147483648; return state % below; };
  const statuses = ["missing", "safe", "unsure", "not_on_site"];
  const marks = [];
  for (let at = 0; at < 40; at += 1) marks.push({ person: `p-${draw(6)}`, status: statuses[draw(4)], where: "", note: "", at: new Date(at * 1000).toISOString() });
  const persons = [0, 1, 2, 3, 4, 5].map((id) => person(`p-${id}`));
  const boardOf = (order) => merged({ persons }, order.reduce(withMark, []), "you").persons.map((one) => [one.id, one.status]);
  const expect = boardOf(marks);
  for (let turn = 0; turn < 50; turn += 1) {
    const order = marks.map((one) => [draw(1000), one]).sort((a, b) => a[0] - b[0]).map(([, one]) => one);
    assert.deepEqual(boardOf(order), expect, `seed ${seed}, turn ${turn}`);
  }
});

test("what waits is said with and without the link", () => {
  assert.equal(waitingWords(0, true), null);
  assert.match(waitingWords(0, false), /No link/);
  assert.equal(waitingWords(3, false), "3 marks wait for the link, kept on this device.");
  assert.equal(waitingWords(1, true), "1 mark waits to be sent.");
});

test("a text of a mark is one line that everybody sees", () => {
  assert.equal(oneLine("  seen at\n the \u202egate\u200b  "), "seen at the gate");
  assert.equal([...oneLine("😀".repeat(300))].length, 256);
  assert.equal(oneLine(null), "");
});

test("ending says exactly what is left", () => {
  const counts = countsOf([person("p-1"), person("p-2", "safe"), person("p-3", "not_on_site")]);
  assert.equal(endWords({ kind: "drill", area: "lon1", counts }, "12 min"), "Ends the drill of lon1 after 12 min: 1 safe, 0 unsure, 1 missing, 1 not on site. Whoever is missing or unsure is recorded with the end. It cannot be taken up again.");
});

class Drawer {
  constructor() { this.kept = new Map(); }
  getItem(key) { return this.kept.get(key) ?? null; }
  setItem(key, text) { if (this.full) throw new Error("full"); this.kept.set(key, text); }
  removeItem(key) { this.kept.delete(key); }
  key(index) { return [...this.kept.keys()][index] ?? null; }
  get length() { return this.kept.size; }
}

test("a board and its marks outlive the page, and not the muster", () => {
  const drawer = new Drawer();
  const muster = { id: "msr-1", state: "running", persons: [person("p-1")] };
  const desk = new Desk(drawer, "msr-1", "opr-1");
  assert.equal(desk.keep(muster, 1000, 5000), true);
  desk.mark(mark("p-1", "safe", 1));
  const again = new Desk(drawer, "msr-1", "opr-1");
  assert.deepEqual(again.waiting.map((one) => one.status), ["safe"]);
  assert.deepEqual(again.kept().muster, muster);
  assert.equal(again.kept().aheadMs, 5000);
  assert.equal(new Desk(drawer, "msr-1", "opr-2").kept(), null, "another operator sees nothing of it");
  again.sent(again.waiting);
  again.keep({ ...muster, state: "ended" }, 2000, 0);
  assert.equal(drawer.length, 0);
});

test("what is too old is cleared away, a mark that waits is not", () => {
  const drawer = new Drawer();
  const day = 24 * 3_600_000;
  new Desk(drawer, "msr-1", "opr-1").keep({ id: "msr-1", state: "running", persons: [] }, 0, 0);
  const other = new Desk(drawer, "msr-2", "opr-1");
  other.keep({ id: "msr-2", state: "running", persons: [] }, 3 * day, 0);
  drawer.setItem("theme", "x");
  Desk.clearAway(drawer, 3 * day);
  assert.deepEqual([...drawer.kept.keys()].sort(), ["rackward.muster.msr-2.opr-1", "theme"]);
});

test("a device that keeps nothing says so", () => {
  const drawer = new Drawer();
  drawer.full = true;
  const desk = new Desk(drawer, "msr-1", "opr-1");
  assert.equal(desk.keep({ id: "msr-1", state: "running", persons: [] }, 0, 0), false);
  assert.equal(desk.mark(mark("p-1", "safe", 1)), false);
  assert.equal(desk.waiting.length, 1, "the mark is there as long as the page is");
});

test("what was kept and is no JSON any more is nothing", () => {
  const drawer = new Drawer();
  drawer.setItem("rackward.muster.msr-1.opr-1", "{");
  assert.equal(new Desk(drawer, "msr-1", "opr-1").kept(), null);
});

test("areas are a tree, people are found by any word", () => {
  const areas = [{ area: "lon1/hall-a", parent: "lon1" }, { area: "lon1", parent: null }, { area: "paris", parent: "unseen" }];
  assert.deepEqual(areaTree(areas).map((one) => [one.area, one.depth]), [["lon1", 0], ["lon1/hall-a", 1], ["paris", 0]]);
  assert.equal(isMeant({ name: "Zoë Müller", company: "Acme", id: "p-3" }, "zoe acme"), true);
  assert.equal(isMeant({ name: "Zoë Müller", id: "p-3" }, "p-4"), false);
  assert.deepEqual(groupByArea([{ id: "1", name: "b", area: "x" }, { id: "2", name: "a", area: "x" }, { id: "3", name: "c", area: "w" }]).map(([area, all]) => [area, all.map((one) => one.id)]), [["w", ["3"]], ["x", ["2", "1"]]]);
});

test("a daemon that tells less is shown in the same shape", () => {
  assert.deepEqual(areasOf([{ path: "lon1", kind: "building", inside: null, occupancy: 3 }, { path: "lon1/r", kind: "rack", inside: "lon1", occupancy: 0 }]).map((one) => [one.area, one.count]), [["lon1", 3]]);
  assert.deepEqual(insideOf([{ person: "p-1", name: "A", place: "lon1", since_at: "x" }]).map((one) => [one.id, one.area, one.confidence]), [["p-1", "lon1", null]]);
});
