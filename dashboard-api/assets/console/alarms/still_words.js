// Which moment of an alarm a still shows, and which of several stands for the alarm. No DOM.

// How long before or after the alarm a still was to show, in words.
export function momentWords(still, raised) {
  const seconds = Math.round((Date.parse(still.wanted_at) - Date.parse(raised)) / 1000);
  if (seconds === 0) return "at the alarm";
  if (Math.abs(seconds) > 60) return "asked for later";
  return `${seconds > 0 ? "+" : "\u2212"}${Math.abs(seconds)} s`;
}

// The still of several that is nearest to the moment of its alarm and can be shown; null where none can.
export function nearest(stills, raised) {
  const kept = stills.filter(({ state }) => state === "kept");
  const apart = (still) => Math.abs(Date.parse(still.shows_at) - Date.parse(raised));
  return kept.reduce((best, still) => (!best || apart(still) < apart(best) ? still : best), null);
}
