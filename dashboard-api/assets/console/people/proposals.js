// What waits for a second operator: what would be done, who proposed it, until when it waits. Who may confirm is the daemon's to
// say; one's own proposal can only be dropped here.

import { list, post } from "../api.js";
import { confirm } from "../dialog.js";
import { bdi, h, unseen } from "../dom.js";
import { empty } from "../list_view.js";
import { pane } from "../pane.js";
import { site } from "../site.js";
import { timeEl } from "../time.js";
import { isOwn } from "./chain.js";
import { actorWords } from "./words.js";

// Orders for locks must come in time; the others may take as long as they like.
const LOCKS = new Set(["open_doors", "guard_site"]);
const LOCKS_WAIT_S = 60;

export function proposalsPane(root, { line, changed, signal }) {
  return pane(root, (stop) => list("proposals?limit=200", { signal: stop }), (page) =>
    h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": "Proposals" }, h("table", { class: "proposals cards" }, h("caption", { class: "unseen" }, "Proposals that wait for a second operator"),
      h("thead", null, h("tr", null, ["Proposal", "What would be done", "Why", "Proposed by", "Waits until", ""].map((words) => h("th", { scope: "col", class: words ? null : "row-acts" }, words || unseen("Actions"))))),
      h("tbody", null, page.items.map((row) => proposalRow(row, { line, changed }))))),
  { what: "proposals", signal, empty: (page) => (page.items.length > 0 ? null : empty("Nothing waits for a second operator.")) });
}

const cell = (title, node) => h("td", { dataset: { title } }, node);

function proposalRow(row, { line, changed }) {
  const path = `proposals/${encodeURIComponent(row.id)}`;
  const own = isOwn(row.by, site.operatorId);
  const ask = async (title, dialog, done) => {
    const answer = await confirm({ title, ...dialog });
    if (!answer) return;
    line.say(answer.to_be_taken_up ? `${row.id} is confirmed; whoever proposed it must ask once more to be shown it.` : done);
    changed();
  };
  const approve = () => ask(`Confirm ${row.id}`, {
    danger: LOCKS.has(row.permission), confirmLabel: "Confirm", effect: `Does at once, with your name beside that of ${actorWords(row.by, site.operatorId)}: ${row.words}.`,
    submit: (values, key) => post(`${path}/confirm`, {}, { key, notAfter: LOCKS.has(row.permission) ? LOCKS_WAIT_S : null }),
  }, `${row.id} is confirmed and done: ${row.words}.`);
  const drop = () => ask(`Drop ${row.id}`, { confirmLabel: "Drop it", effect: `Nothing is done: ${row.words}.`, submit: (values, key) => post(`${path}/drop`, {}, { key }) }, `${row.id} is dropped.`);
  return h("tr", null,
    h("th", { scope: "row", class: "id" }, row.id), cell("What would be done", bdi(row.words)), cell("Why", bdi(row.reason)), cell("Proposed by", bdi(actorWords(row.by, site.operatorId))),
    cell("Waits until", timeEl(row.until_at)),
    h("td", { class: "row-acts" }, h("span", { class: "acts" },
      own ? h("span", { class: "aside" }, "another operator confirms") : h("button", { type: "button", class: "small", acts: true, on: { click: approve } }, "Confirm…"),
      h("button", { type: "button", class: "small", acts: true, on: { click: drop } }, "Drop…"))));
}
