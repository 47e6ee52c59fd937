// Server-sent events from pieces of text, wherever the pieces are cut.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Frames, seqOf } from "../assets/console/frames.js";

const TEXT = 'retry: 2000\n\nevent: journal\ndata: {"journal":"writable"}\n\n: ping\n\nid: 1784898202000000-7\nevent: alarm.raised\ndata: {"a":"b: c"}\n\n: ping\nid: 5-8\n\n';

test("frames are the same wherever the line was cut", () => {
  const whole = new Frames().take(TEXT);
  assert.deepEqual(whole.filter((frame) => frame.id || frame.data), [
    { id: "", event: "journal", data: '{"journal":"writable"}' },
    { id: "1784898202000000-7", event: "alarm.raised", data: '{"a":"b: c"}' },
    { id: "5-8", event: "message", data: "" },
  ]);
  for (let cut = 0; cut <= TEXT.length; cut += 1) {
    const frames = new Frames();
    const pieces = [...frames.take(TEXT.slice(0, cut)), ...frames.take(TEXT.slice(cut))];
    assert.equal(JSON.stringify(pieces), JSON.stringify(whole), `cut at ${cut}`);
  }
});

test("an id says the place in the journal", () => {
  for (const [id, seq] of [["7", 7], ["1784898202000000-7", 7], ["-5-9", 9], ["", 0], ["x", 0]]) assert.equal(seqOf(id), seq, id);
});
