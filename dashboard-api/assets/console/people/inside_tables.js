// The two tables of who is inside: areas as a tree with counts, and the columns of the persons. What is not told by an older daemon
// is left out; nothing is made up for it.

import { bdi, h } from "../dom.js";
import { may } from "../site.js";
import { timeEl } from "../time.js";
import { areaTree } from "./areas.js";
import { pathNode } from "./places_node.js";
import { confidenceWords, enteredWords } from "./words.js";

const areaLink = (area, words, wanted) => h("a", { href: area ? `/inside?area=${encodeURIComponent(area).replaceAll("%2F", "/")}` : "/inside", "aria-current": area === wanted ? "true" : null }, words);

export function areasTable(areas, wanted) {
  const hasConfidence = areas.some((one) => one.confidence);
  const heads = [["Area", null], ["Inside", "number"], hasConfidence ? ["Sure", null] : null].filter(Boolean);
  const whole = h("tr", { class: wanted === "" ? "area-chosen" : null }, h("th", { scope: "row" }, areaLink("", "Whole site", wanted)), h("td"), hasConfidence ? h("td") : null);
  return h("table", { class: "areas-tree" }, h("caption", { class: "unseen" }, "Areas with how many are inside"),
    h("thead", null, h("tr", null, heads.map(([words, kind]) => h("th", { scope: "col", class: kind }, words)))),
    h("tbody", null, whole, areaTree(areas).map((one) => areaRow(one, wanted, hasConfidence))));
}

function areaRow(one, wanted, hasConfidence) {
  const doubt = one.wrong_since_at ? h("span", { class: "doubt below" }, "count may be wrong since ", timeEl(one.wrong_since_at), one.wrong_words ? `: ${one.wrong_words}` : "") : null;
  return h("tr", { class: one.area === wanted ? "area-chosen" : null },
    h("th", { scope: "row", dataset: { depth: String(Math.min(one.depth, 6)) } }, areaLink(one.area, one.name ?? one.area, wanted), doubt),
    h("td", { class: "number" }, one.count > 0 ? h("b", null, String(one.count)) : "0"),
    hasConfidence ? h("td", null, confidenceNode(one)) : null);
}

function confidenceNode(one) {
  if (!one.confidence) return h("span", { class: "aside" }, "not told");
  const words = one.confidence_words ?? confidenceWords(one.confidence);
  return h("abbr", { class: `confidence confidence-${one.confidence}`, title: words }, one.confidence.toUpperCase(), h("span", { class: "unseen" }, `: ${words}`));
}

/** The columns of persons; `leave(visitor)` is asked for where somebody may let a visitor go. */
export function insideColumns(leave) {
  const acts = (one) => (one.kind === "visitor" && may("run_musters") ? h("button", { type: "button", class: "small", tabindex: "-1", acts: true, on: { click: () => leave(one) } }, "Has left…") : "");
  return [
    { key: "name", title: "Name", class: "name", draw: nameCell },
    { key: "area", title: "Area", class: "where", draw: (one) => pathNode(one.area) },
    { key: "since", title: "Since", class: "time", draw: (one) => [timeEl(one.since_at), h("span", { class: "aside below" }, timeEl(one.since_at, { relative: true, inRow: true }), one.entered_by ? `, by ${enteredWords(one.entered_by)}` : null)] },
    { key: "seen", title: "Last seen", class: "less where", draw: (one) => (one.last_seen ? [pathNode(one.last_seen.place), h("span", { class: "aside below" }, timeEl(one.last_seen.at))] : "not since") },
    { key: "sure", title: "Sure", class: "less", draw: confidenceNode },
    { key: "acts", title: "Actions", hidden: true, class: "less row-acts", draw: acts },
  ];
}

function nameCell(one) {
  const link = (who) => h("a", { href: `/people/${encodeURIComponent(who.id)}`, tabindex: "-1" }, bdi(who.name ?? who.id));
  const from = one.company ?? one.organisation;
  return [
    one.kind === "person" ? link(one) : bdi(one.name ?? one.id), one.kind === "visitor" ? h("span", { class: "tag" }, "visitor") : null, one.disabled ? h("span", { class: "tag tag-warn" }, one.disabled_words ?? "passes nowhere") : null,
    from || one.escort ? h("span", { class: "aside below" }, from ? bdi(from) : null, one.escort ? [from ? ", with " : "with ", link(one.escort)] : null) : null,
  ];
}
