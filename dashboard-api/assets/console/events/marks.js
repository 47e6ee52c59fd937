// The small signs in front of events, told apart by shape: refused is a cross, passed an arrow, what an operator did a filled
// dot in a ring, a report of a device a dot. Alarms have the shapes of their priority (shapes.js).

import { svg } from "../dom.js";

const SIGNS = {
  refused: () => [svg("path", { d: "M3.5 3.5 12.5 12.5M12.5 3.5 3.5 12.5" })],
  passed: () => [svg("path", { d: "M2 8H13M9 3.5 13.5 8 9 12.5" })],
  order: () => [svg("circle", { cx: 8, cy: 8, r: 6 }), svg("circle", { class: "full", cx: 8, cy: 8, r: 2.5 })],
  report: () => [svg("circle", { class: "full", cx: 8, cy: 8, r: 1.8 })],
  alarm: () => [svg("path", { class: "full", d: "M2.5 2.5H13.5V13.5H2.5Z" })],
  other: () => [svg("circle", { cx: 8, cy: 8, r: 3.5 })],
};

export const mark = (sort) => svg("svg", { class: `ev-mark ${sort}`, viewBox: "0 0 16 16", "aria-hidden": "true" }, (SIGNS[sort] ?? SIGNS.other)());

// The same sign around a point of a larger drawing.
export const markAt = (sort, x, y) => svg("g", { class: `ev-mark ${sort}`, transform: `translate(${x - 8} ${y - 8})` }, (SIGNS[sort] ?? SIGNS.other)());
