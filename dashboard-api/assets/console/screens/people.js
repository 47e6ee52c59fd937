// The list of persons: search, filter, add. Whom somebody may see and find is the daemon's to say.

import { get, queryOf } from "../api.js";
import { bdi, h, replace } from "../dom.js";
import { empty, head, more } from "../list_view.js";
import { pane } from "../pane.js";
import { addForm } from "../people/add.js";
import { follow } from "../people/follow.js";
import { namesBand } from "../people/names.js";
import { pathNode } from "../people/places_node.js";
import { nameOf, statusWords } from "../people/words.js";
import { go, query, setQuery } from "../router.js";
import { may } from "../site.js";
import { liveTable } from "../table.js";
import { timeEl } from "../time.js";

const PAUSE_MS = 300;
const PAGE = 200;
const STATUSES = ["", "enabled", "suspended", "expected", "left"];

export const title = () => "People";

export function mount(root, params, ctx) {
  const screen = new People(root, ctx);
  return { unmount: () => screen.unmount(), onQuery: (now) => screen.chosen(now) };
}

class People {
  items = [];
  timer = 0;

  constructor(root, ctx) {
    this.signal = ctx.signal;
    this.build();
    this.box = h("div", { class: "people-list" });
    this.foot = h("div");
    this.pane = pane(this.box, (signal) => get(this.address(), { signal }), (page) => this.take(page), {
      what: "people", signal: this.signal,
      empty: (page) => (page.items.length > 0 ? null : empty("Nobody is called so, or nobody may be seen from here.", "Try a part of a name, an id such as p-7, or take a filter away.")),
    });
    replace(root, head("People", { tools: [this.add] }), namesBand(() => this.pane.reload(), this.signal),
      h("div", { class: "filters", role: "search" }, this.search, this.status), this.form, this.box);
    if (this.add && query().get("add")) this.toggleAdd(true);
    // More than the first page is shown as it was loaded, so that nothing jumps under whoever reads it.
    this.off = follow(/^(person|presence)\./, () => (this.items.length <= PAGE ? this.pane.reload() : null), 2000);
  }

  build() {
    const now = query();
    this.search = h("input", { type: "search", id: "people-search", placeholder: "Name, id or filter, such as organisation:northside", "aria-label": "Search people", value: now.get("q") ?? "", spellcheck: "false" });
    this.status = h("select", { "aria-label": "Status" }, STATUSES.map((word) => h("option", { value: word, selected: word === (now.get("status") ?? "") }, word ? statusWords(word) : "every status")));
    this.add = may("give_rights") ? h("button", { type: "button", "aria-expanded": "false", on: { click: () => this.toggleAdd() } }, "Add a person") : null;
    this.form = h("div", { class: "add-person" });
    this.table = liveTable({
      caption: "People", columns: columns(), id: (person) => person.id, label: (person) => person.id,
      onOpen: (person) => go(`/people/${encodeURIComponent(person.id)}`), rowClass: (person) => (person.status === "enabled" ? "" : "quiet-row"),
    });
    this.search.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.changed(), PAUSE_MS);
    });
    this.search.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" || this.items.length === 0) return;
      event.preventDefault();
      this.table.focusRow(this.items[0].id);
    });
    this.status.addEventListener("change", () => this.changed());
  }

  address(cursor) {
    return `people${queryOf({ filter: filterOf(this.search.value, this.status.value), limit: PAGE, cursor })}`;
  }

  take(page) {
    this.items = page.items;
    this.draw(page);
    return h("div", null, this.table.el, this.foot);
  }

  draw(page) {
    this.table.set(this.items);
    replace(this.foot, more(page, async (cursor) => {
      const next = await get(this.address(cursor), { signal: this.signal });
      this.items = [...this.items, ...next.items];
      this.draw({ ...next, total_estimate: page.total_estimate });
    }, this.items.length));
  }

  changed() {
    setQuery({ q: this.search.value.trim(), status: this.status.value });
    this.pane.reload();
  }

  // The address was changed from outside, such as by going back.
  chosen(now) {
    this.search.value = now.get("q") ?? "";
    this.status.value = now.get("status") ?? "";
    this.pane.reload();
  }

  toggleAdd(open = !this.form.hasChildNodes()) {
    this.add?.setAttribute("aria-expanded", String(open));
    setQuery({ add: open ? "1" : null });
    replace(this.form, open ? addForm({ signal: this.signal, close: () => this.toggleAdd(false), done: (person) => go(`/people/${encodeURIComponent(person.id)}`) }) : null);
    if (open) this.form.querySelector("input")?.focus();
    else this.add?.focus();
  }

  unmount() {
    this.off();
    clearTimeout(this.timer);
  }
}

// What is typed is a filter; a word without a field is looked for in all words of a person.
const filterOf = (typed, status) => [typed.trim(), status ? `status:${status}` : ""].filter(Boolean).join(" ");

function columns() {
  return [
    { key: "name", title: "Name", class: "person-name", draw: (person) => h("a", { href: `/people/${encodeURIComponent(person.id)}`, tabindex: "-1" }, bdi(nameOf(person))) },
    { key: "id", title: "Id", class: "id", draw: (person) => person.id },
    { key: "status", title: "Status", class: "state", draw: (person) => statusWords(person.status) },
    { key: "organisation", title: "Organisation", class: "name", draw: (person) => bdi(person.organisation) },
    { key: "place", title: "Where", class: "where", draw: (person) => (person.place ? pathNode(person.place) : h("span", { class: "soft" }, "not known")) },
    { key: "since", title: "Since", class: "time", draw: (person) => (person.since_at ? timeEl(person.since_at) : "") },
  ];
}
