// Words for events: what their names say, what sort of thing happened, and which members of one tell what. The sentence of an
// event is the server's; these are headings and labels around it. No DOM.

const FAMILIES = {
  access: "Access",
  alarm: "Alarms",
  door: "Doors",
  device: "Devices",
  person: "People",
  credential: "Cards",
  grant: "Grants",
  operator: "Operators",
  site: "Site",
  rights: "Rights on devices",
  presence: "Presence",
  webhook: "Webhooks",
};

// `rackward.access.denied.v1` is called `access.denied`.
export const nameOf = (event) => (event.type ? event.type.replace(/^rackward\./, "").replace(/\.v\d+$/, "") : event.name);

export const familyOf = (name) => name.split(".")[0];

export const familyWords = (family) => FAMILIES[family] ?? family.charAt(0).toUpperCase() + family.slice(1).replaceAll("-", " ");

// `access.not-taken` as people say it: "access not taken".
export const nameWords = (name) => name.replaceAll(/[.-]/g, " ");

// What sort of thing happened, for the mark in front of a row: an alarm, a refusal, a passage, a report of a device, or else
// something that somebody did or that became of something.
export function sortOf(event) {
  const name = nameOf(event);
  if (name === "alarm.raised" || name === "access.duress") return "alarm";
  if (/^(access\.denied|access\.passback-violated|door\.release-withheld|grant\.denied|operator\.sign-in-failed)$/.test(name)) return "refused";
  if (/^(access\.(granted|companion-admitted|taken)|door\.(exit-released|operator-released))$/.test(name)) return "passed";
  const by = event.data?.by;
  if (by && by !== "system") return "order";
  if (/^(door\.changed|device\.|place\.named|access\.|presence\.|rights\.|zone\.|canary\.)/.test(name)) return "report";
  return "other";
}

export const SORT_WORDS = { alarm: "alarm", refused: "refused", passed: "passed", order: "done by an operator", report: "report", other: "event" };

// Which field of the query language a member of an event's data is asked for by.
const ASKED_BY = {
  person_id: "person",
  with_id: "person",
  credential_id: "credential",
  grant_id: "grant",
  alarm_id: "alarm",
  behind_id: "alarm",
  door: "door",
  point: "point",
  device: "device",
  zone: "zone",
  area: "area",
  place: "area",
  by: "by",
  reason: "reason",
  ticket: "ticket",
  kind: "kind",
};

export const fieldOf = (member) => ASKED_BY[member] ?? null;

// Where something that a member names is shown; null where no page shows it.
export function addressOf(member, value) {
  const text = String(value);
  if (/^p-\d+$/.test(text)) return `/people/${text}`;
  if (/^cred-\d+$/.test(text)) return `/credentials/${text}`;
  if (/^alm-\d+$/.test(text)) return `/alarms/${text}`;
  if (/^(g|rq)-\d+$/.test(text)) return `/requests?sel=${text}`;
  return null;
}

const LABELS = {
  person_id: "Person",
  with_id: "Together with",
  credential_id: "Card",
  grant_id: "Grant",
  alarm_id: "Alarm",
  behind_id: "Explained by",
  by: "By",
  second: "Second operator",
  release_time_ms: "Released for",
  kind: "Kind",
  command_id: "Order",
  code: "Code",
  cards: "Cards",
  until_at: "Until",
  to_at: "End",
  session_id: "Session",
  operator_id: "Operator",
};

// A member's name as a label: `valid_from_at` is "Valid from".
export function labelOf(member) {
  if (LABELS[member]) return LABELS[member];
  const words = member.replace(/_(id|at|ms)$/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

// A member's value as a line of text.
export function valueWords(member, value) {
  if (value === null || value === undefined) return "-";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (member.endsWith("_ms") && typeof value === "number") return `${value / 1000} s`;
  if (Array.isArray(value)) return value.length ? value.map((one) => valueWords("", one)).join(", ") : "none";
  if (typeof value === "object")
    return Object.entries(value)
      .map(([name, one]) => `${labelOf(name)} ${valueWords(name, one)}`)
      .join(", ");
  // Codes are words with underscores between them.
  return typeof value === "string" && /^[a-z]+(_[a-z]+)+$/.test(value) ? value.replaceAll("_", " ") : String(value);
}

// The members of an event that say something beside its sentence, in the order in which they came.
export function membersOf(event) {
  return Object.entries(event.data ?? {}).filter(([name, value]) => name !== "sentence" && value !== null && value !== "");
}
