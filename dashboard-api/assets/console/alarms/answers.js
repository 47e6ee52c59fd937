// What an operator can choose from when answering: phrases, how long something may be put aside, and how long a note has to be
// before it is worth sending. The engine refuses what does not fit all the same. No DOM here.

// P1 and P2 want a note of at least this many characters.
export const NOTE_CHARS = 10;

// What stands in for typing when every second counts.
export const ACK_PHRASES = [
  "Guard sent to look", "Seen on site, no danger", "Known work, ticket checked", "Technician called out",
];

export const SHELVE_PHRASES = ["Repair is under way", "Known fault, part on order", "Work at the door, ticket checked"];

export const ESCALATE_PHRASES = ["Nobody free at this desk", "More than one place at once", "Decision needed"];

export const LOCKDOWN_PHRASES = ["Intruder", "Forced door", "Ordered by the duty manager"];

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

const SHELF_S = [5 * MINUTE_S, 10 * MINUTE_S, 20 * MINUTE_S, 30 * MINUTE_S, HOUR_S, 2 * HOUR_S, 4 * HOUR_S, 8 * HOUR_S, 12 * HOUR_S, DAY_S];
const SERVICE_S = [4 * HOUR_S, 8 * HOUR_S, DAY_S, 3 * DAY_S, 7 * DAY_S, 14 * DAY_S, 31 * DAY_S];

// At least how many characters a note needs.
export const notedAtLeast = (alarm) => (alarm.priority <= 2 ? NOTE_CHARS : 0);

// For how long an alarm can be shelved, from short to the longest there is for it.
export function shelfTimes(limitS) {
  const times = SHELF_S.filter((seconds) => seconds <= limitS);
  if (limitS && !times.includes(limitS)) times.push(limitS);
  return times;
}

// For how long something can be out of service.
export const serviceTimes = () => SERVICE_S;

// A span in words: `30 min`, `8 h`, `3 days`.
export function spanWords(seconds) {
  if (seconds < HOUR_S) return `${Math.round(seconds / MINUTE_S)} min`;
  if (seconds < DAY_S || seconds % DAY_S) return `${Math.round((seconds / HOUR_S) * 10) / 10} h`;
  return seconds === DAY_S ? "24 h" : `${seconds / DAY_S} days`;
}

// A span as the API reads it (ISO 8601-1): it counts from the moment in which the daemon reads the order.
export const spanForApi = (seconds) => `PT${seconds}S`;

// What became of several orders, in one sentence.
export function doneWords(outcomes) {
  const waiting = outcomes.filter((one) => one.waits).length;
  if (waiting > 0) return `${outcomes.filter((one) => one.done).length - waiting} of ${outcomes.length} are acknowledged; ${waiting} ${waiting === 1 ? "waits" : "wait"} for a second operator.`;
  const done = outcomes.filter((one) => one.done).length;
  if (done === outcomes.length) return done === 1 ? "The alarm is acknowledged." : `All ${done} alarms are acknowledged.`;
  return `${done} of ${outcomes.length} are acknowledged; the others say below why not.`;
}
