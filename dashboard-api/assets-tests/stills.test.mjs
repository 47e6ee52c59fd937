// Which moment of an alarm a still shows, and which one stands for it on the list.

import assert from "node:assert/strict";
import { test } from "node:test";

import { momentWords, nearest } from "../assets/console/alarms/still_words.js";

const RAISED = "2026-08-03T08:00:00Z";
const at = (seconds) => new Date(Date.parse(RAISED) + seconds * 1000).toISOString();

test("a still says how far it is from its alarm", () => {
  const said = (seconds) => momentWords({ wanted_at: at(seconds) }, RAISED);
  assert.equal(said(-5), "\u22125 s");
  assert.equal(said(0), "at the alarm");
  assert.equal(said(0.3), "at the alarm");
  assert.equal(said(5), "+5 s");
  assert.equal(said(600), "asked for later");
});

test("the still nearest to the alarm stands for it, if it can be shown", () => {
  const still = (id, seconds, state = "kept") => ({ id, state, shows_at: at(seconds) });
  assert.equal(nearest([still(1, -5), still(2, 0.4), still(3, 5)], RAISED).id, 2);
  assert.equal(nearest([still(1, -5), still(2, 0, "missing")], RAISED).id, 1);
  assert.equal(nearest([still(1, 0, "erased")], RAISED), null);
  assert.equal(nearest([], RAISED), null);
});
