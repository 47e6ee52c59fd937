// The chain of a request and its clock.

import assert from "node:assert/strict";
import { test } from "node:test";

import { byClock, chainOf, clockOf, isOwn } from "../assets/console/people/chain.js";

const NOW = Date.parse("2026-07-24T12:00:00Z");
const hour = (count) => new Date(NOW + count * 3_600_000).toISOString();
const grant = (more) => ({ id: "g-1", requested_by: "opr-1", approvals_wanted: 2, approved_by: [], standing: "requested", reason: "Swap", from_at: hour(1), to_at: hour(2), ...more });
const told = (name, by, time, reason) => ({ type: `rackward.grant.${name}.v1`, time, data: { by, reason } });

test("who asked, who approved and who is still wanted", () => {
  const events = [told("approved", "opr-2", "t2", "seen"), told("requested", "opr-1", "t1")];
  const steps = chainOf(grant({ approved_by: ["opr-2"] }), events).map((step) => [step.what, step.by, step.at, step.state]);
  assert.deepEqual(steps, [["asked", "opr-1", "t1", "done"], ["approved", "opr-2", "t2", "done"], ["approval 2 of 2", null, null, "waits"]]);
});

test("without the journal the chain stands without times", () => {
  assert.deepEqual(chainOf(grant({}), []).map((step) => [step.what, step.at]), [["asked", null], ["approval 1 of 2", null], ["approval 2 of 2", null]]);
});

test("what was denied waits for nobody", () => {
  const steps = chainOf(grant({ standing: "denied" }), [told("denied", "opr-3", "t3", "no need")]);
  assert.deepEqual(steps.map((step) => step.what), ["asked", "denied"]);
  assert.equal(steps[1].why, "no need");
});

test("the clock runs to the beginning, then to the end, then from it", () => {
  assert.deepEqual(clockOf(grant({}), NOW), { state: "ahead", ms: 3_600_000 });
  assert.deepEqual(clockOf(grant({ from_at: hour(-1) }), NOW), { state: "running", ms: 7_200_000 });
  assert.deepEqual(clockOf(grant({ from_at: hour(-2), to_at: hour(-1) }), NOW), { state: "over", ms: 3_600_000 });
});

test("what runs out first is asked first, what is over last", () => {
  const rows = [grant({ id: "late", from_at: hour(5), to_at: hour(6) }), grant({ id: "over", from_at: hour(-3), to_at: hour(-1) }), grant({ id: "long", from_at: hour(-1), to_at: hour(9) }), grant({ id: "runs", from_at: hour(-2), to_at: hour(1) })];
  assert.deepEqual(rows.sort(byClock(NOW)).map((row) => row.id), ["runs", "long", "late", "over"]);
});

test("nobody is taken for somebody else without an id", () => {
  assert.equal(isOwn("opr-1", "opr-1"), true);
  assert.equal(isOwn("", ""), false);
  assert.equal(isOwn("opr-2", "opr-1"), false);
});
