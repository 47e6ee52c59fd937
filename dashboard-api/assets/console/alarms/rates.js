// How often alarms come, in words. No DOM here.

const HOUR_MS = 3_600_000;

// The rate since a moment; within the first hour it is a count, since a rate would be a guess.
export function rateWords(count, since, now) {
  const hours = (now.getTime() - since.getTime()) / HOUR_MS;
  if (count === null || count === undefined) return "";
  if (hours < 1) return `${count} so far today.`;
  const rate = count / hours;
  const shown = rate === 0 ? "0" : rate < 10 ? rate.toFixed(1).replace(/\.0$/, "") : String(Math.round(rate));
  return `Rate today ${shown}/h.`;
}
