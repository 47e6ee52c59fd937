// Tests of stretches of time and their buckets (events/range.js).

import assert from "node:assert/strict";
import { test } from "node:test";

import { HOUR_MS, filled, moved, narrowed, offsetIn, resolved, ticks, widened } from "../assets/console/events/range.js";
import { parseWhen } from "../assets/console/moments.js";

const NOW = Date.parse("2026-07-24T14:00:00Z");
const read = (text) => parseWhen(text, "Europe/London", new Date(NOW));

test("an address means a stretch that ends now unless it says otherwise", () => {
  assert.deepEqual(resolved("", "", NOW, read), { fromMs: NOW - 24 * HOUR_MS, toMs: NOW, open: true });
  assert.deepEqual(resolved("today 14:00", "-15m", NOW, read), { fromMs: NOW - HOUR_MS, toMs: NOW - 900_000, open: false });
  assert.throws(() => resolved("-1h", "-2h", NOW, read), /ends before it begins/);
  assert.throws(() => resolved("soon", "", NOW, read), /Write a time/);
});

test("a stretch is moved, narrowed and widened, and never reaches beyond now", () => {
  const range = { fromMs: NOW - 4 * HOUR_MS, toMs: NOW - HOUR_MS, open: false };
  const words = (one) => [(one.fromMs - NOW) / HOUR_MS, (one.toMs - NOW) / HOUR_MS, one.open];
  assert.deepEqual(words(moved(range, -0.5, NOW)), [-5.5, -2.5, false]);
  assert.deepEqual(words(moved(range, 0.5, NOW)), [-3, 0, true]);
  assert.deepEqual(words(narrowed(range, NOW - 2 * HOUR_MS, NOW - 3 * HOUR_MS)), [-3, -2, false]);
  assert.deepEqual(words(narrowed({ ...range, toMs: NOW, open: true }, NOW - HOUR_MS, NOW + 1)), [-1, 0, true]);
  assert.equal(narrowed(range, NOW - 2 * HOUR_MS, NOW - 2 * HOUR_MS).toMs - narrowed(range, NOW - 2 * HOUR_MS, NOW - 2 * HOUR_MS).fromMs, 1000);
  assert.deepEqual(words(widened(range, NOW)), [-9, 0, true]);
});

test("an axis has its marks at round local times, also where the clocks change", () => {
  const offset = offsetIn("Europe/London");
  const check = (from, to, most, expect) => {
    const { marks } = ticks({ fromMs: Date.parse(from), toMs: Date.parse(to) }, most, offset);
    assert.deepEqual(
      marks.map((ms) => new Date(ms).toISOString().slice(5, 16)),
      expect,
    );
  };
  check("2026-07-24T12:10:00Z", "2026-07-24T15:10:00Z", 4, ["07-24T13:00", "07-24T14:00", "07-24T15:00"]);
  check("2026-07-20T12:00:00Z", "2026-07-24T12:00:00Z", 4, ["07-20T23:00", "07-21T23:00", "07-22T23:00", "07-23T23:00"]);
  // Midnight of the 26th is at 23:00 in summer time, that of the 27th at 00:00.
  check("2026-10-24T12:00:00Z", "2026-10-28T12:00:00Z", 4, ["10-24T23:00", "10-26T00:00", "10-27T00:00", "10-28T00:00"]);
});

test("empty buckets stand as zero, in their place", () => {
  const answer = {
    from_at: "2026-07-24T12:00:00Z",
    to_at: "2026-07-24T12:05:00Z",
    bucket_s: 60,
    complete: true,
    items: [
      { at: "2026-07-24T12:01:00Z", count: 3, alarms: 1, denied: 2 },
      { at: "2026-07-24T12:04:00Z", count: 1, alarms: 0, denied: 0 },
    ],
  };
  assert.deepEqual(
    filled(answer).map((one) => one.count),
    [0, 3, 0, 0, 1],
  );
  assert.deepEqual(
    filled({ ...answer, items: [] }).map((one) => one.count),
    [0, 0, 0, 0, 0],
  );
});
