// The musters that run and those that are over, and starting one.

import { list } from "../api.js";
import { bdi, h, replace } from "../dom.js";
import { empty, head } from "../list_view.js";
import { pane } from "../pane.js";
import { may } from "../site.js";
import { elapsed, timeEl } from "../time.js";
import { follow } from "./follow.js";
import { musterAreas, startMuster } from "./muster_start.js";
import { pathNode } from "./places_node.js";

export function musterList(root, ctx) {
  const box = h("div");
  const start = may("run_musters") ? h("button", { type: "button", class: "strong", acts: true, on: { click: async () => startMuster({ areas: await musterAreas(ctx.signal) }) } }, "Start a muster…") : null;
  const shown = pane(box, (stop) => list("musters?limit=200", { signal: stop }), (page) => table(page.items), {
    what: "musters", signal: ctx.signal,
    empty: (page) => (page.items.length > 0 ? null : empty("No muster was ever held here.", "Start a drill: it freezes the list of who is inside and changes no right.")),
  });
  replace(root, head("Musters", { tools: [h("a", { href: "/inside" }, "Who is inside"), start] }), box);
  return { unmount: follow(/^muster\./, () => shown.reload(), 1000) };
}

const NUMBERS = new Set(["Missing", "Unsure", "Safe"]);

const cell = (title, node, kind = null) => h("td", { class: kind, dataset: { title } }, node);

function table(items) {
  const rows = [...items].sort((a, b) => (a.state === b.state ? (a.started_at < b.started_at ? 1 : -1) : a.state === "running" ? -1 : 1));
  return h("div", { class: "panel scroll-x", tabindex: "0", role: "region", "aria-label": "Musters" }, h("table", { class: "musters cards" }, h("caption", { class: "unseen" }, "Musters"),
    h("thead", null, h("tr", null, ["Muster", "Kind", "Area", "Why", "Started", "Took", "Missing", "Unsure", "Safe", "Report"].map((words) => h("th", { scope: "col", class: NUMBERS.has(words) ? "number" : null }, words)))),
    h("tbody", null, rows.map((one) => h("tr", null,
      h("th", { scope: "row", class: "id" }, h("a", { href: `/muster/${encodeURIComponent(one.id)}` }, one.id)),
      cell("Kind", one.kind === "real" ? h("b", null, "real") : "drill"), cell("Area", pathNode(one.area)), cell("Why", bdi(one.reason)), cell("Started", timeEl(one.started_at), "time"),
      cell("Took", one.ended_at ? elapsed(Date.parse(one.ended_at) - Date.parse(one.started_at)) : h("b", null, "running"), "time"),
      ["Missing", "Unsure", "Safe"].map((words) => cell(words, String(one.counts?.[words.toLowerCase()] ?? ""), "number")), cell("Report", one.report ? bdi(one.report) : ""))))));
}
