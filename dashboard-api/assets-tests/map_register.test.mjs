// What an asset register says of a rack, to be read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { registerFacts } from "../assets/console/map/register.js";

test("what NetBox says is shown, and what it does not say is left out", () => {
  const row = {
    id: "nb-17", rack: "lon1/hall-a/r01/c03", name: "C03", facility_id: "F-2203", site: "ldn-1", location: "hall-a-ground", role: "", status: "active",
    tenant: "St Mary's", u_height: 42, serial: "", asset_tag: "", taken_at: "2026-07-24T12:00:00Z", gone_at: null,
  };
  assert.deepEqual(registerFacts(row), [
    ["Name", "C03"], ["Number", "17"], ["Facility id", "F-2203"], ["Tenant", "St Mary's"], ["Status", "active"], ["Site", "ldn-1, hall-a-ground"], ["Height", "42 U"],
  ]);
  const bare = { ...row, facility_id: "", tenant: "", location: "", u_height: 0, status: "" };
  assert.deepEqual(registerFacts(bare).map(([term]) => term), ["Name", "Number", "Site"]);
});
