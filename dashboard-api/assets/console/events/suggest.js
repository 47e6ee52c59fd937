// Completions for the values of a query's fields: names of events from the API's own document, places, devices, persons and
// operators from their lists, and for the rest what the events on the screen hold. Each request ends with the typing.

import { get, queryOf } from "../api.js";
import { may } from "../site.js";
import { reasonCodes, reasonWords } from "../words.js";
import { fieldOf, nameWords } from "./looks.js";
import { TIMES_OF_DAY, quoted } from "./query.js";

const MOST = 8;
const MOMENTS = ["-15m", "-1h", "-8h", "-24h", "-7d", "-30d", "today", "yesterday", "today 14:00"];

let names = null;

// Every event has a webhook of its name in the API's document.
async function eventNames() {
  names ??= get("openapi.json").then((document) => Object.keys(document.webhooks ?? {}).filter((name) => name !== "webhook.test"));
  try {
    return await names;
  } catch (problem) {
    names = null;
    throw problem;
  }
}

const like = (part) => (value) => value.toLowerCase().includes(part.toLowerCase());
const beginFirst = (part) => (one, other) => Number(other.value.startsWith(part)) - Number(one.value.startsWith(part));

async function types(part) {
  const known = await eventNames();
  const families = [...new Set(known.map((name) => name.split(".")[0]))].map((family) => ({ value: `${family}.*`, words: `everything about ${family}` }));
  const all = [...known.map((name) => ({ value: name, words: nameWords(name) })), ...families];
  return all.filter((one) => like(part)(one.value)).sort(beginFirst(part));
}

const listed = (path, filter, fields, told) => async (part, signal) => {
  const clean = part.replaceAll("*", "");
  const page = await get(path + queryOf({ filter: clean ? filter(clean) : "", fields, limit: MOST }), { signal });
  return page.items.map(told);
};

const ASK = {
  type: (part) => types(part),
  door: listed(
    "doors",
    (part) => `path:${wild(part)}`,
    "id,path,words",
    (door) => ({ value: door.path, words: door.words }),
  ),
  area: listed(
    "areas",
    (part) => `path:${wild(part)}`,
    "id,path,kind",
    (area) => ({ value: area.path, words: area.kind }),
  ),
  point: listed(
    "points",
    (part) => `path:${wild(part)}`,
    "id,path,level",
    (point) => ({ value: point.path, words: point.level }),
  ),
  device: listed(
    "devices",
    (part) => `name:${quoted(part)}`,
    "id,name,role",
    (device) => ({ value: device.name, words: device.role }),
  ),
  person: listed(
    "people",
    (part) => `name:${quoted(part)}`,
    "id,name",
    (person) => ({ value: person.id, words: person.name ?? "" }),
  ),
  by: listed(
    "operators",
    (part) => `name:${quoted(part)}`,
    "id,name",
    (operator) => ({ value: operator.id, words: operator.name ?? "" }),
  ),
};

const NEEDS = { person: "view_people", by: "view_operators", device: "view_health" };

// A part of a path; what would have a meaning of its own in a query is left out of it.
const wild = (part) => `*${part.replace(/[\s",*]/g, "*")}*`;

// `seen()` gives the events that are on the screen.
export function suggester(seen) {
  return async ({ field, part }, signal) => {
    if (field === "during") return TIMES_OF_DAY.filter(like(part)).map((value) => ({ value }));
    if (field === "from" || field === "to") return MOMENTS.filter(like(part)).map((value) => ({ value }));
    const shown = seenValues(seen(), field).filter((one) => like(part)(one.value));
    if (field === "reason")
      return merged(
        shown,
        reasonCodes.map((value) => ({ value, words: reasonWords(value) })).filter((one) => like(part)(one.value) || like(part)(one.words)),
      );
    if (!ASK[field] || (NEEDS[field] && !may(NEEDS[field]))) return shown;
    return merged(await ASK[field](part, signal), field === "type" ? [] : shown);
  };
}

function seenValues(events, field) {
  const values = new Set();
  for (const event of events)
    for (const [member, value] of Object.entries(event.data ?? {})) if (fieldOf(member) === field && typeof value === "string") values.add(value);
  return [...values].map((value) => ({ value, words: field === "kind" || field === "reason" ? value.replaceAll("_", " ") : "" }));
}

function merged(first, second) {
  const known = new Set(first.map((one) => one.value));
  return [...first, ...second.filter((one) => !known.has(one.value))];
}
