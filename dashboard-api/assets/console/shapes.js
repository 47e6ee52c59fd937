// The shapes of console.md B.1: four alarm priorities and the doors' glyphs, drawn in place, so that they print and scale. Which
// one stands for what comes from the daemon (`priority`, `glyph`); colours are palette.css's.

import { h, svg } from "./dom.js";

const WORDS = { 1: "critical", 2: "high", 3: "medium", 4: "low" };
export const priorityWord = (priority) => WORDS[priority] ?? "unknown";

const BODIES = {
  1: () => [svg("rect", { class: "body", x: 2, y: 2, width: 20, height: 20 }), number("1", 17.2)],
  2: () => [svg("path", { class: "body", d: "M12 1.5 23 22H1Z" }), number("2", 19.6)],
  3: () => [svg("path", { class: "body", d: "M12 1 23 12 12 23 1 12Z" }), number("3", 17)],
  4: () => [svg("circle", { class: "body", cx: 12, cy: 12, r: 10.5 }), number("4", 17)],
};

const number = (text, y) => svg("text", { x: 12, y }, text);

// The children of a shape, for whoever draws into an svg of their own (24 by 24).
export const shapeParts = (priority) => (BODIES[priority] ?? BODIES[4])();

// `look`: "unacked", "acked", "returned unacked", "returned", "shelved".
export function shape(priority, look = "", { title = "" } = {}) {
  const children = shapeParts(priority);
  if (/shelved/.test(look)) children.push(svg("path", { class: "bar", d: "M1 20 23 4" }));
  return svg("svg", { class: `shape p${priority} ${look}`.trim(), viewBox: "0 0 24 24", ...said(title) }, children);
}

const said = (title) => (title ? { role: "img", "aria-label": title } : { "aria-hidden": "true" });

// The look of an alarm, and of one put aside.
export function alarmLook(alarm) {
  if (alarm.suppression?.kind === "by_design") return "acked";
  if (alarm.suppression) return "shelved";
  if (alarm.active) return alarm.acked ? "acked" : "unacked";
  return alarm.acked ? "returned" : "returned unacked";
}

export const alarmShape = (alarm) => shape(alarm.priority, alarmLook(alarm), { title: `${priorityWord(alarm.priority)}, ${alarm.state ?? ""}`.replace(/, $/, "") });

const FRAME = "M7 4H25V28H7Z";
const LEAF = "M7 4 19 9V31L7 28Z";
const GLYPHS = {
  locked: () => [line(FRAME)],
  unlocked: () => [line("M25 12V4H7V28H25V20")],
  open: () => [line(FRAME, "faint"), line(LEAF)],
  accessed: () => [line(FRAME, "faint"), line(LEAF, "leaf")],
  handle_open: () => [line(FRAME), line("M20 19 30 9")],
  blocked: () => [line(FRAME), line("M11.5 10.5 20.5 21.5M20.5 10.5 11.5 21.5")],
  double_locked: () => [line(FRAME), line("M11.5 13.5H20.5M11.5 18.5H20.5")],
  locked_down: () => [line("M5 2H27V30H5Z"), line("M10 7H22V25H10Z")],
  fault: () => [line(FRAME), line("M16 9V18M16 21.5V24")],
  unknown: () => [line(FRAME, "dashed"), svg("text", { x: 16, y: 21.5 }, "?")],
  commanded: () => [line(FRAME, "dashed"), line("M11 16H21M17.5 12.5 21 16 17.5 19.5")],
};

const line = (d, kind = null) => svg("path", { d, class: kind });

export const glyphNames = Object.keys(GLYPHS);
const GLYPH_WORDS = {
  locked: "closed and locked", unlocked: "closed, unlocked", open: "open", accessed: "in use by a grant", handle_open: "handle open, door closed",
  blocked: "blocked", double_locked: "double locked", locked_down: "locked down", fault: "fault", unknown: "unknown", commanded: "commanded, not yet confirmed",
};
export const glyphWords = (name) => GLYPH_WORDS[name] ?? "unknown";

// The children of a glyph, for whoever draws into an svg of their own (32 by 32), such as a map.
export const glyphParts = (name) => (GLYPHS[name] ?? GLYPHS.unknown)();

// A door, or the name of a glyph. What the daemon has no glyph for is unknown, never as last known.
export function glyph(door, { title = "", initials = "" } = {}) {
  const name = typeof door === "string" ? door : door?.glyph ?? "unknown";
  const children = glyphParts(name);
  if (initials && name === "accessed") children.push(svg("text", { class: "initials", x: 12.5, y: 22 }, initials));
  return svg("svg", { class: `glyph g-${name}`, viewBox: "0 0 32 32", ...said(title) }, children);
}

export function glyphLegend() {
  return h("ul", { class: "legend", "aria-label": "Legend" }, glyphNames.map((name) => h("li", null, glyph(name), glyphWords(name))));
}
