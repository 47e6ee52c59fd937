// What is put aside, in one list: on the shelf, out of service, explained by another alarm. What ends first comes first; what
// has no end of its own comes last. No DOM.

export const KINDS = { shelved: "shelved", out_of_service: "out of service", by_design: "explained" };

const RULES = {
  line_lost: "its line is lost",
  lockdown: "a lockdown",
  fire_release: "a fire release",
  site_clock: "the site's clock",
  worsened: "it became worse",
  together: "it came together with another",
};

export const ruleWords = (rule) => RULES[rule] ?? rule.replaceAll("_", " ");

// Who put an alarm aside, both where it took two; null where a rule did.
export function ownerWords(suppression) {
  if (!suppression.by) return null;
  return suppression.second ? `${suppression.by} and ${suppression.second}` : suppression.by;
}

export function endsFirst(one, other) {
  const end = (alarm) => (alarm.suppression?.until_at ? Date.parse(alarm.suppression.until_at) : Infinity);
  const [a, b] = [end(one), end(other)];
  if (a !== b) return a < b ? -1 : 1;
  return one.priority - other.priority || one.id.localeCompare(other.id, "en", { numeric: true });
}

// How many there are of each kind: [[kind, count]].
export const countsOf = (alarms) => Object.keys(KINDS).map((kind) => [kind, alarms.filter((alarm) => alarm.suppression?.kind === kind).length]);
