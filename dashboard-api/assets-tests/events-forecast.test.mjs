// What is said of an alert before it is left standing, and while it stands.

import assert from "node:assert/strict";
import test from "node:test";

import { SPANS, forecastWords, stateWords } from "../assets/console/events/forecast.js";

const forecast = (values) => ({ days: 7, matches: 0, counted_all: true, most_in_10_min: 0, flood: false, rate_limit: 10, ...values });

test("a forecast says how often, and whether that is a flood", () => {
  const check = (values, expect) => assert.equal(forecastWords(forecast(values)), expect);
  check({}, "It would not have matched in the last 7 days.");
  check({ matches: 1, most_in_10_min: 1 }, "It would have matched once in the last 7 days, at most once within ten minutes.");
  check({ matches: 1234, most_in_10_min: 10 }, "It would have matched 1,234 times in the last 7 days, at most 10 times within ten minutes.");
  const flood = forecastWords(forecast({ matches: 10081, counted_all: false, most_in_10_min: 40, flood: true }));
  assert.match(flood, /at least 10,081 times .* More than 10 within ten minutes are a flood/);
});

test("an alert says whether it is only counted", () => {
  const check = (values, expect) => assert.equal(stateWords({ state: "in_force", matches: 0, withheld: 0, ...values }), expect);
  check({}, "never matched");
  check({ matches: 3 }, "matched 3 times");
  check({ state: "over_rate", matches: 50, withheld: 40 }, "matched 50 times, too often now: 40 times only counted");
});

test("every span is within a year", () => {
  for (const [span] of SPANS) assert.ok(Number(/^PT(\d+)H$/.exec(span)[1]) <= 366 * 24, span);
});
