// In which order alarms stand, which of them a tab has, and which belong together. The order is fixed: unacknowledged before
// acknowledged, then by priority, then the newest. No DOM here.

// The number in an id such as `alm-17`.
export const numberOf = (id) => Number(id.slice(id.lastIndexOf("-") + 1)) || 0;

// Which of two moments is later. Ten thousand alarms are sorted often: texts of one form are compared as they are.
function later(a, b) {
  if (a.length === b.length && a.endsWith("Z") && b.endsWith("Z")) return a === b ? 0 : a < b ? 1 : -1;
  return Date.parse(b) - Date.parse(a);
}

// Compares two alarms by how much they want an answer.
export function byUrgency(a, b) {
  return Number(Boolean(a.acked)) - Number(Boolean(b.acked))
    || a.priority - b.priority
    || later(a.raised_at, b.raised_at)
    || numberOf(b.id) - numberOf(a.id);
}

// Compares two closed alarms: the one put away last first.
export const byClosing = (a, b) => later(a.closed_at, b.closed_at) || numberOf(b.id) - numberOf(a.id);

// The newest first.
export const byNewest = (a, b) => later(a.raised_at, b.raised_at) || numberOf(b.id) - numberOf(a.id);

// How many alarms of each priority there are, and how many of these nobody has acknowledged.
export function tally(alarms) {
  const counts = [1, 2, 3, 4].map((priority) => ({ priority, unacked: 0, total: 0 }));
  for (const alarm of alarms) {
    const count = counts[alarm.priority - 1];
    if (!count) continue;
    count.total += 1;
    if (!alarm.acked) count.unacked += 1;
  }
  return counts;
}

// The one source that all of these have; `null` where there are two or none.
export function oneSource(alarms) {
  const sources = new Set(alarms.map((alarm) => `${alarm.source_kind} ${alarm.source}`));
  return sources.size === 1 ? alarms[0].source : null;
}

// Alarms with those behind them put below their cause where it is expanded. `behind` says of a cause's id what it explains.
export function withChildren(alarms, behind) {
  if (behind.size === 0) return alarms;
  return alarms.flatMap((alarm) => [alarm, ...(behind.get(alarm.id) ?? []).map((child) => ({ ...child, under: alarm.id }))]);
}

// Whether two tellings of one alarm say the same, as far as a list shows it. Cheap, since ten thousand may be open.
export function sameAlarm(a, b) {
  return a.id === b.id && a.revision === b.revision && a.active === b.active && a.state === b.state && a.level === b.level
    && a.behind === b.behind && a.label === b.label && a.assignee === b.assignee && a.raised_at === b.raised_at
    && a.returned_at === b.returned_at && a.closed_at === b.closed_at && a.next_escalation?.at === b.next_escalation?.at
    && a.suppression?.kind === b.suppression?.kind && a.suppression?.until_at === b.suppression?.until_at
    && a.source === b.source && a.words === b.words;
}

// The newest list with what did not change kept as the very same object, so that a row is drawn again only where it differs.
export function keptSame(before, items) {
  const known = new Map(before.map((alarm) => [alarm.id, alarm]));
  return items.map((alarm) => {
    const old = known.get(alarm.id);
    return old && sameAlarm(old, alarm) ? old : alarm;
  });
}
