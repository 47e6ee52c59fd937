// Draws the matrix of effective access: places down, bands of the week across, each cell with the grants that give it. What
// stands in it is access.js's.

import { bdi, h, unseen } from "../dom.js";
import { dateTime, serverNow } from "../time.js";
import { rowWords } from "./access.js";
import { lengthWords } from "./windows.js";

export function matrixTable(matrix, person) {
  if (matrix.rows.length === 0) {
    return h("p", { class: "empty" }, "No right counts now or is about to. Ask for one, or look at the rights that are over below.");
  }
  const head = h("tr", null,
    h("th", { scope: "col", class: "matrix-place" }, "Place"),
    matrix.bands.map((band) => h("th", { scope: "col" }, band.title, band.hours ? h("span", { class: "matrix-hours" }, band.hours) : null)),
    h("th", { scope: "col", class: "matrix-why" }, unseen("Explain")));
  return h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Places by times of the week" },
    h("table", { class: "matrix" },
      h("caption", { class: "unseen" }, "Effective access: places by times of the week, with the grant that gives each right"),
      h("thead", null, head),
      h("tbody", null, matrix.rows.map((row) => placeRow(row, matrix.bands, person)))));
}

function placeRow(row, bands, person) {
  const cut = row.path.lastIndexOf("/") + 1;
  return h("tr", null,
    h("th", { scope: "row", class: "matrix-place" },
      h("span", { class: "place-path" }, row.path.slice(0, cut), h("b", null, row.path.slice(cut))),
      h("span", { class: "matrix-kind" }, rowWords(row))),
    bands.map((band) => h("td", null, (row.cells.get(band.id) ?? []).map(sourceNode))),
    h("td", { class: "matrix-why" }, row.whole && row.kind !== "rack" ? null
      : h("a", { href: `/explain?person=${encodeURIComponent(person)}&point=${encodeURIComponent(row.path)}` }, "explain", unseen(` ${row.path}`))));
}

function sourceNode(source) {
  const more = [
    source.from ? `from ${dateTime(source.from)}` : null,
    source.escort ? "with an escort" : null,
    source.uses === null ? null : `${source.uses} ${source.uses === 1 ? "use" : "uses"} left`,
    source.emergency ? "emergency right" : null,
  ].filter(Boolean);
  const left = Date.parse(source.to) - serverNow().getTime();
  return h("span", { class: `source${source.from ? " source-later" : ""}` },
    h("span", { class: "source-dot", "aria-hidden": "true" }),
    h("a", { href: `#${source.grant}` }, source.grant),
    source.profile ? [" by ", bdi(source.profile)] : null,
    h("span", { class: "source-until", title: dateTime(source.to) }, ` ${lengthWords(left)} left`),
    more.length > 0 ? h("span", { class: "source-more" }, more.join(", ")) : null);
}
