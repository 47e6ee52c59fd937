// Windows of time for a new right: presets in the site's zone and how long they are. Moments are those of the clock on the wall
// of the site, never of the browser; how local times become moments is moments.js.

import { parseWhen } from "../moments.js";

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

/** The window of a preset at a moment; null where it would be over already. `from` null means now. */
export function windowOf(id, now, zone) {
  const hours = /^(\d+)h$/.exec(id);
  if (hours) return { from: null, to: new Date(now.getTime() + Number(hours[1]) * HOUR) };
  const days = /^(\d+)d$/.exec(id);
  if (days) return { from: null, to: new Date(now.getTime() + Number(days[1]) * 24 * HOUR) };
  if (id === "today") {
    const to = parseWhen("today 18:00", zone, now);
    return to.getTime() - now.getTime() >= 15 * MINUTE ? { from: null, to } : null;
  }
  if (id === "tomorrow") return { from: parseWhen("tomorrow 08:00", zone, now), to: parseWhen("tomorrow 18:00", zone, now) };
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
