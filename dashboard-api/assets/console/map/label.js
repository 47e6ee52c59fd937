// The label that hangs at a door: its name, a QR code of its page, and what its lights mean. The legend is the daemon's own page
// (`/help/feedback`), read as text, so that the label says what the handle shows and nothing else.

import { getRaw } from "../api.js";
import { bdi, h, replace, svg } from "../dom.js";
import { site } from "../site.js";
import { label } from "./places.js";
import { qrPath } from "./qr.js";

/** The label of a door as it is printed; `model` is that of its handle, as the device says it. */
export function doorLabel(door, address, model, signal) {
  const legend = h("div", { class: "label-legend" });
  const url = new URL(address, location.origin).href;
  legendFor(model, signal).then((found) => replace(legend, legendNode(found)), () => replace(legend, h("p", null, "What its lights mean: /help/feedback")));
  return h("article", { class: "door-label", "aria-label": `Label of ${door.path}` },
    h("div", { class: "label-head" }, code(url), h("div", null, h("p", { class: "label-site" }, bdi(site.name)), h("p", { class: "label-name" }, bdi(label(door.path))), h("p", { class: "label-id" }, door.id, ", ", h("span", { class: "label-url" }, url)))),
    legend);
}

function code(text) {
  const drawn = qrPath(text);
  if (!drawn) return h("p", null, text);
  return svg("svg", { class: "label-code", viewBox: `0 0 ${drawn.side} ${drawn.side}`, role: "img", "aria-label": `QR code of ${text}`, "shape-rendering": "crispEdges" },
    svg("rect", { width: drawn.side, height: drawn.side, fill: "#fff" }), svg("path", { d: drawn.d, fill: "#000" }));
}

let page = null; // asked once; it changes with the daemon's configuration only

/** `{title, rows: [{looks, sound, means}]}`: the maker's legend where this model has one, else the site's own. */
async function legendFor(model, signal) {
  page ??= getRaw("/help/feedback", { signal, accept: "text/html" }).then((answer) => answer.text());
  try {
    return legendOf(new DOMParser().parseFromString(await page, "text/html"), model);
  } catch (problem) {
    page = null;
    throw problem;
  }
}

function legendOf(doc, model) {
  const words = (node) => node?.textContent.replace(/\s+/g, " ").trim() ?? "";
  for (const table of doc.querySelectorAll("table.native")) {
    const [name] = words(table.caption).split(", by its maker");
    if (!model || !fits(model, name)) continue;
    const rows = [...table.querySelectorAll("tbody tr")].map((row) => ({ looks: words(row.cells[0]), sound: "", means: words(row.cells[1]) }));
    return { title: `${name}, maker's legend`, rows };
  }
  const rows = [...doc.querySelectorAll("tr[data-row]")].map((row) => ({
    looks: words(row.cells[2]?.querySelector("span")), sound: words(row.cells[5]), means: words(row.cells[1]?.querySelector("strong")),
  }));
  if (rows.length === 0) throw new Error("The legend has no rows.");
  return { title: "What its lights and sounds mean", rows };
}

// A device says vendor and model in its own way; every word of the legend's name must be in it.
const fits = (model, name) => name.toLowerCase().split(/\s+/).every((word) => model.toLowerCase().includes(word));

const legendNode = ({ title, rows }) => [h("h3", null, title), h("ul", null, rows.map((row) => h("li", null, h("b", null, row.looks), row.sound && row.sound !== "none" ? `, sound ${row.sound}` : "", ": ", row.means)))];
