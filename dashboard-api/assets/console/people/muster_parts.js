// The parts of a muster's board around its columns: heading and clock, what is to be said of the link, areas, readers, the report.

import { bdi, h } from "../dom.js";
import { facts, head, panel } from "../list_view.js";
import { problemView } from "../pane.js";
import { site } from "../site.js";
import { clockAt, timeEl } from "../time.js";
import { STATUS_WORDS, areasWith, waitingWords } from "./marks.js";
import { pathNode } from "./places_node.js";
import { actorWords } from "./words.js";

const by = (actor) => bdi(actorWords(actor ?? "", site.operatorId));

export function boardHead(muster, clock, tools) {
  const ended = muster.state !== "running";
  const real = muster.kind === "real";
  return [
    head([real ? "Muster: " : "Muster drill: ", pathNode(muster.area)], { tools }),
    h("p", { class: "muster-time" }, clock,
      h("span", { class: "aside" }, ended ? "from start to end; started " : "since the start; started ", timeEl(muster.started_at), " by ", by(muster.started_by), `; ${muster.id}: `, bdi(muster.reason)),
      real && !ended ? h("span", { class: "tag tag-real" }, "REAL") : null, ended ? h("span", { class: "tag" }, "ended") : null),
  ];
}

/** What is to be said of the link and of this device; `canReopen` is null where nothing is to be said of it. */
export function linkLines(link, canReopen) {
  const waiting = waitingWords(link.waiting.length, link.isLive);
  const button = (words, givesUp) => h("button", { type: "button", class: givesUp ? "danger" : null, on: { click: () => link.settle(givesUp) } }, words);
  return [
    waiting ? h("p", { role: "status", class: "muster-waiting" }, waiting, link.asOf ? ` The list is as of ${clockAt(new Date(link.asOf))}.` : "") : null,
    link.isKept ? null : h("p", { class: "muster-waiting" }, "This device keeps nothing: leave this page open, or marks that were not sent are lost."),
    canReopen === null ? null : h("p", { class: "aside" }, canReopen ? "This tablet can open the list again without the link." : "This tablet cannot open the page again without the link: leave it open."),
    link.refused.length > 0 ? [refusedNode(link.refused), h("p", { class: "buttons" }, button("Send them again", false), button("Give them up", true))] : null,
  ];
}

function refusedNode(refused) {
  const who = refused.slice(0, 5).map(({ mark }) => `${mark.person} ${STATUS_WORDS[mark.status]}`).join(", ");
  const more = refused.length > 5 ? ` and ${refused.length - 5} more` : "";
  return [h("p", { class: "muster-waiting" }, `The daemon did not take ${refused.length === 1 ? "a mark" : `${refused.length} marks`}: ${who}${more}.`), problemView(refused[0].problem)];
}

const AREA_COLUMNS = [["missing", "Missing"], ["unsure", "Unsure"], ["safe", "Safe"], ["not_on_site", "Not on site"]];

export function areasPanel(muster) {
  return panel("By area", h("table", { class: "muster-areas" }, h("caption", { class: "unseen" }, "Counts by area"),
    h("thead", null, h("tr", null, h("th", { scope: "col" }, "Area"), AREA_COLUMNS.map(([, words]) => h("th", { scope: "col", class: "number" }, words)))),
    h("tbody", null, areasWith(muster.areas, muster.persons).flatMap(areaRows))));
}

// A doubt has a row of its own, so that its words have the width of the table.
function areaRows(area) {
  const counts = AREA_COLUMNS.map(([status]) => h("td", { class: "number" }, h(status === "missing" && area[status] > 0 ? "b" : "span", null, String(area[status]))));
  const row = h("tr", null, h("th", { scope: "row" }, pathNode(area.area)), counts);
  if (!area.wrong_since_at) return [row];
  return [row, h("tr", { class: "doubt-row" }, h("td", { colspan: AREA_COLUMNS.length + 1, class: "doubt" }, "Count may be wrong since ", timeEl(area.wrong_since_at), area.wrong_words ? `: ${area.wrong_words}` : ""))];
}

export function readersPanel(readers) {
  const away = readers.filter((reader) => reader.state !== "online");
  const list = h("ul", { class: "readers" }, away.map((reader) => h("li", null, h("b", null, reader.device), " at ", pathNode(reader.place), `: ${reader.state}`)));
  const words = readers.length > 0 ? "Every reader on whose word the list rests answers." : "No reader leads into or out of this area.";
  return panel("Readers", away.length > 0 ? list : h("p", { class: "aside" }, words), { aside: readers.length > 0 ? `${readers.length - away.length} of ${readers.length} answer` : null });
}

export const reportPanel = (muster) => panel("Report", facts([["Ended", timeEl(muster.ended_at)], ["By", by(muster.ended_by)], ["Report", bdi(muster.report ?? "")]]));
