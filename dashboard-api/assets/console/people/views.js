// Who looked at a person's record, newest first. The daemon records the looks; this one is among them.

import { list } from "../api.js";
import { bdi, h } from "../dom.js";
import { empty } from "../list_view.js";
import { pane } from "../pane.js";
import { timeEl } from "../time.js";
import { site } from "../site.js";
import { actorWords } from "./words.js";

const cell = (title, node) => h("td", { dataset: { title } }, node);

export function viewsPane(root, person, signal) {
  return pane(root, (stop) => list(`people/${encodeURIComponent(person)}/views?limit=50`, { signal: stop }), (page) =>
    h("table", { class: "views cards" }, h("caption", { class: "unseen" }, "Who looked at this record"),
      h("thead", null, h("tr", null, ["When", "Who", "At what", "Why"].map((words) => h("th", { scope: "col" }, words)))),
      h("tbody", null, page.items.map((look) => h("tr", null,
        cell("When", timeEl(look.at)), cell("Who", bdi(actorWords(look.by, site.operatorId))), cell("At what", look.what ?? ""), cell("Why", look.reason ? bdi(look.reason) : h("span", { class: "aside" }, "none given")))))),
  { what: "who looked", signal, empty: (page) => (page.items.length > 0 ? null : empty("Nobody has looked at this record before you.")) });
}
