// What a sheet says beside the screen itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { headWords, queryWords, titleWords } from "../assets/console/print_words.js";

test("the filter of a sheet is what leaves something out", () => {
  const rows = [
    ["", "none, everything"],
    ["?sel=alm-4&face=rear&z=2", "none, everything"],
    ["?state=pending&sel=g-7", "state pending"],
    ["?q=khan&as_of=-2h", "q khan; as of -2h"],
    ["?q=", "none, everything"],
  ];
  for (const [search, expect] of rows) assert.equal(queryWords(search), expect, search);
});

test("the title of a sheet is the view's, whatever the site is called", () => {
  assert.equal(titleWords("(3) Requests - lon1 - Rackward", "lon1"), "Requests");
  assert.equal(titleWords("Alarms - lon-1 - Rackward", "lon-1"), "Alarms");
  assert.equal(titleWords("lon1 - Rackward", "lon1"), "");
});

test("the hash of a sheet is named with the entry that it stands for", () => {
  assert.equal(headWords(null), "Journal head not known");
  assert.equal(headWords({ head: 12, head_hash: "ab", head_hash_of: 9 }), "Journal up to entry 9, chain head ab");
  assert.equal(headWords({ head: 12, head_hash: null, head_hash_of: null }), "Journal up to entry 12, chain head not read");
});
