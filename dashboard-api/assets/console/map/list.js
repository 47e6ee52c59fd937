// The list that equals the map: every door of the plan with its state, alarms first, then what is not normal, then by path.

import { bdi, h } from "../dom.js";
import { alarmShape, glyph } from "../shapes.js";
import { liveTable } from "../table.js";
import { modeWords, plain } from "../words.js";
import { commanded } from "./commanded.js";
import { inOrder, label, parent } from "./places.js";
import { NOTHING, isNormal } from "./state.js";

/** `{el, set(doors, places), setCurrent(path)}` */
export function placeList({ onOpen, onSelect }) {
  const table = liveTable({
    caption: "The doors of this plan",
    columns: [
      { key: "alarm", title: "Alarm", class: "narrow", draw: ({ alarm, more }) => (alarm ? h("span", { class: "with-shape" }, alarmShape(alarm), more ? `+${more}` : "") : "") },
      { key: "state", title: "State", class: "state", draw: ({ door, ordered }) => h("span", { class: "with-glyph" }, glyph(ordered ? "commanded" : door), ordered ? `commanded (${plain(ordered)})` : door.words) },
      { key: "place", title: "Place", class: "where", draw: ({ door }) => bdi(label(door.path)) },
      { key: "what", title: "What", draw: ({ door, alarm }) => (alarm ? alarm.words : plain(door.kind)) },
      { key: "mode", title: "Mode", draw: ({ door }) => modeWords(door.mode) },
      { key: "area", title: "Lies in", draw: ({ door }) => bdi(label(door.kind === "rack_door" ? parent(parent(door.path)) : door.area)) },
    ],
    id: ({ door }) => door.path,
    sort: (a, b) => rank(a) - rank(b) || inOrder(a.door.path, b.door.path),
    onOpen: ({ door }) => onOpen(door.path),
    label: ({ door }) => door.path,
    rowClass: ({ alarm }) => (alarm ? "alarmed" : ""),
    arrivals: { critical: ({ alarm }) => alarm?.priority === 1 },
  });
  table.el.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-id]");
    if (row) onSelect(row.dataset.id);
  });
  return {
    el: h("div", { class: "map-list" }, table.el),
    set: (doors, places) => table.set(doors.map((door) => itemOf(door, places.get(door.path) ?? NOTHING))),
    setCurrent: () => {},
  };
}

const itemOf = (door, place) => ({ door, alarm: place.alarms[0] ?? null, more: Math.max(0, place.alarms.length - 1), ordered: commanded.of(door.path) });

function rank({ door, alarm }) {
  if (alarm) return alarm.priority;
  return isNormal(door.glyph) ? 6 : 5;
}
