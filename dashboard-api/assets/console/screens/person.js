// One person: card, credentials, effective access, grants, who looked. Each part is a pane of its own, so that one that cannot be
// shown keeps nothing from the others. What anybody may see and do is the daemon's to say.

import { get, listAll } from "../api.js";
import { bdi, h, replace } from "../dom.js";
import { empty, facts, head, panel } from "../list_view.js";
import { doors } from "../live.js";
import { pane } from "../pane.js";
import { accessMatrix } from "../people/access.js";
import { toldLine } from "../people/acts.js";
import { cardsTable } from "../people/cards.js";
import { follow } from "../people/follow.js";
import { grantActions, grantsTable, isLiving } from "../people/grants.js";
import { matrixTable } from "../people/matrix.js";
import { namesBand } from "../people/names.js";
import { personButtons } from "../people/person_acts.js";
import { pathNode } from "../people/places_node.js";
import { usesOf } from "../people/uses.js";
import { viewsPane } from "../people/views.js";
import { nameOf, statusMeaning, statusWords } from "../people/words.js";
import { may } from "../site.js";
import { timeEl } from "../time.js";

export const title = ({ id }) => `Person ${id}`;

export function mount(root, { id }, ctx) {
  const path = `people/${encodeURIComponent(id)}`;
  const { signal } = ctx;
  const line = toldLine();
  const uses = usesOf(id, signal);
  const [name, standing] = [h("span", null, `Person ${id}`), h("span")];
  const boxes = Object.fromEntries(["card", "credentials", "matrix", "grants", "views"].map((name) => [name, h("div")]));
  const cards = cardsTable({ line, changed: reloadAll, uses });
  let credentials = [];

  const person = pane(boxes.card, (stop) => get(path, { signal: stop }), (row) => {
    ctx.setTitle(nameOf(row));
    replace(name, bdi(nameOf(row)));
    replace(standing, h("span", { class: `status status-${row.status}` }, statusWords(row.status)));
    return personFacts(row, { line, changed: reloadAll });
  }, { what: "the person", signal });

  const cardsPane = pane(boxes.credentials, (stop) => listAll(`${path}/credentials?limit=1000`, { signal: stop }), (items) => {
    credentials = items;
    cards.set(items);
    return cards.el;
  }, { what: "credentials", signal });

  // The matrix and the list are the same grants, asked for once.
  const grants = () => listAll(`grants?person=${encodeURIComponent(id)}&limit=1000`, { signal });
  let asked = grants();
  asked.catch(() => {});
  const matrix = pane(boxes.matrix, async (stop) => {
    const [rights, profiles, schedules] = await Promise.all([asked, listAll("profiles?limit=1000", { signal: stop }), listAll("schedules?limit=1000", { signal: stop }), doors.ready()]);
    return accessMatrix({ grants: rights, profiles, schedules, doors: doors.items });
  }, (found) => matrixTable(found, id), { what: "effective access", signal });
  const actions = grantActions({ line, changed: reloadAll });
  const grantsPane = pane(boxes.grants, () => asked, (items) => grantsView(items, { uses, actions }), { what: "grants", signal });
  const views = viewsPane(boxes.views, id, signal);

  function reloadAll() {
    asked = grants();
    asked.catch(() => {});
    return Promise.all([person.reload(), cardsPane.reload(), matrix.reload(), grantsPane.reload(), uses.reload()]);
  }

  const ask = may("give_rights") ? h("a", { class: "button", href: `/requests?person=${encodeURIComponent(id)}` }, "Ask for a right…") : null;
  const sheet = h("button", { type: "button", class: "quiet", on: { click: () => print() } }, "Print the access sheet");
  replace(root,
    namesBand(() => Promise.all([person.reload(), views.reload()]), signal), line.el,
    h("section", { class: "person-card", "aria-label": "Person" }, head(name, { aside: id, tools: [standing] }), boxes.card),
    panel("Credentials", boxes.credentials, { id: "credentials" }),
    panel("Effective access", boxes.matrix, { id: "access", aside: "what the rights say; doors ask for more", tools: [h("a", { href: `/explain?person=${encodeURIComponent(id)}` }, "Explain one door")] }),
    panel("Grants", boxes.grants, { id: "grants", tools: [ask, sheet] }),
    panel("Who looked", boxes.views, { id: "views" }),
    signatures());

  const disable = () => {
    const inUse = credentials.filter((one) => one.state === "enabled");
    return inUse.length === 1 ? cards.actions.disable(inUse[0]) : false;
  };
  const off = follow(new RegExp("^(person|credential|grant|presence|profile)\\."), reloadAll, 2000);
  return { unmount: off, keys: { D: [disable, "disable the credential now"], d: disable } };
}

function personFacts(person, { line, changed }) {
  return h("div", { class: "person-facts" },
    facts([
      ["Stands", statusMeaning(person.status)],
      ["Organisation", bdi(person.organisation)],
      ["Where", person.place ? [pathNode(person.place), person.since_at ? [" since ", timeEl(person.since_at)] : null] : "not known"],
      ["Clearance", `${person.clearance}: admitted everywhere up to this threat level`],
      ["Times at doors", person.extended_time ? "longer ones" : "usual"],
      ["PIN", person.pin_set ? "set" : "not set"],
    ]),
    h("div", { class: "acts person-acts" }, personButtons(person, { line, changed })));
}

function grantsView(items, { uses, actions }) {
  const [living, past] = [items.filter(isLiving), items.filter((grant) => !isLiving(grant))];
  return h("div", null,
    living.length > 0 ? grantsTable(living, { caption: "Grants that count, will count or wait", uses, actions }) : empty("No grant counts or waits.", "Nobody passes without one; ask for a right, or look at what is over."),
    past.length > 0 ? h("details", { class: "past" }, h("summary", null, `Over, ended, denied or taken away: ${past.length}`), grantsTable(past.reverse(), { caption: "Grants that are over", uses })) : null);
}

// Only on paper: the access sheet is signed by whoever reviewed it.
const signatures = () => h("div", { class: "signatures print-only", "aria-hidden": "true" },
  ["Reviewed by", "Date", "Signature"].map((words) => h("p", null, h("span", null, words))));
