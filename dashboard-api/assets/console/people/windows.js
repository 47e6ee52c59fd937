// Windows of time for a new right: presets in the site's zone and how long they are. Moments are worked out in local time of
// the site, never of the browser, so that "until 18:00" means the clock on the wall there.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The longest a right may last (docs: 366 days). */
export const LONGEST_MS = 366 * 24 * HOUR;

export const PRESETS = [
  { id: "2h", words: "2 hours" },
  { id: "4h", words: "4 hours" },
  { id: "8h", words: "8 hours" },
  { id: "today", words: "today until 18:00" },
  { id: "tomorrow", words: "tomorrow 08:00-18:00" },
  { id: "7d", words: "7 days" },
  { id: "30d", words: "30 days" },
];

function partsIn(zone, date) {
  const form = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  });
  return Object.fromEntries(form.formatToParts(date).map((part) => [part.type, Number(part.value)]));
}

/** The instant at which the wall clock of a zone shows these numbers; in a gap, the first instant after it. */
export function instantOf(zone, year, month, day, hour, minute) {
  const wanted = Date.UTC(year, month - 1, day, hour, minute);
  let guess = wanted;
  // Two corrections reach any offset; a third would only see a gap again.
  for (let turn = 0; turn < 2; turn += 1) guess += wanted - shownAt(zone, guess);
  const off = wanted - shownAt(zone, guess);
  return new Date(off > 0 ? guess + off : guess);
}

function shownAt(zone, ms) {
  const p = partsIn(zone, new Date(ms));
  return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second);
}

function atLocal(zone, now, days, hour) {
  const p = partsIn(zone, now);
  const date = new Date(Date.UTC(p.year, p.month - 1, p.day + days));
  return instantOf(zone, date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), hour, 0);
}

/** The window of a preset at a moment; null where it would be over already. `from` null means now. */
export function windowOf(id, now, zone) {
  const hours = /^(\d+)h$/.exec(id);
  if (hours) return { from: null, to: new Date(now.getTime() + Number(hours[1]) * HOUR) };
  const days = /^(\d+)d$/.exec(id);
  if (days) return { from: null, to: new Date(now.getTime() + Number(days[1]) * 24 * HOUR) };
  if (id === "today") {
    const to = atLocal(zone, now, 0, 18);
    return to.getTime() - now.getTime() >= 15 * MINUTE ? { from: null, to } : null;
  }
  if (id === "tomorrow") return { from: atLocal(zone, now, 1, 8), to: atLocal(zone, now, 1, 18) };
  return null;
}

/** How long a window is, in words: `4 h`, `2 d 3 h`, `45 min`. */
export function lengthWords(ms) {
  const minutes = Math.max(0, Math.round(ms / MINUTE));
  const [d, h, m] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  if (d > 0) return h > 0 ? `${d} d ${h} h` : `${d} d`;
  if (h > 0) return m > 0 ? `${h} h ${m} min` : `${h} h`;
  return `${m} min`;
}

/** What is wrong with a window, in words; null when nothing is. */
export function windowProblem(from, to, now) {
  const begin = from ?? now;
  if (to <= now) return "The end lies in the past.";
  if (to <= begin) return "The end lies before the beginning.";
  if (to.getTime() - begin.getTime() > LONGEST_MS) return "A right lasts 366 days at most.";
  return null;
}
