// Times as words and words as times, as tables; the hours that the clock leaves out and repeats among them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { clockTime, dateAndTime, elapsed, parseWhen, shortTime, toUrl, zoneWord, timesIn } from "../assets/console/moments.js";

const LONDON = "Europe/London";
const NOW = new Date("2026-07-24T13:03:22Z"); // 14:03:22 in London

test("a time is shown in the site's zone, with its date where it is not today's", () => {
  assert.equal(clockTime(NOW, LONDON), "14:03:22");
  assert.equal(zoneWord(NOW, LONDON), "BST");
  assert.equal(dateAndTime(NOW, LONDON), "2026-07-24 14:03:22");
  assert.equal(shortTime(new Date("2026-07-23T23:30:00Z"), LONDON, NOW), "00:30:00");
  assert.equal(shortTime(new Date("2026-07-23T22:30:00Z"), LONDON, NOW), "2026-07-23 23:30:00");
});

test("a span is told in two units", () => {
  const rows = [[0, "0 s"], [-5, "0 s"], [59_999, "59 s"], [130_000, "2 min 10 s"], [3_600_000, "1 h 0 min"], [90_061_000, "1 d 1 h"]];
  for (const [ms, words] of rows) assert.equal(elapsed(ms), words);
});

test("what people type is a moment", () => {
  const rows = [
    ["now", "2026-07-24T13:03:22Z"],
    ["-2h", "2026-07-24T11:03:22Z"],
    ["-30min", "2026-07-24T12:33:22Z"],
    ["-7d", "2026-07-17T13:03:22Z"],
    ["+1h", "2026-07-24T14:03:22Z"],
    ["today 14:00", "2026-07-24T13:00:00Z"],
    ["Today", "2026-07-23T23:00:00Z"],
    ["yesterday 08:30", "2026-07-23T07:30:00Z"],
    ["tomorrow 00:00", "2026-07-24T23:00:00Z"],
    ["9:05", "2026-07-24T08:05:00Z"],
    ["2026-01-02 03:04:05", "2026-01-02T03:04:05Z"],
    ["2026-07-24T12:00:00Z", "2026-07-24T12:00:00Z"],
    ["2026-07-24t12:00:00+02:00", "2026-07-24T10:00:00Z"],
    ["2026-03-29 01:30", "2026-03-29T01:30:00Z"], // left out: the clock goes from 00:59:59Z to 02:00 local
    ["2026-10-25 01:30", "2026-10-25T00:30:00Z"], // comes twice: the first
  ];
  for (const [text, expect] of rows) assert.equal(toUrl(parseWhen(text, LONDON, NOW)), expect, text);
});

test("what is no moment says how to write one", () => {
  for (const text of ["", "soon", "25:00", "today 14:60", "2026-02-30", "2026-13-01 10:00", "-2", "-2 parsecs", "today at 14:00"]) {
    assert.throws(() => parseWhen(text, LONDON, NOW), /Write a time such as/, text);
  }
});

test("a local time read back is the time that was typed, in every zone and hour that exists", () => {
  for (const zone of ["UTC", LONDON, "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe"]) {
    for (let hour = 0; hour < 24; hour += 1) {
      const typed = `2026-06-15 ${String(hour).padStart(2, "0")}:15:30`;
      assert.equal(dateAndTime(parseWhen(typed, zone, NOW), zone), typed, zone);
    }
  }
});

test("a sentence says its times in the zone, and what is no time as it stands", () => {
  const rows = [
    ["good until 2026-07-24T06:03:42.000Z", "good until 2026-07-24 07:03:42"],
    ["from 2026-01-05T08:00:00Z to 2026-01-05T09:00:00.123Z, by p-1", "from 2026-01-05 08:00:00 to 2026-01-05 09:00:00, by p-1"],
    ["called 2026-99-99T08:00:00Z", "called 2026-99-99T08:00:00Z"],
    ["lon1/hall-a/r01 is open", "lon1/hall-a/r01 is open"],
  ];
  for (const [text, expect] of rows) assert.equal(timesIn(text, LONDON), expect, text);
});
