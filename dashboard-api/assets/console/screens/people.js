// The list of persons: search, filter, add. Whom somebody may see and find is the daemon's to say.

import { get, queryOf } from "../api.js";
import { bdi, h, replace } from "../dom.js";
import { empty, head, more } from "../list_view.js";
import { pane } from "../pane.js";
import { addForm } from "../people/add.js";
import { follow } from "../people/follow.js";
import { namesBand } from "../people/names.js";
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
  const search = h("input", { type: "search", id: "people-search", placeholder: "Name, id or filter, such as organisation:northside", "aria-label": "Search people", value: query().get("q") ?? "", spellcheck: "false" });
  const status = h("select", { "aria-label": "Status" }, STATUSES.map((word) => h("option", { value: word, selected: word === (query().get("status") ?? "") }, word ? statusWords(word) : "every status")));
  const add = may("give_rights") ? h("button", { type: "button", "aria-expanded": "false", on: { click: () => toggleAdd() } }, "Add a person") : null;
  const form = h("div", { class: "add-person" });
  const box = h("div", { class: "people-list" });
  const foot = h("div");
  let items = [];

  const table = liveTable({
    caption: "People", columns: columns(), id: (person) => person.id, label: (person) => person.id,
    onOpen: (person) => go(`/people/${encodeURIComponent(person.id)}`), rowClass: (person) => (person.status === "enabled" ? "" : "quiet-row"),
  });

  const address = (cursor) => `people${queryOf({ filter: filterOf(search.value, status.value), limit: PAGE, cursor })}`;

  const shown = pane(box, (signal) => get(address(), { signal }), (page) => {
    items = page.items;
    draw(page);
    return h("div", null, table.el, foot);
  }, {
    what: "people", signal: ctx.signal,
    empty: (page) => (page.items.length > 0 ? null : empty("Nobody is called so, or nobody may be seen from here.", "Try a part of a name, an id such as p-7, or take a filter away.")),
  });

  function draw(page) {
    table.set(items);
    replace(foot, more(page, async (cursor) => {
      const next = await get(address(cursor), { signal: ctx.signal });
      items = [...items, ...next.items];
      draw({ ...next, total_estimate: page.total_estimate });
    }, items.length));
  }

  let timer = 0;
  const changed = () => {
    setQuery({ q: search.value.trim(), status: status.value });
    shown.reload();
  };
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(changed, PAUSE_MS);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || items.length === 0) return;
    event.preventDefault();
    table.focusRow(items[0].id);
  });
  status.addEventListener("change", changed);

  function toggleAdd(open = !form.hasChildNodes()) {
    add?.setAttribute("aria-expanded", String(open));
    setQuery({ add: open ? "1" : null });
    replace(form, open ? addForm({ signal: ctx.signal, close: () => toggleAdd(false), done: (person) => go(`/people/${encodeURIComponent(person.id)}`) }) : null);
    if (open) form.querySelector("input")?.focus();
    else add?.focus();
  }

  replace(root, head("People", { tools: [add] }), namesBand(() => shown.reload(), ctx.signal),
    h("div", { class: "filters", role: "search" }, search, status), form, box);
  if (add && query().get("add")) toggleAdd(true);

  // More than the first page is shown as it was loaded, so that nothing jumps under whoever reads it.
  const off = follow(/^(person|presence)\./, () => (items.length <= PAGE ? shown.reload() : null), 2000);
  return {
    unmount: () => {
      off();
      clearTimeout(timer);
    },
    onQuery: (now) => {
      search.value = now.get("q") ?? "";
      status.value = now.get("status") ?? "";
      shown.reload();
    },
  };
}

// What is typed is a filter; a word without a field is looked for in all words of a person.
const filterOf = (typed, status) => [typed.trim(), status ? `status:${status}` : ""].filter(Boolean).join(" ");

function columns() {
  return [
    { key: "name", title: "Name", class: "person-name", draw: (person) => h("a", { href: `/people/${encodeURIComponent(person.id)}`, tabindex: "-1" }, bdi(nameOf(person))) },
    { key: "id", title: "Id", class: "id", draw: (person) => person.id },
    { key: "status", title: "Status", class: "state", draw: (person) => statusWords(person.status) },
    { key: "organisation", title: "Organisation", class: "name", draw: (person) => bdi(person.organisation) },
    { key: "place", title: "Where", class: "where", draw: (person) => (person.place ? h("span", { class: "path" }, person.place) : h("span", { class: "soft" }, "not known")) },
    { key: "since", title: "Since", class: "time", draw: (person) => (person.since_at ? timeEl(person.since_at) : "") },
  ];
}
