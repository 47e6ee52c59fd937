// The states of a pane (console.md B.0): loading, empty, error, no right, untold, drawn. What is drawn is the caller's; other
// panes live on whatever becomes of this one.

import { get } from "./api.js";
import { h, replace } from "./dom.js";
import { empty as emptyWords } from "./list_view.js";
import { Problem, isUntold } from "./problem.js";
import { roleWords, site } from "./site.js";
import { plain } from "./words.js";

const SKELETON_MS = 200;
const WORDS_MS = 2_000;
const CANCEL_MS = 10_000;

// pane(root, (signal) => data, (data) => node, {empty: words | (data) => node or null, what: "alarms", signal})
// Returns {reload(), show(data)}; what was drawn stays while it is loaded again.
export function pane(root, load, draw, { empty = null, what = "this", signal = null } = {}) {
  let turn = 0;
  let hasDrawn = false;
  let drawn = "";

  // Nobody's place is taken from under them to draw the same again.
  function showNew(data) {
    const told = JSON.stringify(data);
    if (hasDrawn && told === drawn && root.contains(document.activeElement) && !root.querySelector(":scope > .problem")) return;
    drawn = told;
    show(data);
  }

  function show(data) {
    const isEmpty = typeof empty === "string" ? Array.isArray(data?.items ?? data) && (data.items ?? data).length === 0 : false;
    const node = isEmpty ? emptyWords(empty) : (typeof empty === "function" && empty(data)) || draw(data);
    if (node) replace(root, node);
    else root.querySelector(":scope > .problem")?.remove();
    hasDrawn = true;
  }

  async function reload() {
    const mine = ++turn;
    const stop = new AbortController();
    const timers = hasDrawn ? [] : waiting(root, what, stop);
    root.setAttribute("aria-busy", "true");
    try {
      const data = await load(signal ? AbortSignal.any([signal, stop.signal]) : stop.signal);
      if (mine === turn && !signal?.aborted) showNew(data);
    } catch (error) {
      if (mine === turn && !signal?.aborted) failed(stop.signal.aborted ? null : error);
    } finally {
      for (const timer of timers) clearTimeout(timer);
      if (mine === turn) root.removeAttribute("aria-busy");
    }
  }

  function failed(error) {
    const node = error ? problemView(error, { what, retry: reload }) : cancelled(what, reload);
    root.querySelector(":scope > .problem")?.remove();
    if (hasDrawn && !isUntold(error)) root.prepend(node);
    else replace(root, node);
  }

  reload();
  return { reload, show };
}

function waiting(root, what, stop) {
  const words = h("p", { class: "aside", role: "status" });
  const box = h("div", { class: "waiting" }, words);
  return [
    setTimeout(() => replace(root, box, h("div", { class: "skeleton", "aria-hidden": "true" }, [1, 2, 3, 4].map(() => h("i")))), SKELETON_MS),
    setTimeout(() => replace(words, `Loading ${what} ...`), WORDS_MS),
    setTimeout(() => box.append(h("button", { type: "button", on: { click: () => stop.abort() } }, "Cancel")), CANCEL_MS),
  ];
}

const again = (retry, words = "Try again") => h("button", { type: "button", on: { click: retry } }, words);

const cancelled = (what, retry) => h("div", { class: "problem" }, h("p", null, `Loading ${what} was cancelled.`), again(retry));

// A problem as a pane shows it: what, why, by which number it is found in the log, and what to do.
export function problemView(error, { what = "this", retry = null } = {}) {
  if (isUntold(error)) return emptyWords("This version of the daemon does not tell this.");
  if (!(error instanceof Problem)) reportError(error);
  const problem = error instanceof Problem ? error : new Problem({ title: "A defect in this page", detail: String(error?.message ?? error) }, 0);
  if (problem.status === 403 && problem.policy?.name === "permission") return noRight(problem);
  return h("div", { class: "problem", role: "alert" },
    h("p", null, h("strong", null, problem.title), problem.code ? ` (${problem.code})` : ""),
    problem.detail && h("p", null, problem.detail),
    problem.errors.length > 0 && h("ul", null, problem.errors.map((one) => h("li", null, `${one.pointer.replace(/^#\//, "")}: ${one.detail}`))),
    problem.traceId && h("p", { class: "aside" }, "Correlation id ", h("code", null, problem.traceId)),
    retry && h("p", null, again(retry)));
}

let permissions = null;

function noRight(problem) {
  const wanted = problem.policy.of;
  const holders = h("span", null);
  permissions ??= get("permissions?limit=1000").catch(() => ({ items: [] }));
  permissions.then(({ items }) => {
    const row = items.find((one) => one.permission === wanted);
    if (row) replace(holders, ` It belongs to the roles ${row.roles.map(roleWords).join(", ")}.`);
  });
  return h("div", { class: "problem no-right" },
    h("p", null, h("strong", null, "Your role does not show this.")),
    h("p", null, `You are here as ${roleWords(site.role)}, which does not have the right "${plain(wanted)}".`, holders),
    h("p", { class: "aside" }, "An admin of the site can give you another role (Operators)."));
}
