// Times as words and words as times, for one zone and one "now" that are given. It reads no clock and no page (time.js does).

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const UNITS_MS = { s: 1000, m: MINUTE_MS, min: MINUTE_MS, h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS };
const NOT_UNDERSTOOD = "Write a time such as today 14:00, yesterday 08:30, 2026-07-24 14:00, -2h or 2026-07-24T12:00:00Z.";

const formatters = new Map();

function partsOf(date, zone) {
  if (!formatters.has(zone)) {
    formatters.set(zone, new Intl.DateTimeFormat("en-GB", {
      timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
    }));
  }
  const parts = {};
  for (const { type, value } of formatters.get(zone).formatToParts(date)) parts[type] = value;
  return parts;
}

export function clockTime(date, zone) {
  const p = partsOf(date, zone);
  return `${p.hour}:${p.minute}:${p.second}`;
}

export function calendarDay(date, zone) {
  const p = partsOf(date, zone);
  return `${p.year}-${p.month}-${p.day}`;
}

export function dateAndTime(date, zone) {
  return `${calendarDay(date, zone)} ${clockTime(date, zone)}`;
}

// A sentence of the daemon's, which says its times in UTC, with the zone's.
export function timesIn(text, zone) {
  return text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z/g, (at) => (Number.isNaN(Date.parse(at)) ? at : dateAndTime(new Date(at), zone)));
}

// What the zone calls itself then, such as BST.
export function zoneWord(date, zone) {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "short" }).formatToParts(date);
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? zone;
}

// Only the time where it is today's.
export function shortTime(date, zone, now) {
  return calendarDay(date, zone) === calendarDay(now, zone) ? clockTime(date, zone) : dateAndTime(date, zone);
}

export function elapsed(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
}

// How far the zone is ahead of UTC at this instant.
function offsetMs(date, zone) {
  const p = partsOf(date, zone);
  const wall = Date.UTC(+p.year, +p.month - 1, +p.day, +p.hour, +p.minute, +p.second);
  return wall - Math.floor(date.getTime() / 1000) * 1000;
}

// A local time as an instant. One that the clock leaves out is taken as so much later; of one that comes twice, the first.
export function instantOf(year, month, day, hour, minute, second, zone) {
  const wall = Date.UTC(year, month - 1, day, hour, minute, second);
  const before = offsetMs(new Date(wall - DAY_MS), zone);
  const after = offsetMs(new Date(wall + DAY_MS), zone);
  const early = new Date(wall - Math.max(before, after));
  const late = new Date(wall - Math.min(before, after));
  if (offsetMs(early, zone) === Math.max(before, after)) return early;
  if (offsetMs(late, zone) === Math.min(before, after)) return late;
  return new Date(wall - before);
}

// "today 14:00", "yesterday", "14:00", "2026-07-24 14:00", "-2h", "now", RFC 3339.
export function parseWhen(text, zone, now) {
  const said = String(text ?? "").trim().toLowerCase();
  if (said === "now") return new Date(now.getTime());
  const back = /^([-+])(\d{1,6})\s*(s|min|m|h|d|w)$/.exec(said);
  if (back) return new Date(now.getTime() + (back[1] === "-" ? -1 : 1) * Number(back[2]) * UNITS_MS[back[3]]);
  const rfc = /^(\d{4})-(\d\d)-(\d\d)[t ](\d\d):(\d\d):(\d\d)(\.\d+)?(z|[-+]\d\d:\d\d)$/.exec(said);
  if (rfc) return checked(new Date(said.replace(" ", "t").toUpperCase()));
  const local = /^(?:(today|yesterday|tomorrow|\d{4}-\d\d-\d\d)(?:[t ]+)?)?(?:(\d{1,2}):(\d\d)(?::(\d\d))?)?$/.exec(said);
  if (!local || said === "") throw new Error(NOT_UNDERSTOOD);
  return localInstant(local, zone, now);
}

function localInstant([, dayWord, hour, minute, second], zone, now) {
  const shift = { yesterday: -1, tomorrow: 1 }[dayWord] ?? 0;
  const named = /^\d/.test(dayWord ?? "") ? dayWord : calendarDay(now, zone);
  const [year, month, day] = named.split("-").map(Number);
  const [h, m, s] = [hour ?? 0, minute ?? 0, second ?? 0].map(Number);
  const isDay = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day && month >= 1 && month <= 12;
  if (!isDay || h > 23 || m > 59 || s > 59) throw new Error(NOT_UNDERSTOOD);
  return instantOf(year, month, day + shift, h, m, s, zone);
}

function checked(date) {
  if (Number.isNaN(date.getTime())) throw new Error(NOT_UNDERSTOOD);
  return date;
}

// RFC 3339 UTC to the second, as it stands in an address.
export const toUrl = (date) => date.toISOString().replace(/\.\d+Z$/, "Z");
