// The columns of a muster: who is missing, unsure, safe or not on site, each a live list. Rows do not move while a column is in
// use, so that nobody is marked in another's place; whoever was marked meanwhile stays where they were and says so.

import { bdi, h } from "../dom.js";
import { site } from "../site.js";
import { liveTable } from "../table.js";
import { ago, localTime } from "../time.js";
import { byAreaThenName, isMeant } from "./areas.js";
import { STATUS_WORDS } from "./marks.js";
import { pathNode } from "./places_node.js";
import { actorWords, confidenceWords } from "./words.js";

const COLUMNS = [
  { id: "missing", title: "Missing", none: "Nobody is missing." },
  { id: "unsure", title: "Unsure", none: "Nobody is unsure." },
  { id: "safe", title: "Safe", none: "Nobody was marked safe yet." },
  { id: "not_on_site", title: "Not on site", none: "Nobody." },
];

const SETTLE_MS = 3_000;

/** The columns; `mark(person, status)` is called at once, `ask(person)` opens the form of one. */
export function musterColumns({ mark, ask }) {
  let known = new Map();
  const columns = COLUMNS.map((column) => oneColumn(column, { mark, ask, now: (id) => known.get(id) }));
  const el = h("div", { class: "muster-columns" }, columns.map((one) => one.el));
  return {
    el,
    set(persons, typed) {
      known = new Map(persons.map((person) => [person.id, person]));
      for (const column of columns) column.set(persons.filter((person) => person.status === column.id && isMeant(person, typed)), persons.filter((person) => person.status === column.id).length);
    },
    show(id) {
      el.dataset.show = id;
    },
    focusFirst: () => columns.find((column) => column.focusFirst()) !== undefined,
  };
}

function oneColumn({ id, title, none }, { mark, ask, now }) {
  const count = h("span", { class: "count" });
  let timer = 0;
  const say = (status) => (person) => {
    mark(person, status);
    table.focusRow(nextOf(person.id));
    clearTimeout(timer);
    timer = setTimeout(settle, SETTLE_MS);
  };
  // Those who were marked go once no more are marked for a moment, unless rows would move under a pointer.
  const settle = () => {
    if (!table.el.matches(":hover") || matchMedia("(hover: none)").matches) table.flush();
  };
  const marks = [["safe", "s"], ["unsure", "u"], ["not_on_site", "o"]].filter(([status]) => status !== id);
  const back = id === "missing" ? [] : [["missing", "b"]];
  const table = liveTable({
    caption: title, id: (person) => person.id, label: (person) => person.name ?? person.id, sort: byAreaThenName,
    onOpen: ask, badge: (person) => badgeOf(now(person.id), id),
    rowClass: (person) => (person.waits ? "mark-waits" : ""),
    keys: Object.fromEntries([...marks, ...back].map(([status, key]) => [key, [say(status), STATUS_WORDS[status]]]).concat([["n", [ask, "say where and what"]]])),
    columns: [
      { key: "name", title: "Who", class: "muster-who state", draw: whoNode },
      { key: "acts", title: "Actions", hidden: true, class: "row-acts", draw: (person) => h("span", { class: "acts" }, [...marks, ...back].map(([status]) => markButton(person, status, say(status))), moreButton(person, ask)) },
    ],
  });
  let order = [];
  const empty = h("p", { class: "empty" });
  const el = h("section", { class: `panel muster-column muster-${id}`, "aria-label": title },
    h("div", { class: "title" }, h("h2", null, title), count), h("div", { class: "inside" }, table.el, empty));

  function nextOf(person) {
    const at = order.indexOf(person);
    return order[at + 1] ?? order[at - 1] ?? "";
  }

  return {
    el, id,
    set(persons, all) {
      count.textContent = persons.length === all ? String(all) : `${persons.length} of ${all}`;
      empty.textContent = persons.length > 0 ? "" : all > 0 ? "Nobody here is called so." : none;
      empty.hidden = persons.length > 0;
      order = [...persons].sort(byAreaThenName).map((person) => person.id);
      table.set(persons);
    },
    focusFirst: () => (order.length > 0 && el.offsetParent !== null ? table.focusRow(order[0]) : undefined) || undefined,
  };
}

const SHORT = { safe: "Safe", unsure: "Unsure", not_on_site: "Not on site", missing: "Back" };

// No `acts`: a mark is kept on this device while the link is lost.
function markButton(person, status, say) {
  const isMain = status === "safe" || status === "unsure";
  return h("button", { type: "button", tabindex: "-1", class: `small mark-${status}${isMain ? "" : " rare"}`, "aria-label": `${SHORT[status]}: ${person.name ?? person.id}`, on: { click: () => say(person) } }, SHORT[status]);
}

const moreButton = (person, ask) => h("button", { type: "button", tabindex: "-1", class: "small more-of", "aria-label": `Say more of ${person.name ?? person.id}`, on: { click: () => ask(person) } }, "…");

function whoNode(person) {
  const from = person.company ?? person.organisation;
  return h("div", { class: "who-cell" },
    h("span", { class: "who-name" }, bdi(person.name ?? person.id), person.kind === "visitor" ? h("span", { class: "tag" }, "visitor") : null, person.disabled ? h("span", { class: "tag tag-warn" }, "card disabled") : null,
      person.joined_at ? h("span", { class: "tag", title: localTime(person.joined_at) }, "joined later") : null),
    h("span", { class: "aside below" }, pathNode(person.area), from ? [", ", bdi(from)] : null, person.since_at ? `, since ${localTime(person.since_at)}` : null,
      person.confidence ? h("abbr", { class: "confidence", title: person.confidence_words ?? confidenceWords(person.confidence) }, person.confidence.toUpperCase()) : null),
    person.escort ? h("span", { class: "aside below" }, "with ", bdi(person.escort.name ?? person.escort.id)) : null,
    saidNode(person));
}

function saidNode(person) {
  const { said } = person;
  if (!said && !person.waits) return null;
  const words = said ? [said.where ? ["seen at ", bdi(said.where), " "] : null, "by ", bdi(actorWords(said.by ?? "", site.operatorId)), said.note ? [": ", bdi(said.note)] : null] : null;
  return h("span", { class: "who-said below" }, words, person.waits ? h("span", { class: "tag" }, "waits for the link") : null);
}

// What became of somebody who is still shown in another column.
function badgeOf(person, column) {
  if (!person || person.status === column) return null;
  const by = person.said?.by ? ` by ${actorWords(person.said.by, site.operatorId)}` : "";
  return `${STATUS_WORDS[person.status]}${by}${person.said?.at ? ` ${ago(person.said.at)} ago` : ""}`;
}
