// What sounds, what silence silences, and what is said to those who hear the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Announcing } from "../assets/console/announcing.js";
import { Horn } from "../assets/console/horn.js";

test("silence stops the horn until something as urgent comes", () => {
  const horn = new Horn();
  assert.equal(horn.raise(2), true);
  assert.equal(horn.ringing, 2);
  assert.equal(horn.silence(), true);
  assert.equal(horn.ringing, null);
  assert.equal(horn.raise(3), false, "what is less urgent stays silent");
  assert.equal(horn.raise(2), true, "what is as urgent sounds again");
  horn.silence();
  assert.equal(horn.raise(1), true, "what is more urgent sounds again");
  assert.equal(horn.ringing, 1);
});

test("medium and low sound once and do not ring", () => {
  const horn = new Horn();
  assert.equal(horn.raise(3), true);
  assert.equal(horn.ringing, null);
  assert.equal(horn.silence(), false);
});

test("a less urgent alarm does not take the horn from a more urgent one", () => {
  const horn = new Horn();
  horn.raise(1);
  horn.raise(2);
  assert.equal(horn.ringing, 1);
  horn.settle(2);
  assert.equal(horn.ringing, 2, "once the critical one is acknowledged, the high one rings on");
  horn.settle(4);
  assert.equal(horn.ringing, null);
});

test("when nothing is unacknowledged, silence is forgotten", () => {
  const horn = new Horn();
  horn.raise(1);
  horn.silence();
  horn.settle(null);
  assert.equal(horn.raise(4), true);
});

test("one sentence in three seconds, the most urgent first", () => {
  const said = new Announcing();
  said.add("door forced open at a", 1);
  assert.deepEqual(said.next(0), { sentence: "door forced open at a", priority: 1 });
  said.add("held open at b", 2);
  said.add("forced open at c", 1);
  said.add("held open at d", 2);
  assert.equal(said.next(2_999), null);
  assert.equal(said.waitMs(2_999), 1);
  assert.deepEqual(said.next(3_000), { sentence: "forced open at c, and 2 more", priority: 1 });
  assert.equal(said.waitMs(3_000), null);
});
