// Tests of the pages of an endless list (events/pages.js), over a journal in memory that answers as the daemon does.

import assert from "node:assert/strict";
import { test } from "node:test";

import { KEPT_PAGES, PAGE_EVENTS, Pages, seqOf, totalWords } from "../assets/console/events/pages.js";

const BEGIN = Date.parse("2026-07-24T00:00:00Z");
const entry = (seq) => ({ id: String(seq), time: new Date(BEGIN + seq * 1000).toISOString() });

class Journal {
  constructor(count) {
    this.entries = Array.from({ length: count }, (_, index) => entry(index + 1));
  }

  fetch = async ({ sort, to, before, after, limit }) => {
    await this.slow;
    const wanted = this.entries.filter((one) => (!to || one.time < to) && seqOf(one) > (after ?? 0) && seqOf(one) < (before ?? Infinity));
    const ordered = sort === "-at" ? wanted.reverse() : wanted;
    const items = ordered.slice(0, limit);
    const next = ordered.length > limit ? items.at(-1).id : null;
    return { items, next_cursor: next, total_estimate: wanted.length, total_counted: wanted.length };
  };
}

const held = (pages) => pages.events.map(seqOf);
const isRun = (seqs) => seqs.every((seq, index) => index === 0 || seq === seqs[index - 1] - 1);

test("a list goes down to the first event, each once", async () => {
  const pages = new Pages(new Journal(PAGE_EVENTS * 2 + 7).fetch);
  await pages.begin();
  assert.equal(totalWords(pages.total), "207 events");
  assert.equal(pages.topDone, true);
  while (await pages.down());
  assert.ok(isRun(held(pages)));
  assert.deepEqual([held(pages)[0], held(pages).at(-1), pages.bottomDone], [207, 1, true]);
});

test("a list that begins at a moment goes both ways", async () => {
  const pages = new Pages(new Journal(450).fetch);
  await pages.begin(entry(201).time);
  assert.deepEqual([pages.topDone, held(pages)[0]], [false, 200]);
  while (await pages.up());
  assert.equal(pages.topDone, true);
  await pages.down();
  assert.ok(isRun(held(pages)));
  assert.deepEqual([held(pages)[0], held(pages).at(-1)], [450, 1]);
});

test("a list that begins before everything still goes up", async () => {
  const pages = new Pages(new Journal(5).fetch);
  await pages.begin(entry(0).time);
  assert.equal(pages.count, 0);
  await pages.up();
  assert.deepEqual(held(pages), [5, 4, 3, 2, 1]);
});

test("new events are added on top, and counted", async () => {
  const journal = new Journal(3);
  const pages = new Pages(journal.fetch);
  await pages.begin();
  assert.equal(await pages.up(), false);
  journal.entries.push(entry(4), entry(5));
  assert.equal(await pages.up(), true);
  assert.deepEqual(held(pages), [5, 4, 3, 2, 1]);
  assert.equal(totalWords(pages.total), "5 events");
});

test("a burst that is longer than a page is followed to its end", async () => {
  const journal = new Journal(3);
  const pages = new Pages(journal.fetch);
  await pages.begin();
  journal.entries.push(...Array.from({ length: 250 }, (_, index) => entry(index + 4)));
  assert.equal(await pages.up(), true);
  assert.deepEqual([pages.topDone, pages.follows], [false, true]);
  while (await pages.up());
  assert.deepEqual([pages.topDone, held(pages)[0], held(pages).length], [true, 253, 253]);
  assert.ok(isRun(held(pages)));
});

test("two who ask for the same news at once bring no event twice", async () => {
  const journal = new Journal(3);
  const pages = new Pages(journal.fetch);
  await pages.begin();
  journal.entries.push(...Array.from({ length: 250 }, (_, index) => entry(index + 4)));
  await Promise.all([pages.up(), pages.up(500), pages.up()]);
  assert.ok(isRun(held(pages)));
  assert.deepEqual([pages.topDone, held(pages)[0], held(pages).length], [true, 253, 253]);
});

test("a list that begins at a moment follows the journal once it was at its end", async () => {
  const pages = new Pages(new Journal(450).fetch);
  await pages.begin(entry(201).time);
  assert.equal(pages.follows, false);
  while (await pages.up());
  assert.equal(pages.follows, true);
});

test("pages far away are given up and come again as they were", async () => {
  const journal = new Journal(PAGE_EVENTS * 80);
  const pages = new Pages(journal.fetch);
  await pages.begin();
  while (await pages.down());
  const gone = pages.pages.filter((page) => page.items === null);
  assert.equal(gone.length, 20);
  assert.equal(pages.count, PAGE_EVENTS * 80);
  journal.entries.push(entry(8001));
  for (const page of gone) await pages.refill(page);
  assert.ok(isRun(held(pages)));
  assert.deepEqual([held(pages)[0], held(pages).length], [8000, 8000]);
});

// A list that follows while `rounds` pages come, as the board has it do.
async function follow(journal, pages, rounds) {
  for (let round = 0; round < rounds; round += 1) {
    for (let one = 0; one < PAGE_EVENTS; one += 1) journal.entries.push(entry(journal.entries.length + 1));
    await pages.up();
    pages.compact();
    pages.forget();
  }
}

test("a list that follows for long forgets what is far below, and finds it again", async () => {
  const journal = new Journal(250);
  const pages = new Pages(journal.fetch);
  await pages.begin();
  await follow(journal, pages, 90);
  assert.equal(pages.pages.length, KEPT_PAGES);
  assert.ok(pages.pages.every((page) => page.items));
  assert.deepEqual([held(pages)[0], held(pages).length, pages.bottomDone], [9250, 6000, false]);
  // However many events one second has: going down is by place and not by time.
  for (const event of journal.entries) event.time = entry(1).time;
  while (await pages.down());
  for (const page of pages.pages) await pages.refill(page);
  assert.ok(isRun(held(pages)));
  assert.deepEqual([held(pages)[0], held(pages).at(-1)], [9250, 1]);
});

test("what was asked for before a list forgot leaves no gap", async () => {
  const journal = new Journal(PAGE_EVENTS * 100);
  const pages = new Pages(journal.fetch);
  await pages.begin();
  for (let count = 0; count < KEPT_PAGES + 10; count += 1) await pages.down();
  for (const page of pages.pages.slice(0, KEPT_PAGES)) await pages.refill(page);
  let answer;
  journal.slow = new Promise((done) => (answer = done));
  const asked = pages.down();
  pages.forget();
  answer();
  assert.equal(await asked, false);
  assert.equal(pages.pages.length, KEPT_PAGES);
  while (await pages.down());
  for (const page of pages.pages) await pages.refill(page);
  assert.ok(isRun(held(pages)));
  assert.equal(held(pages).at(-1), 1);
});

test("a list whose top was given up forgets nothing", async () => {
  const pages = new Pages(new Journal(PAGE_EVENTS * 140).fetch);
  await pages.begin();
  while (await pages.down());
  pages.forget();
  assert.equal(pages.pages.length, 140);
});

test("what waits is joined, and not to what is shown", async () => {
  const journal = new Journal(10);
  const pages = new Pages(journal.fetch);
  await pages.begin();
  for (let round = 0; round < 50; round += 1) {
    journal.entries.push(entry(journal.entries.length + 1));
    await pages.up();
    pages.compact(10);
  }
  assert.deepEqual(pages.pages.map((page) => page.count), [50, 10]);
  pages.compact();
  assert.deepEqual(pages.pages.map((page) => page.count), [60]);
});

test("a total says how far it was counted", () => {
  assert.equal(totalWords({ estimate: 41_000, counted: 10_000 }), "about 41,000 events, counted to 10,000");
  assert.equal(totalWords({ estimate: 1, counted: 1 }), "1 event");
  assert.equal(totalWords(null), "");
});
