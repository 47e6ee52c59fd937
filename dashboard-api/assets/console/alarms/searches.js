// The searches of the journal that belong to an alarm, in the words of the query language (docs/search.md). What they find is
// the journal's. No DOM here.

// A value as a query takes it: in quotation marks, since paths and names may hold anything.
export const quoted = (text) => `"${String(text).replace(/["\\]/g, "\\$&")}"`;

const FIELDS = { door: "door", point: "point", device: "device", zone: "zone", area: "area", credential: "credential", grant: "grant" };

// What happened at the source of an alarm.
export function bySource(alarm) {
  const field = FIELDS[alarm.source_kind];
  if (field) return `${field}:${quoted(alarm.source)}`;
  return alarm.source_kind === "site" ? `kind:${alarm.kind}` : `kind:${alarm.kind} ${quoted(alarm.source)}`;
}

// What happened at the point: its door where it has one, so that whoever passed is among it.
export const eventsAt = (alarm) => (alarm.door ? `door:${quoted(alarm.door)}` : bySource(alarm));
