// The small things around a plan: which plan, which layers, nearer and farther, the legend, and what the drawing leaves out.

import { bdi, h } from "../dom.js";
import { glyph, glyphNames, glyphWords, priorityWord, shape } from "../shapes.js";

const FLOOR = (plan) => (plan.floor === null || plan.floor === undefined ? "" : `, floor ${plan.floor}`);
const LAYERS = [["doors", "Doors"], ["rows", "Rows"], ["people", "People inside"], ["cameras", "Cameras"]];
const MAX_MISSING = 100;

/** A choice of plans; `[` and `]` step through the same. */
export function planChoice(items, plan, onChoose) {
  return h("label", { class: "choice plan-choice" }, h("span", null, "Plan"),
    h("select", { on: { change: (event) => onChoose(event.target.value) } },
      items.map((one) => h("option", { value: one.id, selected: one.id === plan.id }, `${one.name}${FLOOR(one)}${one.generated ? "" : " (drawing)"}`))));
}

/** Which layers are shown; told as the address has them. */
export function layerChoice(layers, onChange) {
  const boxes = LAYERS.map(([name, words]) => {
    const input = h("input", { type: "checkbox", name, checked: layers[name], on: { change: () => onChange(chosen(boxes)) } });
    return { name, input, el: h("label", { class: "choice" }, input, words) };
  });
  return h("fieldset", { class: "layers" }, h("legend", { class: "unseen" }, "Layers"), boxes.map(({ el }) => el));
}

const chosen = (boxes) => {
  const on = boxes.filter(({ input }) => input.checked).map(({ name }) => name).join(",");
  return on === "doors,rows" ? null : on || "none";
};

/** Nearer, farther, the whole plan, for whoever has no wheel. */
export function mapTools(view) {
  const tool = (words, sign, fn) => h("button", { type: "button", title: words, "aria-label": `${sign}, ${words}`, on: { click: fn } }, sign);
  return h("div", { class: "map-tools", role: "group", "aria-label": "Zoom" },
    tool("nearer (+)", "+", () => view.zoom(1.4)), tool("farther (-)", "\u2212", () => view.zoom(1 / 1.4)), tool("the whole plan (0)", "Fit", () => view.fit()));
}

/** What the shapes of the plan mean. */
export function legend() {
  const details = h("details", { class: "map-legend", open: recall() }, h("summary", null, "Legend"),
    h("ul", { "aria-label": "Legend" },
      glyphNames.map((name) => h("li", null, glyph(name), glyphWords(name))),
      [1, 2, 3, 4].map((priority) => h("li", null, shape(priority), `alarm, ${priorityWord(priority)}`)),
      h("li", null, h("span", { class: "rack-sign", "aria-hidden": "true" }), "rack: rear edge above, front edge below")));
  details.addEventListener("toggle", () => keep(details.open));
  return details;
}

// Whether the legend stands open is this desk's own; where storage is forbidden, it does on large screens.
const LEGEND = "rackward.legend";

function recall() {
  try {
    return (localStorage.getItem(LEGEND) ?? (innerWidth > 900 ? "open" : "closed")) === "open";
  } catch {
    return innerWidth > 900;
  }
}

function keep(open) {
  try {
    localStorage.setItem(LEGEND, open ? "open" : "closed");
  } catch {
    // Not kept, where storage is forbidden.
  }
}

/** Places of the area that no element shows, and elements without a place; null where nothing is amiss. */
export function missingNote(plan, drawing) {
  if (!drawing) return null;
  const missing = plan.missing ?? [];
  const unbound = plan.unbound_ids ?? [];
  const parts = [
    missing.length > 0 && `${missing.length} ${missing.length === 1 ? "place" : "places"} of this area ${missing.length === 1 ? "is" : "are"} not on the drawing`,
    unbound.length > 0 && `${unbound.length} ${unbound.length === 1 ? "element has" : "elements have"} no place`,
    drawing.refused > 0 && `${drawing.refused} parts of the file were left out because they are not allowed in a plan`,
  ].filter(Boolean);
  if (!parts.length) return null;
  return h("details", { class: "map-note" }, h("summary", null, `${parts.join("; ")}.`),
    h("ul", null, [...missing, ...unbound].slice(0, MAX_MISSING).map((one) => h("li", null, bdi(one)))),
    missing.length + unbound.length > MAX_MISSING && h("p", { class: "aside" }, `The first ${MAX_MISSING} are listed.`));
}
