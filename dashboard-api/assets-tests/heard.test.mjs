// What sounds of the list of open alarms, beside what the stream has told already.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Heard } from "../assets/console/heard.js";

const alarm = (id, raised_by, more = {}) => ({ id, raised_by, priority: 1, acked: null, ...more });
const ids = (alarms) => alarms.map(({ id }) => id);

test("what stands unacknowledged when the page is loaded sounds once, the most urgent first", () => {
  const heard = new Heard();
  const standing = [alarm("alm-3", 30, { priority: 3 }), alarm("alm-1", 10), alarm("alm-2", 20, { acked: {} })];
  assert.deepEqual(ids(heard.fresh(standing)), ["alm-1", "alm-3"]);
  assert.deepEqual(heard.fresh(standing), []);
});

test("what the stream told does not sound again by the list, however late that is", () => {
  const heard = new Heard();
  assert.deepEqual(heard.fresh([]), []);
  assert.equal(heard.begins("alm-1", 10), true);
  assert.deepEqual(heard.fresh([]), [], "a list from before");
  assert.deepEqual(heard.fresh([alarm("alm-1", 10)]), []);
  assert.equal(heard.begins("alm-1", 10), false, "nor does the stream when the list was faster");
});

test("what the stream told and no list has is forgotten", () => {
  const heard = new Heard();
  heard.begins("alm-1", 10);
  heard.fresh([]);
  heard.fresh([]);
  assert.deepEqual(ids(heard.fresh([alarm("alm-1", 10)])), ["alm-1"], "it was put aside at once, and is back");
});

test("what came while the link was away sounds by the list", () => {
  const heard = new Heard();
  heard.fresh([alarm("alm-1", 10)]);
  const after = [alarm("alm-1", 40), alarm("alm-2", 30)];
  assert.deepEqual(ids(heard.fresh(after)), ["alm-1", "alm-2"], "one that began again, and a new one");
});

test("what comes back unacknowledged from its shelf sounds again", () => {
  const heard = new Heard();
  heard.fresh([alarm("alm-1", 10)]);
  heard.fresh([]);
  assert.deepEqual(ids(heard.fresh([alarm("alm-1", 10)])), ["alm-1"]);
});

test("what comes back from its shelf acknowledged is silent, and sounds when it begins again", () => {
  const heard = new Heard();
  heard.fresh([alarm("alm-1", 10)]);
  for (let i = 0; i < 3; i += 1) assert.deepEqual(heard.fresh([alarm("alm-1", 10, { acked: {} })]), []);
  assert.deepEqual(ids(heard.fresh([alarm("alm-1", 50)])), ["alm-1"]);
});
