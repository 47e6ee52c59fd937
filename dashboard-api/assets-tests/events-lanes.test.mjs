// Tests of swim lanes and of the words around events (events/lanes.js, events/looks.js, events/saved.js).

import assert from "node:assert/strict";
import { test } from "node:test";

import { filterOf, gathered, laidOut, subjectOf } from "../assets/console/events/lanes.js";
import { labelOf, sortOf, valueWords } from "../assets/console/events/looks.js";
import { forget, save, savedQueries } from "../assets/console/events/saved.js";

let seq = 0;
const event = (minute, name, subject, data = {}) => ({
  id: String((seq += 1)),
  time: new Date(minute * 60_000).toISOString(),
  type: `rackward.${name}.v1`,
  subject,
  data,
});
const RANGE = { fromMs: 0, toMs: 60 * 60_000 };

test("an address names a person or a rack, and nothing else", () => {
  assert.deepEqual(subjectOf("person:p-7"), { kind: "person", id: "p-7" });
  assert.deepEqual(subjectOf("rack:lon1/hall-a/r07/c03"), { kind: "rack", id: "lon1/hall-a/r07/c03" });
  for (const wrong of ["", null, "person:7", "rack:x", 'rack:a/"b', "rack:a/b c", "door:a/b"]) assert.equal(subjectOf(wrong), null, wrong);
  assert.equal(filterOf(subjectOf("rack:a/b")), "door:a/b/*");
});

test("a rack's lanes are its faces, with what stood open as spans", () => {
  const rack = "lon1/hall-a/r07/c03";
  const events = [
    event(10, "access.granted", `${rack}/front`, { door: `${rack}/front` }),
    event(11, "door.changed", `${rack}/front`, { door: `${rack}/front`, contact: "open" }),
    event(14, "door.changed", `${rack}/front`, { door: `${rack}/front`, contact: "closed" }),
    event(20, "door.changed", `${rack}/rear`, { door: `${rack}/rear`, contact: "open" }),
    event(21, "alarm.raised", `${rack}/rear`, { alarm_id: "alm-1", kind: "door_forced_open", priority: 1 }),
    event(30, "alarm.returned", `${rack}/rear`, { alarm_id: "alm-1" }),
  ];
  const lanes = laidOut(events.reverse(), { kind: "rack", id: rack }, RANGE);
  assert.deepEqual(
    lanes.map((lane) => lane.title),
    ["Alarms", "front", "rear"],
  );
  const spans = lanes.map((lane) => lane.spans.map((span) => [span.words, span.from / 60_000, span.to / 60_000]));
  assert.deepEqual(spans, [[["P1 door forced open", 21, 30]], [["open", 11, 14]], [["open", 20, 60]]]);
  assert.deepEqual(
    lanes.map((lane) => lane.marks.length),
    [1, 1, 0],
  );
});

test("a person's lanes are where they were and what they passed", () => {
  const events = [
    event(1, "presence.changed", "p-7", { person_id: "p-7", place: "lon1/hall-a" }),
    event(2, "access.denied", "lon1/gate", { point: "lon1/gate/in", person_id: "p-7" }),
    event(5, "presence.changed", "p-7", { person_id: "p-7", place: "outside" }),
    event(6, "grant.created", "g-1", { grant_id: "g-1" }),
  ];
  const lanes = laidOut(events, { kind: "person", id: "p-7" }, RANGE);
  assert.deepEqual(
    lanes.map((lane) => lane.title),
    ["Where", "lon1/gate", "Rights, cards, rest"],
  );
  assert.deepEqual(
    lanes[0].spans.map((span) => [span.words, span.to / 60_000]),
    [["hall-a", 5]],
  );
});

test("marks on one another are told as one, by the most telling of them", () => {
  const marks = [
    { at: 0, sort: "report" },
    { at: 5, sort: "refused" },
    { at: 12, sort: "passed" },
  ];
  assert.deepEqual(
    gathered(marks, 10).map((group) => [group.at, group.marks.length, group.sort]),
    [
      [0, 2, "refused"],
      [12, 1, "passed"],
    ],
  );
});

test("members of an event read as lines of words", () => {
  assert.equal(labelOf("valid_from_at"), "Valid from");
  assert.equal(valueWords("release_time_ms", 10_000), "10 s");
  assert.equal(valueWords("devices", ["a", "b"]), "a, b");
  assert.equal(valueWords("x", null), "-");
  assert.deepEqual(
    ["second_desk", "lon1/hall_a", "cmd-1"].map((value) => valueWords("x", value)),
    ["second desk", "lon1/hall_a", "cmd-1"],
  );
  assert.equal(valueWords("expected", { model: "m", serial: null }), "Model m, Serial -");
  assert.equal(sortOf(event(0, "alarm.raised", "x")), "alarm");
  assert.equal(sortOf(event(0, "door.mode-changed", "x", { by: "opr-1" })), "order");
  assert.equal(sortOf(event(0, "door.changed", "x")), "report");
});

test("queries are kept by name, and damaged storage keeps none", () => {
  const storage = new Map();
  const browser = { getItem: (key) => storage.get(key) ?? null, setItem: (key, value) => storage.set(key, value) };
  save(browser, "opr-1", " Nights ", "?q=during:night");
  save(browser, "opr-1", "Forced", "?q=forced");
  save(browser, "opr-1", "Nights", "?q=during:night&from=-7d");
  assert.deepEqual(
    savedQueries(browser, "opr-1").map((one) => one.name),
    ["Forced", "Nights"],
  );
  assert.deepEqual(savedQueries(browser, "opr-2"), []);
  assert.equal(forget(browser, "opr-1", "Forced").length, 1);
  assert.throws(() => save(browser, "opr-1", "  ", "?"), /name/);
  storage.set("rackward.queries.opr-1", "{");
  assert.deepEqual(savedQueries(browser, "opr-1"), []);
  const full = {
    getItem: () => null,
    setItem: () => {
      throw new Error("quota");
    },
  };
  assert.throws(() => save(full, "opr-1", "a", "?"), /keeps nothing/);
});
