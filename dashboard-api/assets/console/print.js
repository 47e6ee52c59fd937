// What stands on paper beside the screen itself: whose site, which view with its filter in words, who printed it when, and the hash
// of the journal's head that the printed data rests on. The print rules are in base.css.

import { get } from "./api.js";
import { bdi, h, replace } from "./dom.js";
import { status } from "./live.js";
import { may, roleWords, site } from "./site.js";
import { dateTime, serverNow } from "./time.js";
import { headWords, queryWords, titleWords } from "./print_words.js";

let filterWords = null;

// A screen that can say its filter in words gives a function; null takes it back.
export function setFilterWords(fn) {
  filterWords = fn;
}

function fill(top, foot) {
  const at = dateTime(serverNow().toISOString());
  replace(top, h("strong", null, "Rackward ", bdi(site.name)), h("span", null, titleWords(document.title, site.name)),
    h("span", null, "Filter: ", bdi(filterWords?.() ?? queryWords(location.search))), h("span", null, "Printed ", at, " ", site.zone, " by ", bdi(site.operator), `, ${roleWords(site.role)}`));
  const now = status.now;
  replace(foot, headWords(now), document.body.classList.contains("stale") ? "; the link was lost, the data is old" : "");
}

export function preparePrint() {
  const top = h("div", { class: "printed top" });
  const foot = h("div", { class: "printed foot" });
  document.getElementById("pane").before(top);
  document.getElementById("pane").after(foot);
  window.addEventListener("beforeprint", () => fill(top, foot));
  matchMedia("print").addEventListener("change", ({ matches }) => matches && fill(top, foot));
  if (may("view_health")) document.addEventListener("keydown", (event) => {
    // The head is fetched again just before, so that paper names the newest one.
    if ((event.ctrlKey || event.metaKey) && event.key === "p") get("status").then((now) => { status.now = now; }).catch(() => {});
  });
  fill(top, foot);
}
