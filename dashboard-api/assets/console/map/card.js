// What is known of a selected place, beside the plan or the row: its doors with their facts, its alarms, what can be ordered of
// it, and where to look further. It reads what the live lists have; nothing is fetched here.

import { cameraButtons } from "../cameras.js";
import { bdi, h } from "../dom.js";
import { facts } from "../list_view.js";
import { alarmShape, glyph } from "../shapes.js";
import { timeEl } from "../time.js";
import { count, modeWords, plain } from "../words.js";
import { actionBar, areaActions } from "./actions.js";
import { commanded } from "./commanded.js";
import { label, last } from "./places.js";

const MAX_ALARMS = 8;

/** A card: `{path, kind, doors, place, address, plan, area, inside}`. */
export function placeCard({ path, kind, doors, place, address = null, plan = null, area = null, inside = null }) {
  return h("section", { class: "card place-card", "aria-label": path },
    h("header", null, h("p", { class: "aside" }, KIND_WORDS[kind] ?? "Place"), h("h2", null, bdi(label(path)))),
    alarmList(place.alarms),
    kind === "door" || kind === "rack" ? doors.map((door) => doorFacts(door, doors.length > 1)) : summary(doors, place, area, inside),
    h("p", { class: "links" },
      address && h("a", { class: "button", href: address }, kind === "row" ? "Open the row" : kind === "rack" ? "Open the rack" : "Open its page"),
      plan && h("a", { class: "button", href: `/map/${plan.id}` }, `Plan of ${plan.name}`),
      h("a", { href: `/events?q=${encodeURIComponent(`${kind === "door" ? "door" : "area"}:${path}`)}` }, "Its events")),
    kind !== "area" && actionBar({ doors, place: path, rack: kind === "rack" ? path : null, ticketPlace: path }),
    kind === "door" || kind === "rack" ? cameraButtons(doors) : null,
    area && areaActions(area, doors.length));
}

const KIND_WORDS = { door: "Door", rack: "Rack", row: "Row", area: "Area" };

/** The alarms of a place, each leading to its own page. */
export function alarmList(alarms) {
  if (!alarms.length) return null;
  return h("ul", { class: "alarm-list", "aria-label": "Alarms here" },
    alarms.slice(0, MAX_ALARMS).map((alarm) => h("li", null, alarmShape(alarm), h("a", { href: `/alarms/${alarm.id}` }, alarm.words),
      h("span", { class: "aside" }, bdi(label(alarm.source)), ", ", timeEl(alarm.raised_at, { relative: true })))),
    alarms.length > MAX_ALARMS && h("li", { class: "aside" }, h("a", { href: "/alarms" }, `and ${alarms.length - MAX_ALARMS} more`)));
}

/** A door's facts as a list, as the sensors report them. */
function doorFacts(door, named) {
  const ordered = commanded.of(door.path);
  return h("div", { class: "door-facts" },
    h("p", { class: "state" }, glyph(ordered ? "commanded" : door), h("span", null, named && h("b", null, last(door.path), ": "), ordered ? `commanded (${plain(ordered)}), not yet reported` : door.words)),
    facts([
      ["Contact", plain(door.contact)], ["Lock", plain(door.lock)], ["Handle", door.handle && plain(door.handle)],
      ["Key cylinder", door.key && plain(door.key)], ["Mode", modeWords(door.mode)], ["Alarm", door.alarm === "normal" ? null : plain(door.alarm)],
    ]));
}

function summary(doors, place, area, inside) {
  return facts([
    ["Doors", count(doors.length, "door")],
    ["Not secured", place.unsecured ? String(place.unsecured) : "none"],
    ["Unknown", place.unknown ? String(place.unknown) : "none"],
    ["Inside", inside === null || inside === undefined ? null : String(inside)],
    ["Protection class", area ? String(area.class) : null],
    ["Owner", area ? bdi(area.owner) : null],
    ["Locked down", area?.locked_down ? "yes" : null],
  ]);
}
