// A row as one stands before it: rack beside rack, each with its door's glyph, its facts in words, its temperature and its most
// urgent alarm. Choosing one is the screen's.

import { bdi, h } from "../dom.js";
import { pathSegments } from "../router.js";
import { alarmShape, glyph } from "../shapes.js";
import { plain } from "../words.js";
import { commanded } from "./commanded.js";
import { temperatureWords } from "./devices.js";
import { last } from "./places.js";
import { NOTHING } from "./state.js";

/** The elevation: `{racks, face, places, devices, selected, onSelect(path)}`. */
export function elevation({ racks, face, places, devices, selected, onSelect }) {
  const focusable = racks.some((rack) => rack.path === selected) ? selected : racks[0]?.path;
  return h("ol", { class: "elevation", "aria-label": face === "rear" ? "Racks from behind, from left to right" : "Racks from the front, from left to right" },
    racks.map((rack) => h("li", null, rackFace(rack, { face, places, devices, isSelected: rack.path === selected, isFocusable: rack.path === focusable, onSelect }))));
}

function rackFace(rack, { face, places, devices, isSelected, isFocusable, onSelect }) {
  const door = rack[face];
  const [alarm] = (places.get(door?.path ?? rack.path) ?? NOTHING).alarms;
  const ordered = door && commanded.of(door.path);
  const warmth = door && temperatureWords(devices.get(door.path) ?? []);
  return h("a", {
    href: `/racks/${pathSegments(rack.path)}?face=${face}`, class: `rack-door ${alarm ? "alarmed" : ""} ${door ? `s-${door.glyph}` : "no-lock"}`.trim(),
    dataset: { id: rack.path }, tabindex: isFocusable ? "0" : "-1", "aria-current": isSelected ? "true" : null, on: { focus: () => onSelect(rack.path) },
  },
  h("span", { class: "rack-top" }, h("b", null, bdi(last(rack.path))), warmth && h("span", { class: "warmth" }, warmth)),
  door ? glyph(ordered ? "commanded" : door) : h("span", { class: "glyph-gap" }),
  h("span", { class: "rack-words" }, !door ? "no lock on this face" : ordered ? `commanded (${plain(ordered)})` : door.words),
  alarm && h("span", { class: "rack-alarm" }, alarmShape(alarm), alarm.words));
}
