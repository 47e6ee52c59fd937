// Who was last at the place of an alarm before it came.

import assert from "node:assert/strict";
import { test } from "node:test";

import { LastHere } from "../assets/console/alarms/last_here.js";

const access = (name, person, at, door = "lon1/main-entrance") => ({
  name, subject: `${door}/in`, time: `2026-07-24T12:${at}Z`, data: { person_id: person, point: `${door}/in` },
});
const alarm = (at, given = {}) => ({ kind: "door_forced_open", door: "lon1/main-entrance", raised_at: `2026-07-24T12:${at}Z`, ...given });

test("the last before the alarm, whatever order they are heard in", () => {
  const here = new LastHere();
  for (const event of [access("access.denied", "p-2", "05:00"), access("access.granted", "p-1", "01:00"), access("access.granted", "p-3", "09:00")]) here.take(event);
  assert.deepEqual(here.of(alarm("05:12")), { person: "p-2", did: "refused", beforeMs: 12_000 });
  assert.deepEqual(here.of(alarm("01:30")), { person: "p-1", did: "admitted", beforeMs: 30_000 });
  assert.deepEqual(here.of(alarm("08:59")), { person: "p-3", did: "admitted", beforeMs: 0 }, "a report may come a moment late");
});

test("nobody, where nobody was there lately, or only elsewhere, or it must not be told", () => {
  const here = new LastHere();
  here.take(access("access.granted", "p-1", "01:00"));
  here.take(access("access.granted", "p-9", "20:00", "lon1/plant"));
  here.take({ name: "access.denied", subject: "lon1/main-entrance/in", time: "2026-07-24T12:20:00Z", data: { point: "lon1/main-entrance/in" } });
  assert.equal(here.of(alarm("20:01")), null);
  assert.equal(here.of(alarm("01:01", { door: null })), null);
  assert.equal(here.of(alarm("01:01", { kind: "duress" })), null);
});

test("from a search it is read as from the stream", () => {
  const here = new LastHere();
  here.take({ ...access("", "p-5", "03:00"), name: undefined, type: "rackward.access.taken.v1" });
  assert.equal(here.of(alarm("03:05")).person, "p-5");
});
