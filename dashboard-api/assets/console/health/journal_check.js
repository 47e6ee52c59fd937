// The button that has the daemon look through its whole journal, and what came of it. What whole means is the daemon's to
// decide (`GET /api/v1/audit/check`); here it is asked, waited for and put into words.

import { get } from "../api.js";
import { h, replace } from "../dom.js";
import { problemView } from "../pane.js";
import { serverNow, timeEl } from "../time.js";

// How long to wait before asking again whether a check is over.
const ASK_AGAIN_MS = 2000;

export function journalCheck(signal) {
  const told = h("div", { class: "hl-check", role: "status" });
  const button = h("button", { type: "button" }, "Verify now");
  const ask = async (query) => {
    try {
      const check = await get(`audit/check${query}`, { signal });
      if (signal.aborted) return;
      button.disabled = check.state === "running";
      replace(told, words(check));
      if (check.state === "running") setTimeout(() => signal.aborted || ask(""), ASK_AGAIN_MS);
    } catch (problem) {
      if (signal.aborted) return;
      button.disabled = false;
      replace(told, problemView(problem, { what: "whether the journal is whole", retry: () => ask("") }));
    }
  };
  button.addEventListener("click", () => ask(`?since=${serverNow().toISOString()}`));
  ask("");
  return h("div", null, h("p", { class: "buttons no-print" }, button), told);
}

export function words(check) {
  switch (check.state) {
    case "never":
      return h("p", { class: "aside" }, "Not verified since the daemon started, but for the start itself.");
    case "running":
      return h("p", null, "Reading every entry since ", timeEl(check.begun_at), " ... Doors wait for nothing of this.");
    case "whole":
      return h(
        "p",
        null,
        `${check.entries.toLocaleString("en-GB")} entries, none missing, none altered; replaying them gives the tables. Verified at `,
        timeEl(check.ended_at),
        ". Chain head ",
        h("code", null, check.chain_head),
      );
    case "damaged":
      return [h("p", { class: "bad" }, h("strong", null, "Not as it was written. "), "Keep the file as evidence and call whoever runs the site."), h("pre", null, check.findings)];
    default:
      return h("p", { class: "bad" }, "The journal could not be read; the daemon's log says why.");
  }
}
