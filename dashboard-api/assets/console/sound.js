// The desk's sounds: a tone per priority, one for a lost link, by WebAudio, so that nothing is fetched. A browser lets nothing
// sound before somebody has touched the page; until then the state is "blocked", and screens say so. When something rings is
// horn.js; silence never acknowledges.

import { Horn, REPEAT_MS } from "./horn.js";
import { serverNow } from "./time.js";

const MUTED_UNTIL = "rackward.muted_until";
// Frequency in Hz, begin and length in seconds: the more urgent, the higher and the more of them.
const TONES = {
  1: [[988, 0, 0.16], [740, 0.18, 0.16], [988, 0.36, 0.16], [740, 0.54, 0.16], [988, 0.72, 0.22]],
  2: [[784, 0, 0.18], [784, 0.28, 0.18], [784, 0.56, 0.18]],
  3: [[587, 0, 0.2], [587, 0.32, 0.2]],
  4: [[440, 0, 0.25]],
  lost: [[523, 0, 0.3], [392, 0.32, 0.3], [262, 0.64, 0.55]],
};
const LOUDNESS = { 1: 0.5, 2: 0.4, 3: 0.3, 4: 0.22, lost: 0.45 };
const TEST_GAP_MS = 1_400;

const listeners = new Set();
const horn = new Horn();
let context = null;
let repeat = 0;
let singing = { name: null, until: 0 };

function read() {
  try {
    return Number(sessionStorage.getItem(MUTED_UNTIL) ?? 0);
  } catch {
    return 0;
  }
}

let mutedUntil = read();

export const sound = {
  // "on", "muted" or "blocked".
  get state() {
    if (mutedUntil > Date.now()) return "muted";
    return context?.state === "running" ? "on" : "blocked";
  },
  get mutedUntil() {
    return new Date(mutedUntil + (serverNow().getTime() - Date.now()));
  },
  get isRinging() {
    return horn.ringing !== null;
  },
  on(fn) {
    listeners.add(fn);
    return () => listeners.delete(fn);
  },
};

const changed = () => listeners.forEach((fn) => fn(sound));

// Fifty alarms at once are heard as one; only what is more urgent sounds over what sounds already.
function sing(name) {
  if (context?.state !== "running") return;
  if (context.currentTime < singing.until && !(Number(name) < Number(singing.name))) return;
  const start = context.currentTime + 0.02;
  singing = { name, until: start + Math.max(...TONES[name].map(([, after, length]) => after + length)) };
  for (const [frequency, after, length] of TONES[name]) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.type = "triangle";
    tone.frequency.value = frequency;
    const [begin, end] = [start + after, start + after + length];
    volume.gain.setValueAtTime(0, begin);
    volume.gain.linearRampToValueAtTime(LOUDNESS[name], begin + 0.015);
    volume.gain.setValueAtTime(LOUDNESS[name], end - 0.04);
    volume.gain.linearRampToValueAtTime(0, end);
    tone.connect(volume).connect(context.destination);
    tone.start(begin);
    tone.stop(end + 0.02);
  }
}

// A new alarm sounds, and goes on until silenced where it is critical or high.
export function play(priority) {
  if (!horn.raise(priority)) return;
  if (sound.state === "on") sing(priority);
  schedule();
  changed();
}

export function playLost() {
  if (sound.state === "on") sing("lost");
}

// The most urgent alarm that nobody has acknowledged, or null.
export function settle(most) {
  const before = horn.ringing;
  horn.settle(most);
  if (horn.ringing !== before) {
    schedule();
    changed();
  }
}

function schedule() {
  clearInterval(repeat);
  const priority = horn.ringing;
  if (priority !== null) repeat = setInterval(() => sound.state === "on" && sing(priority), REPEAT_MS[priority]);
}

// Stops the horn only.
export function silence() {
  const rang = horn.silence();
  schedule();
  changed();
  return rang;
}

export function mute(minutes) {
  mutedUntil = minutes > 0 ? Date.now() + minutes * 60_000 : 0;
  try {
    sessionStorage.setItem(MUTED_UNTIL, String(mutedUntil));
  } catch {
    // Not kept over a reload, where storage is forbidden.
  }
  changed();
}

// Each priority once, the most urgent first; false where the browser still blocks sound. `each(priority)` is told what sounds.
export async function test(each = () => {}) {
  await wake();
  mute(0);
  if (context?.state !== "running") return false;
  for (const priority of [1, 2, 3, 4]) {
    each(priority);
    sing(priority);
    await new Promise((done) => setTimeout(done, TEST_GAP_MS));
  }
  each(null);
  return true;
}

// One tone, for a wall that tests itself.
export const selfTest = () => sound.state === "on" && sing(4);

async function wake() {
  if (typeof AudioContext !== "function") return;
  context ??= new AudioContext();
  context.onstatechange = changed;
  if (context.state !== "running") {
    // It may hang until a gesture comes; nothing waits for it.
    await Promise.race([context.resume().catch(() => {}), new Promise((done) => setTimeout(done, 250))]);
  }
  changed();
}

export function start() {
  wake();
  const touched = () => {
    if (context?.state === "running") return;
    wake();
  };
  for (const gesture of ["pointerdown", "keydown"]) document.addEventListener(gesture, touched, { capture: true });
}
