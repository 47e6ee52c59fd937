// Swim lanes: the events of one person or one rack, laid out by where or what they were about. What stood open, was active or
// was stayed in is a span from one event to the next; everything else is a mark. No DOM, no times of its own.

import { nameOf, sortOf } from "./looks.js";

// `person:p-7` or `rack:lon1/hall-a/r07/c03`; null where it is neither.
export function subjectOf(text) {
  const person = /^person:(p-\d+)$/.exec(text ?? "");
  if (person) return { kind: "person", id: person[1] };
  const rack = /^rack:([^\s"*,]+\/[^\s"*,]+)$/.exec(text ?? "");
  return rack ? { kind: "rack", id: rack[1] } : null;
}

// The query that finds what belongs on somebody's or something's lanes.
export const filterOf = (subject) => (subject.kind === "person" ? `person:${subject.id}` : `door:${subject.id}/*`);

const parent = (path) => path.slice(0, Math.max(0, path.lastIndexOf("/")));
const last = (path) => path.slice(path.lastIndexOf("/") + 1);

// Events (in any order) as lanes: [{key, title, spans, marks}], lanes in the order in which they are read.
export function laidOut(events, subject, range) {
  const ordered = [...events].sort((one, other) => Number(one.id) - Number(other.id));
  const lanes = new Map();
  const open = new Map();
  for (const event of ordered) {
    const key = laneOf(event, subject);
    if (!lanes.has(key)) lanes.set(key, { key, title: titleOf(key, subject), spans: [], marks: [] });
    const lane = lanes.get(key);
    const at = Date.parse(event.time);
    const turn = turnOf(event);
    if (!turn) {
      lane.marks.push({ at, sort: sortOf(event), event });
      continue;
    }
    close(open, `${key} ${turn.what}`, at);
    if (!turn.words) {
      if (turn.mark) lane.marks.push({ at, sort: sortOf(event), event });
      continue;
    }
    const span = { from: at, to: null, words: turn.words, sort: turn.sort, event };
    lane.spans.push(span);
    open.set(`${key} ${turn.what}`, span);
  }
  // What has not ended lasts to the end of what is shown.
  for (const span of open.values()) span.to ??= Math.max(range.toMs, span.from);
  return [...lanes.values()].sort((one, other) => rank(one.key) - rank(other.key) || (one.key < other.key ? -1 : 1));
}

function close(open, key, at) {
  const span = open.get(key);
  if (!span) return;
  span.to = at;
  open.delete(key);
}

// What begins or ends with an event: {what, words} begins it, without words it only ends.
function turnOf(event) {
  const name = nameOf(event),
    data = event.data ?? {};
  if (name === "door.changed") {
    const words = data.contact === "open" ? "open" : data.contact === "closed" ? null : data.contact;
    return { what: "contact", words, sort: data.contact === "open" ? "open" : "unknown" };
  }
  if (name === "presence.changed") return { what: "place", words: data.place && data.place !== "outside" ? last(data.place) : null, sort: "inside" };
  if (name === "alarm.raised")
    return { what: `alarm ${data.alarm_id}`, words: `P${data.priority ?? ""} ${(data.kind ?? "alarm").replaceAll("_", " ")}`, sort: "alarm" };
  if (name === "alarm.returned") return { what: `alarm ${data.alarm_id}`, words: null, mark: true };
  if (name === "device.offline") return { what: `link ${data.device}`, words: "offline", sort: "unknown" };
  if (name === "device.online") return { what: `link ${data.device}`, words: null, mark: true };
  return null;
}

function laneOf(event, subject) {
  const family = nameOf(event).split(".")[0];
  if (family === "alarm") return "alarms";
  if (family === "presence") return "presence";
  const data = event.data ?? {};
  const place = data.door ?? (data.point ? doorOf(data.point) : null) ?? (event.subject.includes("/") ? event.subject : null);
  if (family === "device" || family === "rights" || family === "canary") return subject.kind === "rack" ? "devices" : "others";
  if (!place) return "others";
  if (subject.kind === "rack" && !`${place}/`.startsWith(`${subject.id}/`) && !`/${place}/`.includes(`/${subject.id}/`)) return "others";
  return `place ${place}`;
}

// A point lies at its door: its path is the door's with one more name, where the door is no rack's face.
const doorOf = (point) => (/\/(in|out|entry|exit)$/.test(point) ? parent(point) : point);

function titleOf(key, subject) {
  if (key === "alarms") return "Alarms";
  if (key === "presence") return "Where";
  if (key === "devices") return "Devices";
  if (key === "others") return subject.kind === "person" ? "Rights, cards, rest" : "Rest";
  const place = key.slice("place ".length);
  return subject.kind === "rack" ? last(place) : place;
}

const rank = (key) => ({ alarms: 0, presence: 1, devices: 3, others: 4 })[key] ?? 2;

// Marks that would stand on one another become one that says how many: `per` is how many milliseconds one mark is wide.
export function gathered(marks, per) {
  const groups = [];
  for (const mark of [...marks].sort((one, other) => one.at - other.at)) {
    const group = groups.at(-1);
    if (group && mark.at - group.at < per) group.marks.push(mark);
    else groups.push({ at: mark.at, marks: [mark] });
  }
  const weight = { alarm: 3, refused: 2, passed: 1 };
  return groups.map((group) => ({ ...group, sort: [...group.marks].sort((one, other) => (weight[other.sort] ?? 0) - (weight[one.sort] ?? 0))[0].sort }));
}
