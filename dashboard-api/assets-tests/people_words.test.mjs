// Words for rights and credentials, windows of time, and what came of a change.

import assert from "node:assert/strict";
import { test } from "node:test";

import { actorWords, credentialStanding, credentialWords, denialWords, placesWords, standingWords, stretchWords } from "../assets/console/people/words.js";
import { toldOf } from "../assets/console/people/told.js";
import { lengthWords, windowOf, windowProblem } from "../assets/console/people/windows.js";
import { cardBody, windowBody } from "../assets/console/people/bodies.js";

test("a credential stands as its state, its time and wrong tries have left it", () => {
  const at = Date.parse("2026-07-24T12:00:00Z");
  const check = (more, expect) => {
    const credential = { state: "enabled", valid_from_at: "2026-01-01T00:00:00Z", valid_to_at: "2027-01-01T00:00:00Z", locked_out_until_at: null, ...more };
    assert.equal(credentialStanding(credential, at), expect);
  };
  check({}, "enabled");
  check({ state: "stolen", locked_out_until_at: "2026-07-24T13:00:00Z" }, "stolen");
  check({ locked_out_until_at: "2026-07-24T13:00:00Z" }, "locked_out");
  check({ locked_out_until_at: "2026-07-24T11:00:00Z" }, "enabled");
  check({ valid_from_at: "2026-07-25T00:00:00Z" }, "not_yet");
  check({ valid_to_at: "2026-07-24T12:00:00Z" }, "expired");
  assert.deepEqual(credentialWords("lost"), { words: "reported lost", onvif: "pt:CredentialLost" });
  assert.deepEqual(credentialWords("melted_down"), { words: "melted down", onvif: "" });
});

test("stretches of the week read as days with hours", () => {
  const on = (days, hours) => days.map((day) => ({ from: `${day} ${hours[0]}`, to: `${day} ${hours[1]}` }));
  assert.equal(stretchWords([]), "");
  assert.equal(stretchWords(on(["Mon", "Tue", "Wed"], ["08:00", "18:00"])), "Mon-Wed 08:00-18:00");
  assert.equal(stretchWords(on(["Mon", "Wed"], ["08:00", "18:00"])), "Mon 08:00-18:00, Wed 08:00-18:00");
  assert.equal(stretchWords([{ from: "Fri 22:00", to: "Sat 06:00" }]), "Fri 22:00 to Sat 06:00");
});

test("doors of one rack are one place", () => {
  assert.equal(placesWords(["a/r01/c01/front", "a/r01/c01/rear", "a/r01/c02/front", "a/door"]), "a/r01/c01, a/r01/c02/front, a/door");
  assert.equal(placesWords(["a/1", "a/2", "a/3", "a/4", "a/5"]), "a/1, a/2, a/3 and 2 more");
});

test("how a grant stands is said in words, unknown ones as they came", () => {
  assert.equal(standingWords("ended:ticket_closed"), "ended: its ticket was closed");
  assert.equal(standingWords("not_begun"), "not begun");
  assert.equal(standingWords("ended:moon_rose"), "ended: moon rose");
  assert.equal(denialWords("moon_rose"), "moon rose");
});

test("who did something", () => {
  assert.deepEqual(["opr-3", "opr-4", "uid:0", "session:7", "system"].map((by) => actorWords(by, "opr-3")), ["you", "opr-4", "local user 0", "session 7", "the daemon"]);
  assert.equal(actorWords("opr-3", ""), "opr-3");
});

test("an answer is never taken for more than it says", () => {
  assert.equal(toldOf({ generation: 4 }, "cred-7 is disabled"), "cred-7 is disabled.");
  assert.equal(toldOf({ proposal: "prp-4" }, "cred-7 is disabled"), "Nothing was done yet: prp-4 waits for a second operator.");
  const until = toldOf({ proposal: "prp-4", until_at: "2026-07-24T14:10:00Z" }, "cred-7 is disabled", (at) => at.slice(11, 16));
  assert.equal(until, "Nothing was done yet: prp-4 waits for a second operator, until 14:10.");
  const delivered = { total: 42, pending: 2, behind: [{ place: "a/front" }] };
  assert.equal(toldOf({ delivered }, "cred-7 is disabled"), "cred-7 is disabled. 2 of 42 devices with rights of their own do not know it yet: a/front and 1 more.");
  assert.equal(toldOf({ state: "requested", approvals_wanted: 2, approved_by: ["opr-1"] }, "g-1 was asked for"), "g-1 was asked for. It counts for nothing before 1 more approval.");
});

test("windows follow the clock on the wall of the site", () => {
  const now = new Date("2026-07-24T12:00:00Z");
  const iso = (window) => window && [window.from?.toISOString() ?? null, window.to.toISOString()];
  assert.deepEqual(iso(windowOf("4h", now, "Europe/London")), [null, "2026-07-24T16:00:00.000Z"]);
  assert.deepEqual(iso(windowOf("today", now, "Europe/London")), [null, "2026-07-24T17:00:00.000Z"]);
  assert.deepEqual(iso(windowOf("tomorrow", now, "Europe/London")), ["2026-07-25T07:00:00.000Z", "2026-07-25T17:00:00.000Z"]);
  assert.equal(windowOf("today", new Date("2026-07-24T16:50:00Z"), "Europe/London"), null);
  assert.equal(windowOf("what", now, "Europe/London"), null);
  // 31 December in New York is already the next year in London.
  assert.deepEqual(iso(windowOf("tomorrow", new Date("2027-01-01T02:00:00Z"), "America/New_York")), ["2027-01-01T13:00:00.000Z", "2027-01-01T23:00:00.000Z"]);
});

test("a window that cannot be is named before it is sent", () => {
  const now = new Date("2026-07-24T12:00:00Z");
  const at = (hours) => new Date(now.getTime() + hours * 3_600_000);
  assert.equal(windowProblem(null, at(4), now), null);
  assert.match(windowProblem(null, at(-1), now), /past/);
  assert.match(windowProblem(at(5), at(4), now), /before the beginning/);
  assert.match(windowProblem(null, at(367 * 24), now), /366 days/);
  assert.equal(lengthWords(4 * 3_600_000 + 5 * 60_000), "4 h 5 min");
  assert.equal(lengthWords(51 * 3_600_000), "2 d 3 h");
});

test("a body says only what was filled in", () => {
  assert.deepEqual(windowBody({ from: null, to: new Date("2026-07-24T12:00:00Z") }), { to_at: "2026-07-24T12:00:00.000Z" });
  assert.deepEqual(cardBody({ person: "p-1", card: " 26:12:40113 ", format: "", facility: "", number: "" }), { person: "p-1", card: "26:12:40113" });
  assert.deepEqual(cardBody({ person: "p-1", card: "", format: "h10301", facility: "12", number: "7" }), { person: "p-1", format: "h10301", facility: "12", number: "7" });
});
