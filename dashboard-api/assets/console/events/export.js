// Takes events out of the site: the query's events in one of four formats, in a zip with a manifest of what was asked, by whom,
// and the hash of each file. What is in it and that it is recorded is the daemon's; this asks, shows how far it is, and saves.

import { Problem, queryOf } from "../api.js";
import { open } from "../dialog.js";
import { bdi, h, replace } from "../dom.js";
import { problemView } from "../pane.js";
import { isUnbuilt } from "./query.js";

export const FORMATS = [
  ["ndjson", "NDJSON", "one event a line, as the API tells it"],
  ["csv", "CSV", "a table for a spreadsheet"],
  ["ocsf", "OCSF", "for a SIEM that reads the open schema"],
  ["cef", "CEF", "for a SIEM that reads syslog lines"],
];

export const sizeWords = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

// `asked`: {q, from, to} as the list shows them; `words` says the same to people.
export function exportDialog(asked, words) {
  const stop = new AbortController();
  const state = h("div", { role: "status" });
  const choices = h(
    "fieldset",
    null,
    h("legend", null, "Format"),
    FORMATS.map(([value, title, what], index) =>
      h(
        "label",
        { class: "choice" },
        h("input", { type: "radio", name: "format", value, checked: index === 0 }),
        h("span", null, h("b", null, title), ` ${what}`),
      ),
    ),
  );
  const send = h("button", { type: "submit", class: "strong" }, "Export");
  const close = h("button", { type: "button", on: { click: () => dialog.close() } }, "Close");
  const form = h(
    "form",
    null,
    h(
      "p",
      null,
      "Exports ",
      bdi(words),
      ". The zip has a manifest with the query, your name, the count, the hash of each file and the journal's chain head. The export is recorded.",
    ),
    choices,
    state,
    h("p", { class: "buttons" }, send, close),
  );
  const dialog = open({ title: "Export events", content: form, done: () => stop.abort() });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    try {
      const format = new FormData(form).get("format");
      await take(
        `/api/v1/events/export${queryOf({ ...asked, format })}`,
        stop.signal,
        (bytes) => replace(state, h("p", null, `Receiving ... ${sizeWords(bytes)}`)),
        state,
      );
    } catch (error) {
      if (!stop.signal.aborted)
        replace(
          state,
          error.status === 404 || isUnbuilt(error)
            ? h("p", null, "This version of the daemon does not tell this.")
            : problemView(error, { what: "the export" }),
        );
    }
    send.disabled = false;
  });
  send.focus();
}

// Saves what stands at an address, and says how far it is and by what it is known again.
export async function take(address, signal, onBytes, state) {
  const answer = await fetch(address, { cache: "no-store", signal, headers: { Accept: "application/zip" } });
  if (!answer.ok) throw new Problem(await answer.json().catch(() => ({})), answer.status);
  const parts = [];
  let bytes = 0;
  const reader = answer.body.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    parts.push(piece.value);
    bytes += piece.value.length;
    onBytes(bytes);
  }
  const file = new Blob(parts, { type: "application/zip" });
  const name = nameOf(answer.headers.get("Content-Disposition")) ?? "events.zip";
  const hash = await hashOf(file);
  const url = URL.createObjectURL(file);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  replace(
    state,
    h("p", null, "Saved as ", h("b", null, bdi(name)), `, ${sizeWords(bytes)}.`),
    hash ? h("p", { class: "hash" }, "SHA-256 ", h("code", null, hash)) : null,
  );
}

export function nameOf(disposition) {
  const found = /filename="([^"/\\]+)"/.exec(disposition ?? "");
  return found ? found[1] : null;
}

// Browsers hash only on a line that nobody can change.
async function hashOf(file) {
  if (!crypto.subtle) return null;
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
