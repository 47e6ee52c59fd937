// A plain table of the health screens: a row's first cell is its heading, and each cell knows its column's title, so that a row can
// become a card where there is little room.

import { h } from "../dom.js";

// `columns`: [[title, class]]; `rows`: a list of cells each.
export function plainTable(caption, columns, rows) {
  const cell = (content, index) =>
    h(
      index === 0 ? "th" : "td",
      { role: index === 0 ? "rowheader" : "cell", scope: index === 0 ? "row" : null, class: columns[index][1] ?? null, dataset: { title: columns[index][0] } },
      content,
    );
  return h(
    "div",
    { class: "hl-wide" },
    h(
      "table",
      { class: "hl-table", role: "table", "aria-label": caption },
      h(
        "thead",
        { role: "rowgroup" },
        h(
          "tr",
          { role: "row" },
          columns.map(([title, kind]) => h("th", { role: "columnheader", scope: "col", class: kind ?? null }, title)),
        ),
      ),
      h(
        "tbody",
        { role: "rowgroup" },
        rows.map((cells) => h("tr", { role: "row" }, cells.map(cell))),
      ),
    ),
  );
}
