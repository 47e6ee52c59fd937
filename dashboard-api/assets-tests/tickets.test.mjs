// A ticket in what people write, and found there again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { REASON_WITH_TICKET_MAX, TICKET, ticketOf, withTicket } from "../assets/console/tickets.js";

test("a reason names its ticket, and is read again", () => {
  assert.equal(withTicket("Disk is changed", "CHG-4711"), "Ticket CHG-4711: Disk is changed");
  assert.equal(ticketOf(withTicket("Disk is changed", "CHG-4711")), "CHG-4711");
  for (const none of ["", undefined]) assert.equal(withTicket("Disk is changed", none), "Disk is changed");
  for (const text of ["Disk is changed", "The Ticket CHG-1: no", "", null]) assert.equal(ticketOf(text), null);
});

test("a reason and its ticket together are not too long for the journal", () => {
  assert.ok(withTicket("r".repeat(REASON_WITH_TICKET_MAX), "t".repeat(64)).length <= 256);
  assert.equal(TICKET.required, false, "the policy of an area asks for one with rights, not with orders");
});
