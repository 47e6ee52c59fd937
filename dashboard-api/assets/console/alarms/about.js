// What is known around an alarm, each part fetched by itself so that one that fails leaves the others: the door as it stands,
// the last events there, how often this source alarmed, what was done with the alarm. It judges nothing. The people are
// people_here.js's.

import { get, listAll, queryOf, segment } from "../api.js";
import { bdi, h } from "../dom.js";
import { facts } from "../list_view.js";
import { glyph, shape } from "../shapes.js";
import { may } from "../site.js";
import { dateTime, timeEl } from "../time.js";
import { devicesAt } from "../map/devices.js";
import { modeWords, plain, sentence } from "../words.js";
import { tamperWords } from "./around.js";
import { bySource, eventsAt } from "./searches.js";
import { person } from "./operators.js";
import { capital, lookOf } from "./state.js";

const LAST_EVENTS = 10;
const TIMELINE_MOST = 200;

const nameOf = (event) => String(event.type ?? "").replace(/^rackward\.|\.v\d+$/g, "");

// The door with its facts. What is not known says so, and is never as last known.
export const loadDoor = (alarm) => async (signal) => {
  const covers = may("view_health") ? devicesAt(`${alarm.door},${alarm.door}/*`, signal).then(tamperWords, () => "not told now") : null;
  const [door, tamper] = await Promise.all([get(`doors/${segment(alarm.door)}`, { signal }), covers]);
  return { ...door, tamper };
};

export function drawDoor(door) {
  const isBad = (word) => word === "unknown" || word === "fault";
  const value = (word) => h("span", { class: isBad(word) ? "fact-unknown" : "" }, plain(word));
  return h("div", { class: "door-now" },
    glyph(door, { title: door.words }),
    h("div", null,
      h("p", { class: "door-words" }, h("strong", null, capital(door.words))),
      facts([
        ["Contact", value(door.contact)], ["Lock", value(door.lock)], ["Handle", door.handle && value(door.handle)],
        ["Key cylinder", door.key && value(door.key)], ["Tamper", door.tamper && tamperValue(door.tamper)], ["Mode", modeWords(door.mode)], ["Door alarm", plain(door.alarm)],
        ["Secured", value(door.secured)],
      ])));
}

const tamperValue = (words) => h("span", { class: words.startsWith("not detected") ? "" : "fact-unknown" }, bdi(words));

// The last events at the place, the newest first.
export const loadEvents = (alarm) => async (signal) => {
  const filter = eventsAt(alarm);
  if (!filter) return { items: [] };
  return get(`events${queryOf({ filter, sort: "-at", limit: LAST_EVENTS })}`, { signal });
};

export const drawEvents = (page) => h("ol", { class: "alarm-events" }, page.items.map(eventLine));

function eventLine(event) {
  const priority = nameOf(event) === "alarm.raised" ? event.data?.priority : null;
  return h("li", null, timeEl(event.time), h("span", null, priority ? shape(priority, "acked") : null, bdi(sentence(event))));
}

// How often this source alarmed in the last day, with a way to see each time.
export const loadCount = (alarm) => async (signal) => {
  const filter = `${bySource(alarm)} type:alarm.raised from:-24h`;
  const page = await get(`events${queryOf({ filter, sort: "-at", limit: 1 })}`, { signal });
  return { count: page.total_estimate, counted: page.total_counted, filter };
};

export function drawCount({ count, counted, filter }) {
  const times = count === 1 ? "once" : `${counted < count ? "about " : ""}${count.toLocaleString("en-GB")} times`;
  return h("p", null, `This source alarmed ${times} in the last 24 hours. `,
    h("a", { href: `/events${queryOf({ q: filter.replace(" from:-24h", ""), from: "-24h" })}` }, "See each time"));
}

// What was done with the alarm and what became of it, the oldest first.
export const loadTimeline = (alarm) => async (signal) => ({
  items: await listAll(`events${queryOf({ filter: `alarm:${alarm.id}`, limit: TIMELINE_MOST })}`, { signal, most: TIMELINE_MOST }),
});

export const drawTimeline = ({ items }) => h("ol", { class: "timeline" }, items.map((event) => h("li", { dataset: { event: nameOf(event) } },
  h("time", { datetime: event.time, title: dateTime(event.time) }, timeEl(event.time).textContent),
  h("span", null, bdi(sentence(event))))));

// The notes alone, for whoever answers alarms and does not read the journal.
export const drawNotes = (notes) => h("ol", { class: "timeline" }, notes.map((one) => h("li", null, timeEl(one.at),
  h("span", null, person(one.by), ": ", bdi(one.note)))));

// What this alarm explains.
export const drawBehind = (children) => h("ul", { class: "behind" }, children.map((child) => h("li", null,
  shape(child.priority, lookOf(child)),
  h("a", { href: `/alarms/${segment(child.id)}` }, bdi(capital(child.words))), " ",
  h("span", { class: "aside" }, bdi(child.source)))));
