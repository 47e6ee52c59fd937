// The live stream: one line a tab, read by fetch, because an EventSource hides the comment lines by which a silent line proves
// that it is alive. Hands on each event once, comes back where it was cut off, says when it is lost. What events mean is the
// screens' and live.js's.

import { Frames, seqOf } from "./frames.js";
import { site } from "./site.js";

const QUIET_LINK_MS = 15_000; // no byte for so long and the link counts as lost (the server says something every 10 s)
const RETRY_MS = 2_000;
const POLL_MS = 5_000; // whom the daemon lets follow nothing asks so often
const GRACE_MS = 5_000; // a line that was gone for long is given so long to say its first byte

const listeners = new Set();
const stateListeners = new Set();
const resetListeners = new Set();

let last = seqOf(site.head);
let lastId = last > 0 || site.permissions.has("view_health") ? site.head : "";
let giveUp = null;

export const stream = {
  state: "connecting",
  lastByteAt: Date.now(),
  // Whether this operator may not follow the journal (their reach is one organisation), so that lists are asked for again instead.
  isPolled: false,
  head: () => last,

  // `pattern` is a RegExp on the event's name, or "*".
  on(pattern, fn) {
    const entry = { pattern, fn };
    listeners.add(entry);
    return () => listeners.delete(entry);
  },

  // `fn(event)` after events that fit, and `fn(null)` whenever some may have been missed: the line is back, the server said "start
  // over", or this operator is told of no event at all and lists are asked for again (`poll`). Returns what ends it.
  watch(pattern, fn) {
    const missed = () => fn(null);
    const offs = [stream.on(pattern, fn), stream.on(/^poll$/, missed), stream.onReset(missed), stream.onState((state) => state === "live" && missed())];
    return () => offs.forEach((off) => off());
  },

  onState(fn) {
    stateListeners.add(fn);
    return () => stateListeners.delete(fn);
  },

  // Told {head, skipped} when the server says "start over".
  onReset(fn) {
    resetListeners.add(fn);
    return () => resetListeners.delete(fn);
  },

  // Looks now whether the line is alive, such as after the page stood still; a dead one is begun anew.
  check() {
    if (stream.state === "signed-out") return;
    if (Date.now() - stream.lastByteAt <= QUIET_LINK_MS) return;
    setState("lost");
    giveUp?.abort();
  },

  signOut() {
    setState("signed-out");
    giveUp?.abort();
  },

  start() {
    follow();
  },
};

function setState(state) {
  if (stream.state === state || stream.state === "signed-out") return;
  const before = stream.state;
  stream.state = state;
  for (const fn of [...stateListeners]) fn(state, before);
}

function hearByte() {
  stream.lastByteAt = Date.now();
  setState("live");
}

async function follow() {
  while (stream.state !== "signed-out") {
    await (stream.isPolled ? askOnce() : readOnce());
    if (stream.state === "signed-out") return;
    await new Promise((done) => setTimeout(done, stream.isPolled ? POLL_MS : RETRY_MS));
  }
}

async function readOnce() {
  giveUp = new AbortController();
  const begun = Date.now();
  const watch = setInterval(() => {
    if (Date.now() - stream.lastByteAt <= QUIET_LINK_MS) return;
    setState("lost");
    if (Date.now() - begun > GRACE_MS) giveUp.abort();
  }, 1000);
  try {
    const headers = { Accept: "text/event-stream" };
    if (lastId) headers["Last-Event-ID"] = lastId;
    const answer = await fetch("/api/v1/stream", { headers, cache: "no-store", signal: giveUp.signal });
    if (answer.status === 401) setState("signed-out");
    else if (answer.status === 403) stream.isPolled = true;
    else if (answer.ok) await read(answer.body.getReader());
  } catch {
    // The line broke; the state and the age of the data say so.
  } finally {
    clearInterval(watch);
  }
}

// Finds out that the daemon is there, and has lists asked for again (event `poll`).
async function askOnce() {
  try {
    const answer = await fetch("/api/v1/sessions/current", { cache: "no-store", signal: AbortSignal.timeout(POLL_MS) });
    if (answer.status === 401) setState("signed-out");
    if (!answer.ok) throw new Error(String(answer.status));
    hearByte();
    tell({ seq: last, id: "", name: "poll", time: "", subject: "", data: {} });
  } catch {
    stream.check();
  }
}

async function read(reader) {
  const decoder = new TextDecoder();
  const frames = new Frames();
  hearByte();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    hearByte();
    for (const frame of frames.take(decoder.decode(value, { stream: true }))) takeFrame(frame);
  }
}

function takeFrame({ id, event, data }) {
  if (id && !data) {
    // What was passed over for this reader still moves the place at which it comes back.
    last = Math.max(last, seqOf(id));
    lastId = id;
    return;
  }
  if (!data) return;
  let body;
  try {
    body = JSON.parse(data);
  } catch {
    return;
  }
  if (event === "reset") startOver(body.head);
  else if (id) takeEntry(id, event, body);
  else tell({ seq: last, id: "", name: event, time: "", subject: "", data: body });
}

function startOver(head) {
  const skipped = Math.max(0, head - last);
  last = head;
  lastId = String(head);
  for (const fn of [...resetListeners]) fn({ head, skipped });
}

function takeEntry(id, name, body) {
  const seq = seqOf(id);
  if (seq <= last) return;
  last = seq;
  lastId = id;
  tell({ seq, id, name, time: body.time, subject: body.subject, data: body.data ?? {} });
}

function tell(event) {
  for (const { pattern, fn } of [...listeners]) {
    if (pattern !== "*" && !pattern.test(event.name)) continue;
    try {
      fn(event);
    } catch (error) {
      // One listener's defect must not keep the event from the others.
      reportError(error);
    }
  }
}
