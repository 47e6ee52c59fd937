// A live list while it is in use and while it is not, as a story; and which rows of many are drawn.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Arrivals, inSight, waitingWords } from "../assets/console/arrivals.js";

const rows = (...ids) => ids.map((id) => (typeof id === "string" ? { id, acked: false } : id));
const ids = (view) => view.items.map((item) => item.id);

test("a list that nobody uses shows what is newest", () => {
  const list = new Arrivals((item) => item.id);
  list.take(rows("a", "b"), false);
  const view = list.take(rows("c", "a", "b"), false);
  assert.deepEqual(ids(view), ["c", "a", "b"]);
  assert.equal(view.moved, false);
});

test("while it is in use nothing moves, and what is new waits", () => {
  const list = new Arrivals((item) => item.id);
  list.take(rows("a", "b"), false);
  const many = Array.from({ length: 50 }, (_, index) => `n${index}`);
  const view = list.take(rows(...many, "b", "a"), true);
  assert.deepEqual(ids(view), ["a", "b"]);
  assert.equal(view.waiting.length, 50);
  assert.equal(view.moved, true);
  assert.deepEqual(ids(list.flush()), [...many, "b", "a"]);
  assert.equal(list.view().moved, false);
});

test("what another operator changed keeps its place and is known", () => {
  const list = new Arrivals((item) => item.id);
  list.take(rows("a", "b"), false);
  const view = list.take(rows("b", { id: "a", acked: true }), true);
  assert.deepEqual(ids(view), ["a", "b"]);
  assert.equal(view.items[0].acked, true);
  assert.deepEqual([...view.changed], [["a", { id: "a", acked: false }]]);
  assert.deepEqual([...list.take(rows("b", { id: "a", acked: true }), true).changed.keys()], ["a"], "it stays known until the list is shown anew");
  assert.equal(list.flush().changed.size, 0);
});

test("what left the list stays until it is shown anew, and may come back", () => {
  const list = new Arrivals((item) => item.id);
  list.take(rows("a", "b"), false);
  let view = list.take(rows("b"), true);
  assert.deepEqual(ids(view), ["a", "b"]);
  assert.deepEqual([...view.gone], ["a"]);
  view = list.take(rows("a", "b"), true);
  assert.equal(view.gone.size, 0);
  list.take(rows("b"), true);
  assert.deepEqual(ids(list.flush()), ["b"]);
});

test("nothing is lost or doubled, whatever comes in whatever order", () => {
  const seed = Date.now() >>> 0;
  let state = seed;
  const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const list = new Arrivals((item) => item.id);
  for (let turn = 0; turn < 500; turn += 1) {
    const all = Array.from({ length: 12 }, (_, index) => `r${index}`).filter(() => random(3) > 0).sort(() => random(3) - 1);
    const view = list.take(rows(...all), random(2) === 0);
    const shown = ids(view);
    assert.equal(new Set(shown).size, shown.length, `seed ${seed}`);
    const told = new Set([...shown.filter((id) => !view.gone.has(id)), ...view.waiting.map((item) => item.id)]);
    assert.deepEqual([...told].sort(), [...all].sort(), `seed ${seed}`);
    if (random(5) === 0) assert.deepEqual(ids(list.flush()), all, `seed ${seed}`);
  }
});

test("the bar says how many and how urgent", () => {
  assert.equal(waitingWords(3, 1), "3 new (1 critical)");
  assert.equal(waitingWords(1, 0), "1 new");
});

test("of many rows only those in sight are drawn", () => {
  const all = { count: 10_000, rowHeight: 40, height: 800 };
  assert.deepEqual(inSight({ ...all, top: 200 }), { first: 0, last: 27 });
  assert.deepEqual(inSight({ ...all, top: -40_000 }), { first: 988, last: 1032 });
  assert.deepEqual(inSight({ ...all, top: -400_000 }), { first: 9_988, last: 10_000 });
  assert.deepEqual(inSight({ ...all, top: 5_000 }), { first: 0, last: 0 });
});
