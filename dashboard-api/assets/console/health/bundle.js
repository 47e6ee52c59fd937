// A support bundle: what somebody outside needs to find a fault. What it would hold, how long each file is, what is redacted and
// left out is shown first; nothing is saved before somebody says so. What may stand in one is the daemon's to say.

import { Problem, get } from "../api.js";
import { open } from "../dialog.js";
import { bdi, h, replace } from "../dom.js";
import { sizeWords, take } from "../events/export.js";
import { problemView } from "../pane.js";
import { prove } from "../prove.js";
import { outline } from "./bundle_words.js";

// What leaves the site takes a fresh proof.
async function proven(ask) {
  try {
    return await ask();
  } catch (problem) {
    if (!(problem instanceof Problem) || !problem.is("step-up-required") || !(await prove())) throw problem;
    return ask();
  }
}

export function bundleDialog() {
  const stop = new AbortController();
  const state = h("div", { role: "status" }, h("p", null, "Looking what it would hold ..."));
  const contents = h("div");
  const save = h("button", { type: "submit", class: "strong", disabled: true }, "Save");
  const close = h("button", { type: "button", on: { click: () => dialog.close() } }, "Close");
  const form = h("form", null, contents, state, h("p", { class: "buttons stays" }, save, close));
  const dialog = open({ title: "Support bundle", content: form, wide: true, done: () => stop.abort() });
  const failed = (error) => {
    if (!stop.signal.aborted) replace(state, problemView(error, { what: "the support bundle" }));
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    save.disabled = true;
    const receiving = (bytes) => replace(state, h("p", null, `Receiving ... ${sizeWords(bytes)}`));
    try {
      await proven(() => take("/api/v1/support-bundle/download", stop.signal, receiving, state));
    } catch (error) {
      failed(error);
    }
    save.disabled = false;
  });
  close.focus();
  proven(() => get("support-bundle", { signal: stop.signal })).then((listed) => {
    if (stop.signal.aborted) return;
    replace(contents, contentsView(outline(listed)));
    replace(state);
    save.disabled = false;
    // The list begins at its beginning.
    save.focus({ preventScroll: true });
  }, failed);
}

function contentsView({ files, summary, never }) {
  const row = ({ name, what, size, notes }) =>
    h(
      "tr",
      null,
      h("td", null, h("b", null, bdi(name)), h("p", null, what), notes.map((note) => h("p", { class: "aside" }, note))),
      h("td", { class: "number" }, size),
    );
  return [
    h("p", null, summary),
    h(
      "table",
      { class: "hl-bundle" },
      h("caption", { class: "unseen" }, "Files of the support bundle"),
      h("thead", null, h("tr", null, ["File", "Size"].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", null, files.map(row)),
    ),
    h("h3", null, "What it never holds"),
    h("ul", { class: "never" }, never.map((what) => h("li", null, what))),
  ];
}
