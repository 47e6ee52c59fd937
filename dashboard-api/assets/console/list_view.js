// The small parts that every screen is made of: its heading, facts, empty words, "show more". They decide nothing.

import { h, replace } from "./dom.js";
import { count } from "./words.js";

// A screen's heading with what belongs beside it: `aside` words, then tools (buttons, fields).
export function head(title, { aside = null, tools = [] } = {}) {
  return h("header", { class: "head" }, h("h1", null, title), aside && h("p", { class: "aside" }, aside), h("div", { class: "tools" }, tools));
}

// A titled panel.
export function panel(title, children, { tools = [], id = null, level = 2, aside = null } = {}) {
  return h("section", { class: "panel", id, "aria-label": title },
    h("div", { class: "title" }, h(`h${level}`, null, title), aside && h("span", { class: "aside" }, aside), h("div", { class: "tools" }, tools)),
    h("div", { class: "inside" }, children));
}

// [[term, node or text]]; a row whose value is null is left out.
export function facts(rows) {
  return h("dl", { class: "facts" }, rows.filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([term, value]) => h("div", null, h("dt", null, term), h("dd", null, value))));
}

// Says why there is nothing and what to do.
export const empty = (words, todo = null) => h("div", { class: "empty" }, h("p", null, words), todo && h("p", { class: "aside" }, todo));

// "Showing 100 of about 41,000", with a button for the next page where there is one.
export function more(page, loadMore, shown = page.items.length) {
  const foot = h("div", { class: "more" });
  const total = page.total_estimate;
  const words = total === null || total === undefined ? count(shown, "row") : total > shown ? `${shown} of about ${total.toLocaleString("en-GB")}` : count(shown, "row");
  const draw = (note = "") => replace(foot, h("span", { class: "aside" }, note || words),
    page.next_cursor && loadMore ? h("button", { type: "button", on: { click: ask } }, "Show more") : null);
  async function ask(event) {
    event.target.disabled = true;
    try {
      await loadMore(page.next_cursor);
    } catch (problem) {
      draw(`${problem.title ?? "That did not work"}: ${problem.detail ?? problem.message}`);
    }
  }
  draw();
  return foot;
}

// Tabs as links, so that each has an address: [{title, href, current, count}].
export function tabs(label, entries) {
  return h("nav", { class: "tabs", "aria-label": label }, h("ul", null, entries.map((entry) =>
    h("li", null, h("a", { href: entry.href, "aria-current": entry.current ? "page" : null, dataset: entry.id ? { tab: entry.id } : {} },
      entry.title, entry.count === null || entry.count === undefined ? null : h("span", { class: "n" }, entry.count))))));
}

// A table that is read and not worked in: [{title, class, draw(item)}].
export function plainTable({ caption, columns, items, id = null }) {
  return h("table", { class: "plain", id, "aria-label": caption },
    h("thead", null, h("tr", null, columns.map((column) => h("th", { scope: "col", class: column.class }, column.title)))),
    h("tbody", null, items.map((item) => h("tr", null, columns.map((column) => h("td", { class: column.class, dataset: { title: column.title } }, column.draw(item)))))));
}
