// What the facts around an alarm come to in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nextRights, tamperWords, ticketsOf } from "../assets/console/alarms/around.js";

test("a cover that stands open is named, and one that nobody knows of is unknown", () => {
  const device = (name, tamper) => ({ name, tamper });
  assert.equal(tamperWords([]), "no device reports it");
  assert.equal(tamperWords([device("reader", false), device("handle", false)]), "not detected");
  assert.equal(tamperWords([device("reader", false), device("handle", null)]), "unknown: handle");
  assert.equal(tamperWords([device("reader", true), device("handle", null)]), "detected: reader; unknown: handle");
});

test("tickets are those of the notes, each once, the newest first", () => {
  const notes = [{ note: "Ticket CHG-1: disk" }, { note: "on my way" }, { note: "Ticket INC-2: guard" }, { note: "Ticket CHG-1: again" }];
  assert.deepEqual(ticketsOf({ notes, acked: { note: "Ticket INC-9: seen" } }), ["CHG-1", "INC-2", "INC-9"]);
  assert.deepEqual(ticketsOf({ notes: null, acked: null }), []);
});

test("who comes next is who begins first", () => {
  const grants = ["14", "09", "23", "11", "10", "12"].map((hour) => ({ from_at: `2026-07-24T${hour}:00:00Z` }));
  assert.deepEqual(nextRights(grants).map(({ from_at: from }) => from.slice(11, 13)), ["09", "10", "11", "12", "14"]);
});
