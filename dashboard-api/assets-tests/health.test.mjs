// Tests of what the health screens know without a page (health/*.js).

import assert from "node:assert/strict";
import { test } from "node:test";

import { countsOf, endsFirst, ownerWords } from "../assets/console/health/aside.js";
import { outline } from "../assets/console/health/bundle_words.js";
import { advice, foundWords, limitWords, mix, secondsWords } from "../assets/console/health/figures.js";
import { byCertificateEnd, chosen, hasLamps, measured, needsLook, rightsWords, worstClock, worstFirst } from "../assets/console/health/inventory.js";
import { lookWords, patternTitle } from "../assets/console/health/patterns.js";
import { bytesWords, certificateEnd, roomWords, samplesOf, secondsWords as spanWords, skewWords, sumOf, valueOf, within } from "../assets/console/health/metrics.js";

const device = (name, more = {}) => ({
  id: `dev-${name}`,
  name,
  role: "reader",
  places: [`lon1/${name}`],
  state: "online",
  grade: "A",
  grade_words: "A",
  trust: "accepted",
  tamper: false,
  job: null,
  rights: null,
  certificate: null,
  enrolment: null,
  clock_offset_ms: null,
  measurements: { supply_mv: null, temperature_c10: null, humidity_percent: null, motor_ma: null },
  ...more,
});

test("devices that somebody has to see to come first", () => {
  const devices = [
    device("b10"),
    device("b2"),
    device("a", { grade: "B" }),
    device("c", { state: "offline" }),
    device("d", { state: "distrusted" }),
    device("e", { grade: null }),
  ];
  assert.deepEqual(
    [...devices].sort(worstFirst).map((one) => one.name),
    ["d", "c", "a", "e", "b2", "b10"],
  );
  assert.deepEqual(
    devices.filter(needsLook).map((one) => one.name),
    ["a", "c", "d", "e"],
  );
  assert.equal(needsLook(device("x", { tamper: true })), true);
});

test("a choice leaves those over that fit all of it", () => {
  const devices = [device("gate", { role: "lock" }), device("hall", { grade: null }), device("rack", { state: "offline", serial: "0000A7" })];
  const names = (choice) => chosen(devices, choice).map((one) => one.name);
  assert.deepEqual(names({}), ["gate", "hall", "rack"]);
  assert.deepEqual(names({ role: "lock" }), ["gate"]);
  assert.deepEqual(names({ grade: "none" }), ["hall"]);
  assert.deepEqual(names({ q: "a7", state: "offline" }), ["rack"]);
  assert.deepEqual(names({ q: "lon1/h" }), ["hall"]);
});

test("rights, measurements, certificates and clocks read as words", () => {
  const held = (generation, wanted) => device("x", { rights: { held: { generation }, issued: null, wanted_generation: wanted } });
  assert.equal(rightsWords(held(12, 12)), "gen-12");
  assert.equal(rightsWords(held(11, 12)), "gen-11, should hold gen-12");
  assert.equal(rightsWords(device("x", { rights: { held: null, issued: null, wanted_generation: null } })), "none");
  assert.deepEqual(measured(device("x", { measurements: { supply_mv: 23_950, temperature_c10: -15, humidity_percent: 0, motor_ma: null } })), [
    ["Supply", "23.95 V"],
    ["Temperature", "-1.5 °C"],
    ["Humidity", "0 %"],
  ]);
  const until = (name, at) => device(name, { enrolment: "enrolled", certificate: { until_at: at } });
  const devices = [until("b", "2026-08-02T00:00:00Z"), until("a", "2026-08-01T00:00:00Z"), device("none"), device("waits", { enrolment: "code_waits" })];
  assert.deepEqual(
    byCertificateEnd(devices).map((one) => one.name),
    ["waits", "a", "b"],
  );
  assert.equal(worstClock([device("a", { clock_offset_ms: 3 }), device("b", { clock_offset_ms: -9 }), device("c")]).name, "b");
  assert.equal(worstClock([device("c")]), null);
});

test("figures and their limits read in their units", () => {
  const check = (mark, found, limit) => assert.deepEqual([foundWords(mark), limitWords(mark)], [found, limit]);
  check({ found: 13, limit: 1000, unit: "milli_alarms_per_10_min" }, "0.01", "1");
  check({ found: 642, limit: 150, unit: "permille" }, "64.2 %", "about 15 %");
  check({ found: 0, limit: 9, unit: "permille" }, "0 %", "under 1 %");
  check({ found: 4096, limit: 10, unit: "alarms_per_10_min" }, "4,096", "10");
  check({ found: 2, limit: 0, unit: "conditions" }, "2", "none");
  assert.deepEqual([0, 59, 60, 125, 3600, 90_000, null].map(secondsWords), ["0 s", "59 s", "1 min", "2 min 5 s", "1 h", "1 d 1 h", "-"]);
  assert.deepEqual(
    mix([
      { priority: 1, count: 1 },
      { priority: 2, count: 3 },
    ]).map((one) => one.share),
    [0.25, 0.75],
  );
  assert.deepEqual(
    mix([{ priority: 1, count: 0 }]).map((one) => one.share),
    [0],
  );
});

test("advice rests on what the daemon found, the surest first", () => {
  const source = (more) => ({ kind: "door_held_open", source_kind: "door", source: "lon1/a", chattering: 0, ...more });
  const proposal = {
    door: "lon1/a",
    kind: "door_held_open",
    change: { setting: "open_time" },
    reason: null,
    sentence: "open_time 25 s instead of 20 s would have spared 92 of 97 alarms, and no breach",
  };
  const none = { ...proposal, change: null, reason: "too_few_alarms", sentence: "too few" };
  const doors = [
    {
      door: "lon1/a",
      figures: {
        by_label: [
          { word: "bounce", count: 6 },
          { word: "unexplained", count: 5 },
        ],
      },
    },
  ];
  const sort = (one, facts) => advice(one, facts).sort;
  assert.equal(sort(source({ chattering: 3 }), { proposals: [proposal] }), "retune");
  assert.equal(sort(source({ kind: "door_forced_open" }), { doors }), "repair");
  assert.equal(sort(source({ chattering: 3 }), { proposals: [none] }), "repair");
  assert.equal(sort(source(), { stale: [{ source: "lon1/a", kind: "door_held_open" }] }), "shelve");
  assert.equal(sort(source({ source_kind: "device" }), {}), "repair");
  assert.equal(sort(source({ source_kind: "site", chattering: 4 }), {}), "judge");
  assert.equal(advice(source(), { proposals: [none] }).words, "No change is proposed: too few.");
  assert.equal(sort(source(), { proposals: [{ ...proposal, door: "lon1/b" }] }), "judge");
});

test("what is put aside comes by its end, with its owners", () => {
  const alarm = (id, until, more = {}) => ({ id, priority: 2, suppression: { kind: "shelved", until_at: until, by: "opr-1", second: null, ...more } });
  const alarms = [
    alarm("alm-1", null, { kind: "by_design", by: null }),
    alarm("alm-3", "2026-08-02T00:00:00Z"),
    alarm("alm-2", "2026-08-01T00:00:00Z", { second: "opr-2", kind: "out_of_service" }),
  ];
  assert.deepEqual(
    [...alarms].sort(endsFirst).map((one) => one.id),
    ["alm-2", "alm-3", "alm-1"],
  );
  assert.deepEqual(
    alarms.map((one) => ownerWords(one.suppression)),
    [null, "opr-1", "opr-1 and opr-2"],
  );
  assert.deepEqual(countsOf(alarms), [
    ["shelved", 1],
    ["out_of_service", 1],
    ["by_design", 1],
  ]);
});

test("measurements are read as they are written", () => {
  const text = [
    "# HELP x y",
    'polls_total{bus="a",result="missed"} 3',
    'polls_total{bus="b \\"q\\"",result="missed"} 4',
    "build 1",
    'took_bucket{le="0.005"} 50',
    'took_bucket{le="+Inf"} 100',
    'took_bucket{le="0.1"} 96',
    "nonsense",
    "",
  ].join("\n");
  const samples = samplesOf(text);
  assert.equal(valueOf(samples, "polls_total", { bus: 'b "q"' }), 4);
  assert.equal(sumOf(samples, "polls_total", { result: "missed" }), 7);
  assert.equal(valueOf(samples, "absent"), null);
  assert.deepEqual(
    [within(samples, "took", 50), within(samples, "took", 95), within(samples, "took", 99), within(samples, "absent", 50)],
    [0.005, 0.1, Infinity, null],
  );
  assert.deepEqual([0.005, 1.25, null, Infinity].map(spanWords), ["5 ms", "1.3 s", "-", "longer than measured"]);
});

test("of a support bundle is said what is not in it before it is saved", () => {
  const file = { name: "a.json", what: "a", bytes: 1500, redacted: 0, left_out: [], untold: null };
  const told = outline({
    files: [
      file,
      { ...file, redacted: 2, left_out: ["keys", "names"] },
      { ...file, bytes: 30, left_out: ["keys"], untold: "it was not told within 5 s" },
    ],
    bytes: 3030,
    redacted: 2,
    never: ["floor plans"],
  });
  assert.deepEqual(
    told.files.map(({ size, notes }) => [size, ...notes]),
    [
      ["2 kB"],
      ["2 kB", "Left out: keys, names.", "Redacted in 2 places, each of which says so."],
      ["1 kB", "Not told: it was not told within 5 s."],
    ],
  );
  assert.equal(told.summary, "3 files, about 4 kB, redacted in 2 places. Nothing is saved or sent before you say so.");
  assert.deepEqual(told.never, ["floor plans"]);
});

test("a pattern is chosen by what it is called and told by what it looks like", () => {
  const patterns = [{ id: "T6", outcome: "AccessDenied, class N", looks: "fast red, three short tones", means: "", test_ms: 1800 }];
  assert.equal(patternTitle(patterns[0]), "T6  AccessDenied, class N");
  assert.equal(lookWords(patterns, "T6"), "Looks: fast red, three short tones. Shown for 1.8 s.");
  const told = { ...patterns[0], means: "No: not with this card." };
  assert.equal(lookWords([told], "T6"), "Means: No: not with this card. Looks: fast red, three short tones. Shown for 1.8 s.");
  assert.equal(lookWords(patterns, "T99"), "");
  assert.deepEqual(["reader", "handle", "lock", "inputs"].map((role) => hasLamps(device("a", { role }))), [true, true, false, false]);
});

test("the room on the disk, the clock and the daemon's own certificates are facts where they are told", () => {
  assert.deepEqual([0, 999, 1000, 12_340_000_000, 2e12].map(bytesWords), ["0 B", "999 B", "1 kB", "12.3 GB", "2 TB"]);
  const samples = samplesOf('rackward_storage_size_bytes 100000000000\nrackward_storage_free_bytes 12345678901\nrackward_certificate_end_timestamp_seconds{certificate="console"} 1784898202\n');
  assert.equal(roomWords(samples), "12.3 GB of 100 GB free, 12 %");
  assert.equal(certificateEnd(samples, "console"), "2026-07-24T13:03:22.000Z");
  assert.equal(certificateEnd(samples, "authority"), null);
  assert.equal(roomWords(samplesOf("")), null);
  assert.deepEqual([0, 1400, -3000, 61_000].map(skewWords), ["agrees", "agrees", "3 s ahead", "61 s behind"]);
});
