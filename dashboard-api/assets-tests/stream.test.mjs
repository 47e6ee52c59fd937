// What hears of changes where the journal is followed, and where it may not be: each list is asked for again.

import assert from "node:assert/strict";
import { test } from "node:test";

// The page's own facts, which modules read as they are loaded.
globalThis.document = { body: { dataset: { permissions: "", head: "0" } } };
const { stream } = await import("../assets/console/stream.js");
const { follow } = await import("../assets/console/people/follow.js");

// Lets everything that waits for nothing but its turn have it.
const turns = async () => {
  for (let i = 0; i < 50; i += 1) await Promise.resolve();
};

test("whoever may not follow the journal has every list asked for again by poll", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  const asked = [];
  t.mock.method(globalThis, "fetch", async (address) => {
    asked.push(address);
    return address === "/api/v1/stream" ? { status: 403, ok: false } : { status: 200, ok: true };
  });
  const told = [];
  let loads = 0;
  const ends = [stream.watch(/^alarm\./, (event) => told.push(event)), follow(/^person\./, async () => { loads += 1; }, 1_000, () => false)];
  stream.start();
  await turns();
  assert.deepEqual([asked, stream.isPolled, told], [["/api/v1/stream"], true, []]);
  const look = async () => {
    t.mock.timers.tick(5_000);
    await turns();
    t.mock.timers.tick(1_000);
    await turns();
  };
  await look();
  // The line is live now, and there was a poll: both say that something may have been missed.
  assert.deepEqual([stream.state, new Set(told), loads], ["live", new Set([null]), 1]);
  told.length = 0;
  await look();
  assert.deepEqual([told, loads], [[null], 2], "once for each poll, though no event fits");
  ends.forEach((end) => end());
  told.length = 0;
  await look();
  assert.deepEqual([told, loads], [[], 2]);
  stream.signOut();
  await look();
});
