// The search box of the header (`/`): goes to places, people, alarms and events by what the daemon's lists can be asked. What is
// found depends on what the daemon tells this operator.

import { get, queryOf } from "./api.js";
import { bdi, h, replace } from "./dom.js";
import { keys } from "./keys.js";
import { go, pathSegments } from "./router.js";
import { may } from "./site.js";

const WAIT_MS = 250;
const EACH = 5;

// A word that a person typed, as a text of the query language.
const quoted = (text) => (/^[\w.@-]+$/.test(text) ? text : `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`);

const SOURCES = [
  ["Alarms", "view_alarms", (text) => `alarms${queryOf({ filter: quoted(text), limit: EACH })}`, (one) => [`/alarms/${encodeURIComponent(one.id)}`, one.words, one.source]],
  ["Places", "view_site", (text) => `doors${queryOf({ filter: quoted(text), limit: EACH })}`, doorEntry],
  ["People", "view_people", (text) => `people${queryOf({ name: text, limit: EACH })}`, (one) => [`/people/${encodeURIComponent(one.id)}`, one.name ?? one.id, one.organisation]],
];

function doorEntry(door) {
  return [door.kind === "rack_door" ? `/racks/${pathSegments(door.area)}` : `/map?sel=${encodeURIComponent(door.path)}`, door.path, door.words];
}

export function drawSearch() {
  const found = h("ul", { id: "search-found", role: "listbox", "aria-label": "Found" });
  const input = h("input", {
    id: "search", type: "search", placeholder: "Search  /", autocomplete: "off", spellcheck: "false", maxlength: 200, role: "combobox",
    "aria-label": "Search places, people, alarms, events", "aria-expanded": "false", "aria-controls": "search-found", "aria-autocomplete": "list",
  });
  const form = h("form", { class: "search", role: "search", "aria-label": "The whole site" }, input, found);
  found.hidden = true;
  const search = new Search(input, found);
  input.addEventListener("input", () => search.later());
  input.addEventListener("keydown", (event) => search.onKey(event));
  form.addEventListener("focusout", (event) => form.contains(event.relatedTarget) || search.close());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search.choose();
  });
  keys.bind({ "/": [() => input.focus(), "search"] }, { title: "Everywhere" });
  return form;
}

class Search {
  #timer = 0;
  #stop = null;
  #at = -1;

  constructor(input, found) {
    this.input = input;
    this.found = found;
  }

  later() {
    clearTimeout(this.#timer);
    this.#stop?.abort();
    const text = this.input.value.trim();
    if (text.length < 2) this.close();
    else this.#timer = setTimeout(() => this.ask(text), WAIT_MS);
  }

  async ask(text) {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const asked = SOURCES.filter(([, right]) => may(right)).map(async ([title, , path, entry]) => {
      try {
        const { items } = await get(path(text), { signal });
        return items.map((item) => [title, ...entry(item)]);
      } catch {
        return [];
      }
    });
    const rows = (await Promise.all(asked)).flat();
    if (signal.aborted) return;
    if (may("view_journal")) rows.push(["Events", `/events${queryOf({ q: quoted(text) })}`, `Search the events for ${text}`, ""]);
    this.show(rows);
  }

  show(rows) {
    let group = "";
    const options = rows.map(([title, href, words, where], index) => {
      const first = title !== group;
      group = title;
      return h("li", { role: "option", id: `search-${index}`, class: first ? "first" : null, "aria-selected": "false" },
        h("a", { href, tabindex: "-1", on: { click: () => this.close() } }, h("span", { class: "kind" }, title), bdi(words), " ", h("span", { class: "aside" }, bdi(where))));
    });
    replace(this.found, options.length > 0 ? options : h("li", { class: "empty" }, "Nothing found"));
    this.#at = -1;
    this.found.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  close() {
    this.#stop?.abort();
    this.found.hidden = true;
    this.#at = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  onKey(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      if (this.found.hidden) this.input.blur();
      this.close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.move(event.key === "ArrowDown" ? 1 : -1);
    }
  }

  move(step) {
    const options = [...this.found.querySelectorAll("[role=option]")];
    if (this.found.hidden || options.length === 0) return;
    this.#at = (this.#at + step + options.length) % options.length;
    for (const [index, option] of options.entries()) option.setAttribute("aria-selected", String(index === this.#at));
    this.input.setAttribute("aria-activedescendant", options[this.#at].id);
    options[this.#at].scrollIntoView({ block: "nearest" });
  }

  choose() {
    const options = [...this.found.querySelectorAll("[role=option] a")];
    const text = this.input.value.trim();
    const chosen = options[Math.max(0, this.#at)];
    if (chosen && !this.found.hidden) go(chosen.href);
    else if (text && may("view_journal")) go(`/events${queryOf({ q: quoted(text) })}`);
    else return;
    this.input.blur();
    this.close();
  }
}
