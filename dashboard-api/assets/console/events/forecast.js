// What a forecast and the standing of an alert say to people. No DOM.

// How long an alert may stand, as the daemon reads it, the shortest first.
export const SPANS = [
  ["PT24H", "in a day"],
  ["PT168H", "in a week"],
  ["PT720H", "in 30 days"],
  ["PT2160H", "in 90 days"],
  ["PT8760H", "in a year"],
];

const times = (count) => (count === 1 ? "once" : `${count.toLocaleString("en-GB")} times`);

// How often it would have matched, in one sentence or two.
export function forecastWords({ days, matches, counted_all: all, most_in_10_min: most, flood, rate_limit: limit }) {
  if (matches === 0) return `It would not have matched in the last ${days} days.`;
  const said = `It would have matched ${all ? "" : "at least "}${times(matches)} in the last ${days} days, at most ${times(most)} within ten minutes.`;
  return flood ? `${said} More than ${limit} within ten minutes are a flood: narrow the query, or let the rest only be counted.` : said;
}

export function stateWords({ state, matches, withheld }) {
  const matched = matches === 0 ? "never matched" : `matched ${times(matches)}`;
  return state === "over_rate" ? `${matched}, too often now: ${times(withheld)} only counted` : matched;
}
