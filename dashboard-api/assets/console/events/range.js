// Stretches of time and their buckets: which stretch an address means, how it is moved, narrowed and widened, where an axis has
// its marks. Moments are milliseconds; reading what somebody wrote is `time.js`. No DOM.

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SHORTEST_MS = 1000; // no zoom goes below what a clock with seconds can tell
const LONGEST_MS = 400 * DAY_MS; // a year and a bit: beyond that all is one bar

export const PRESETS = [
  ["-15m", "Last 15 minutes"],
  ["-1h", "Last hour"],
  ["-8h", "Last 8 hours"],
  ["-24h", "Last 24 hours"],
  ["-7d", "Last 7 days"],
  ["-30d", "Last 30 days"],
  ["-92d", "Last 92 days"],
];

export const USUAL = "-24h";

// The stretch that an address means. `read` turns a written moment into a date or throws words; an end that is not named is
// now, and stays open to what comes.
export function resolved(from, to, nowMs, read) {
  const end = to ? read(to).getTime() : nowMs;
  const start = read(from || USUAL).getTime();
  if (!(start < end)) throw new Error("The range ends before it begins: put From before To.");
  return { fromMs: start, toMs: end, open: !to };
}

export const spanOf = (range) => range.toMs - range.fromMs;

// The stretch moved by a part of its length, not beyond now.
export function moved(range, part, nowMs) {
  const wanted = Math.round(spanOf(range) * part);
  const by = part > 0 ? Math.min(wanted, Math.max(0, nowMs - range.toMs)) : wanted;
  return { fromMs: range.fromMs + by, toMs: range.toMs + by, open: range.toMs + by >= nowMs };
}

export function narrowed(range, oneMs, otherMs) {
  const from = Math.max(range.fromMs, Math.min(oneMs, otherMs));
  const to = Math.min(range.toMs, Math.max(oneMs, otherMs));
  const short = Math.max(0, SHORTEST_MS - (to - from)) / 2;
  return { fromMs: Math.floor(from - short), toMs: Math.ceil(to + short), open: range.open && to >= range.toMs };
}

// Three times as long about the same middle, not beyond now.
export function widened(range, nowMs) {
  const span = Math.min(spanOf(range) * 3, LONGEST_MS);
  const middle = (range.fromMs + range.toMs) / 2;
  const to = Math.min(Math.round(middle + span / 2), Math.max(nowMs, range.toMs));
  return { fromMs: Math.round(to - span), toMs: to, open: range.open || to >= nowMs };
}

export const around = (ms, spanMs) => ({ fromMs: ms - spanMs / 2, toMs: ms + spanMs / 2, open: false });

const STEPS_MS = [
  1000,
  5000,
  15_000,
  30_000,
  60_000,
  300_000,
  900_000,
  1_800_000,
  HOUR_MS,
  2 * HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  2 * DAY_MS,
  7 * DAY_MS,
  14 * DAY_MS,
  28 * DAY_MS,
  56 * DAY_MS,
];

// The marks of an axis, at round local times: `offsetMs(ms)` is how far local time is ahead of UTC at a moment.
export function ticks(range, most, offsetMs) {
  const step = STEPS_MS.find((one) => spanOf(range) / one <= most) ?? STEPS_MS.at(-1);
  const marks = [];
  const local = range.fromMs + offsetMs(range.fromMs);
  for (let at = Math.ceil(local / step) * step; marks.length <= most; at += step) {
    // What the clock shows at `at` was an hour off if the clocks change in between.
    const guess = at - offsetMs(at - offsetMs(range.fromMs));
    if (guess > range.toMs) break;
    if (guess >= range.fromMs) marks.push(guess);
  }
  return { stepMs: step, marks, days: step >= DAY_MS };
}

// How far local time in a zone is ahead of UTC, from the words that the platform has for it.
export function offsetIn(zone) {
  const form = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (ms) => {
    const part = Object.fromEntries(form.formatToParts(new Date(ms)).map((one) => [one.type, Number(one.value)]));
    const shown = Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
    return shown - Math.floor(ms / 1000) * 1000;
  };
}

// Buckets that an answer left out because nothing is in them stand as zero, so that a bar's place is its time.
export function filled(answer) {
  const step = answer.bucket_s * 1000;
  const known = new Map(answer.items.map((item) => [Date.parse(item.at), item]));
  const from = answer.items.length ? Date.parse(answer.items[0].at) : Date.parse(answer.from_at);
  const to = Date.parse(answer.to_at);
  const first = from - Math.ceil(Math.max(0, from - Date.parse(answer.from_at)) / step) * step;
  const buckets = [];
  for (let at = first; at < to && buckets.length < 2000; at += step) {
    const item = known.get(at);
    buckets.push({ fromMs: at, toMs: at + step, count: item?.count ?? 0, alarms: item?.alarms ?? 0, denied: item?.denied ?? 0 });
  }
  return buckets;
}
