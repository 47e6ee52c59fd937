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
  const screen = new PersonScreen(root, id, ctx);
  const disable = () => screen.disableCard();
  return { unmount: () => screen.unmount(), keys: { D: [disable, "disable the credential now"], d: disable } };
}

class PersonScreen {
  credentials = [];
  asked = null; // the grants, asked for once for the matrix and the list

  constructor(root, id, ctx) {
    this.id = id;
    this.ctx = ctx;
    this.path = `people/${encodeURIComponent(id)}`;
    this.line = toldLine();
    this.uses = usesOf(id, ctx.signal);
    this.cards = cardsTable({ line: this.line, changed: () => this.reload(), uses: this.uses });
    [this.name, this.also, this.standing] = [h("span", null, `Person ${id}`), h("span"), h("span")];
    this.boxes = Object.fromEntries(["card", "credentials", "matrix", "grants", "views"].map((name) => [name, h("div")]));
    this.begin();
    this.layOut(root);
    this.offs = [
      follow(/^(credential|grant|profile|agreement|ticket)\./, () => this.reload(), 2000),
      follow(/^(person|presence)\./, () => this.person.reload(), 1000, (event) => event.subject === id || event.data?.person_id === id),
    ];
  }

  begin() {
    const { boxes, ctx: { signal } } = this;
    const actions = grantActions({ line: this.line, changed: () => this.reload() });
    this.person = pane(boxes.card, (stop) => this.load(stop), (row) => this.drawCard(row), { what: "the person", signal });
    this.panes = [
      pane(boxes.credentials, (stop) => listAll(`${this.path}/credentials?limit=1000`, { signal: stop }), (items) => this.drawCredentials(items), { what: "credentials", signal }),
      pane(boxes.matrix, (stop) => this.loadMatrix(stop), (found) => matrixTable(found, this.id), { what: "effective access", signal }),
      pane(boxes.grants, () => this.grants(), (items) => grantsView(items, { uses: this.uses, actions }), { what: "grants", signal }),
    ];
    this.views = viewsPane(boxes.views, this.id, signal);
  }

  layOut(root) {
    const { boxes, id } = this;
    const ask = may("give_rights") ? h("a", { class: "button", href: `/requests?person=${encodeURIComponent(id)}` }, "Ask for a right…") : null;
    const sheet = h("button", { type: "button", class: "quiet", on: { click: () => print() } }, "Print the access sheet");
    const explain = h("a", { href: `/explain?person=${encodeURIComponent(id)}` }, "Explain one door");
    this.rest = h("div", { class: "person-rest" },
      panel("Credentials", boxes.credentials, { id: "credentials" }),
      panel("Effective access", boxes.matrix, { id: "access", aside: "what the rights say; doors ask for more", tools: [explain] }),
      panel("Grants", boxes.grants, { id: "grants", tools: [ask, sheet] }),
      panel("Who looked", boxes.views, { id: "views" }), signatures());
    replace(root, namesBand(() => Promise.all([this.person.reload(), this.views.reload()]), this.ctx.signal), this.line.el,
      h("section", { class: "person-card", "aria-label": "Person" }, head(this.name, { aside: this.also, tools: [this.standing] }), boxes.card), this.rest);
  }

  async load(signal) {
    try {
      const row = await get(this.path, { signal });
      this.rest.hidden = false;
      return row;
    } catch (problem) {
      // Of somebody who is not there, or not to be seen, there is no more to say.
      this.rest.hidden = problem.status === 403 || problem.status === 404;
      throw problem;
    }
  }

  drawCard(row) {
    this.ctx.setTitle(nameOf(row));
    replace(this.name, bdi(nameOf(row)));
    replace(this.also, this.id);
    replace(this.standing, h("span", { class: `status status-${row.status}` }, statusWords(row.status)));
    return personFacts(row, { line: this.line, changed: () => this.reload() });
  }

  drawCredentials(items) {
    this.credentials = items;
    this.cards.set(items);
    return this.cards.el;
  }

  async grants() {
    this.asked ??= listAll(`grants?person=${encodeURIComponent(this.id)}&limit=1000`, { signal: this.ctx.signal });
    const asked = this.asked;
    try {
      return await asked;
    } catch (problem) {
      // Whoever tries again asks anew.
      if (this.asked === asked) this.asked = null;
      throw problem;
    }
  }

  async loadMatrix(signal) {
    const [grants, profiles, schedules] = await Promise.all([this.grants(), listAll("profiles?limit=1000", { signal }), listAll("schedules?limit=1000", { signal }), doors.ready()]);
    return accessMatrix({ grants, profiles, schedules, doors: doors.items });
  }

  reload() {
    this.asked = null;
    return Promise.all([this.person.reload(), ...this.panes.map((one) => one.reload()), this.uses.reload()]);
  }

  // With one key where there is no doubt which; otherwise the row in focus says which.
  disableCard() {
    const inUse = this.credentials.filter((one) => one.state === "enabled");
    return inUse.length === 1 ? this.cards.actions.disable(inUse[0]) : false;
  }

  unmount() {
    for (const off of this.offs) off();
  }
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
const signatures = () => h("div", { class: "review-lines print-only", "aria-hidden": "true" },
  ["Reviewed by", "Date", "Signature"].map((words) => h("p", null, h("span", null, words))));
