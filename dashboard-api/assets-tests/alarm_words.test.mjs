// What an alarm says of itself, what can be ordered of it, how long it may be put aside, and who was first.

import assert from "node:assert/strict";
import { test } from "node:test";

import { notedAtLeast, shelfTimes, spanForApi, spanWords, doneWords } from "../assets/console/alarms/answers.js";
import { Deeds, deedMeanwhile, deedOf, deedWords } from "../assets/console/alarms/deeds.js";
import {
  CARRIED_TO, VERDICTS, aside, assigneeWords, countdown, lookOf, nextCall, orders, statement,
} from "../assets/console/alarms/state.js";

const NOW = Date.parse("2026-07-24T12:00:00Z");
const ACKED = { acked_at: "2026-07-24T11:00:00Z", acked_by: "opr-4", note: "guard sent there" };
const SHELVED = { kind: "shelved", until_at: "2026-07-24T12:20:00Z", reason: "wind", by: "opr-4", second: null, one_shot: false, behind: null };

const alarm = (given) => ({
  id: "alm-7", words: "rack handle forced", source: "lon1/r01", source_kind: "door", priority: 1, active: true, acked: null,
  suppression: null, closed_at: null, shelf_limit_s: 600, next_escalation: null, ...given,
});

test("active, acknowledged and put aside are three facts, and each look is one of them", () => {
  const check = (given, look) => assert.equal(lookOf(alarm(given)), look, JSON.stringify(given));
  check({}, "unacked");
  check({ acked: ACKED }, "acked");
  check({ active: false }, "returned unacked");
  check({ active: false, acked: ACKED }, "acked");
  check({ suppression: SHELVED }, "shelved");
  check({ suppression: { ...SHELVED, kind: "out_of_service" }, acked: ACKED }, "shelved");
  check({ suppression: { ...SHELVED, kind: "by_design" } }, "acked");
  check({ active: false, closed_at: "2026-07-24T12:00:00Z" }, "acked");
});

test("an alarm that lasts cannot be put away, and one that is closed takes a note only", () => {
  const can = (given) => Object.entries(orders(alarm(given))).filter(([, yes]) => yes).map(([order]) => order).sort();
  assert.deepEqual(can({}), ["acknowledge", "assign", "escalate", "note", "outOfService", "shelve", "steps"]);
  assert.deepEqual(can({ active: false, acked: ACKED }), ["assign", "close", "escalate", "note", "outOfService", "shelve", "steps"]);
  assert.deepEqual(can({ shelf_limit_s: null }), ["acknowledge", "assign", "escalate", "note", "steps"]);
  assert.deepEqual(can({ suppression: SHELVED }), ["assign", "note", "outOfService", "shelve", "steps", "unshelve"]);
  assert.deepEqual(can({ suppression: { ...SHELVED, kind: "out_of_service" } }), ["assign", "note", "returnToService", "steps"]);
  assert.deepEqual(can({ closed_at: "2026-07-24T12:00:00Z", active: false }), ["note"]);
});

test("what put an alarm aside says what, until when, who and why", () => {
  assert.equal(aside(alarm()), null);
  assert.deepEqual(aside(alarm({ suppression: SHELVED })), { what: "shelved until", until: SHELVED.until_at, by: ["opr-4"], why: "wind" });
  const both = aside(alarm({ suppression: { ...SHELVED, second: "opr-5", one_shot: true } }));
  assert.deepEqual([both.by, both.what], [["opr-4", "opr-5"], "shelved until it ends, at most until"]);
  const behind = { kind: "by_design", until_at: null, reason: "line_lost", by: null, second: null, one_shot: null, behind: "alm-2" };
  assert.deepEqual(aside(alarm({ suppression: behind })), { what: "behind alm-2", until: null, by: [], why: "its line is lost" });
});

test("who is called next, and in how long", () => {
  assert.equal(nextCall(alarm(), NOW), null);
  const next = nextCall(alarm({ next_escalation: { at: "2026-07-24T12:00:42Z", level: "duty_manager" } }), NOW);
  assert.deepEqual([next.who, next.inMs], ["duty manager", 42_000]);
  assert.deepEqual([42_000, 725_000, 12_000_000, 400, -5].map(countdown), ["0:42", "12:05", "3 h 20 min", "0:01", "0:00"]);
});

test("all ten verdicts of OCSF and every level above the desk", () => {
  assert.deepEqual(VERDICTS.map(([, number]) => number), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.equal(new Set(VERDICTS.map(([word]) => word)).size, 10);
  assert.deepEqual(CARRIED_TO.map(([word]) => word), ["second_desk", "duty_manager", "external", "supervisor"]);
});

test("a shelf is never longer than the alarm allows, and the longest can be chosen", () => {
  for (const limit of [600, 1800, 28_800, 86_400, 700]) {
    const times = shelfTimes(limit);
    assert.ok(times.every((seconds) => seconds <= limit), String(limit));
    assert.equal(Math.max(...times), limit);
  }
  assert.deepEqual([300, 1800, 3600, 28_800, 86_400, 259_200].map(spanWords), ["5 min", "30 min", "1 h", "8 h", "24 h", "3 days"]);
  assert.equal(spanForApi(1200), "PT1200S");
  assert.deepEqual([1, 2, 3, 4].map((priority) => notedAtLeast({ priority })), [10, 10, 0, 0]);
});

test("a sentence for each alarm, and words for who has it", () => {
  assert.equal(statement(alarm()), "Rack handle forced at lon1/r01");
  assert.deepEqual(["desk", "opr-4", "opr-5", null].map((who) => assigneeWords(who, "opr-4")), ["desk", "you", "opr-5", "desk"]);
});

test("what others did is told, what one did oneself or the daemon did is not", () => {
  const event = (name, data) => ({ name, time: "2026-07-24T12:00:00Z", data: { alarm_id: "alm-7", ...data } });
  assert.equal(deedOf(event("alarm.raised", {})), null);
  assert.equal(deedOf(event("alarm.assigned", { by: "system" })), null);
  assert.equal(deedOf({ name: "door.changed", data: {} }), null);
  const deeds = new Deeds("opr-1", 2);
  assert.equal(deeds.take(deedOf(event("alarm.acknowledged", { by: "opr-1" }))), false);
  assert.equal(deeds.take(deedOf(event("alarm.acknowledged", { by: "opr-2" }))), true);
  assert.equal(deedWords(deeds.of("alm-7"), (id) => `<${id}>`), "acked by <opr-2>");
  for (const id of ["alm-8", "alm-9"]) deeds.take({ alarm: id, did: "noted", by: "opr-2", at: "" });
  assert.equal(deeds.of("alm-7"), null, "the oldest fall out");
});

test("a refusal says who was first, by name where there is one", () => {
  const said = (done, expect) => assert.equal(deedMeanwhile("alm-7", { by: "opr-2", name: "M. Rossi", at: "", done, entry: 1 }).did, expect, done);
  said("opr-2 acknowledged alm-7, rack handle forced at r01: on my way", "acked");
  said("opr-2 closed alm-7: false alarm", "closed");
  said("opr-2 put alm-7 aside until 2026-07-24T15:00:00.000Z: wind", "shelved");
  said("alm-7 went to the duty manager", "escalated");
  said("opr-2 gave alm-7 to opr-5", "assigned");
  said("opr-2 took what alm-7 is about out of service until 2026: WO-17", "taken out of service");
  said("something else", "changed");
  assert.equal(deedMeanwhile("alm-7", null), null);
});

test("of several answers it is said how many were taken", () => {
  assert.equal(doneWords([{ done: true }]), "The alarm is acknowledged.");
  assert.equal(doneWords([{ done: true }, { done: true }]), "All 2 alarms are acknowledged.");
  assert.equal(doneWords([{ done: true }, { done: false }]), "1 of 2 are acknowledged; the others say below why not.");
  assert.equal(doneWords([{ done: true }, { done: true, waits: true }, { done: false }]), "1 of 3 are acknowledged; 1 waits for a second operator.");
});
