// Who is inside: areas with their counts and how sure they are, and the persons in the chosen one. Where people are is what
// confirmed passages say; whoever followed somebody through an open door is not known, and the screen says so.

import { post } from "../api.js";
import { confirm } from "../dialog.js";
import { h, replace } from "../dom.js";
import { empty, head, panel } from "../list_view.js";
import { pane } from "../pane.js";
import { toldLine } from "../people/acts.js";
import { byAreaThenName, isMeant } from "../people/areas.js";
import { follow } from "../people/follow.js";
import { InsideSource } from "../people/inside_source.js";
import { areasTable, insideColumns } from "../people/inside_tables.js";
import { enterVisitor, startMuster } from "../people/muster_start.js";
import { namesBand } from "../people/names.js";
import { confidenceWords } from "../people/words.js";
import { go, query, setQuery } from "../router.js";
import { may } from "../site.js";
import { liveTable } from "../table.js";

const LESS = "This version of the daemon tells names, areas and times only: no visitors, no last seen point, no confidence.";
const NOBODY = "Whoever followed somebody through an open door is not known to be inside, and where exit is free whoever left is not known to be gone.";
const MOVES = /^(person|presence|access|visitor|credential)\./;
const COUNTS = /^(presence|visitor|device|door|muster)\./;

export const title = () => "Inside";

export function mount(root, params, ctx) {
  const screen = new Inside(root, ctx);
  return {
    unmount: () => screen.unmount(),
    onQuery: () => screen.chosen(),
    keys: { "/": [() => screen.find.focus(), "find"] },
  };
}

const wanted = () => query().get("area") ?? "";

class Inside {
  areas = [];
  persons = [];
  source = new InsideSource();

  constructor(root, ctx) {
    this.ctx = ctx;
    this.line = toldLine();
    this.build();
    this.layOut(root);
    this.offs = [follow(MOVES, () => this.peoplePane.reload(), 1000), follow(COUNTS, () => this.areasPane.reload(), 1000)];
  }

  build() {
    this.find = h("input", { type: "search", placeholder: "Type to find", "aria-label": "Find by name, company or area", value: query().get("q") ?? "", spellcheck: "false" });
    this.find.addEventListener("input", () => {
      setQuery({ q: this.find.value.trim() });
      this.drawPersons();
    });
    this.find.addEventListener("keydown", (event) => {
      const first = this.shown()[0];
      if (event.key !== "ArrowDown" || !first) return;
      event.preventDefault();
      this.table.focusRow(first.id);
    });
    this.table = liveTable({
      caption: "Persons inside", id: (one) => one.id, label: (one) => one.name ?? one.id, sort: byAreaThenName, columns: insideColumns((visitor) => this.leave(visitor)),
      onOpen: (one) => (one.kind === "person" ? go(`/people/${encodeURIComponent(one.id)}`) : null),
    });
  }

  layOut(root) {
    const { signal } = this.ctx;
    [this.areasBox, this.peopleBox, this.tools, this.total] = [h("div"), h("div"), h("span", { class: "acts" }), h("span", { role: "status" })];
    this.note = h("p", { class: "aside", hidden: true }, LESS);
    this.none = h("p", { class: "empty", hidden: true }, "Nobody inside is called so.");
    this.areasPane = pane(this.areasBox, (stop) => this.source.areas(stop), (found) => this.drawAreas(found), {
      what: "areas", signal, empty: (found) => (found.length > 0 ? null : empty("This site has no areas that people can be in.")),
    });
    this.peoplePane = pane(this.peopleBox, (stop) => this.source.persons(wanted(), stop), (found) => this.takePersons(found), { what: "who is inside", signal });
    this.grid = h("div", { class: "inside-grid" }, panel("Areas", this.areasBox, { id: "areas" }),
      h("section", { class: "inside-people", "aria-label": "Persons" }, h("div", { class: "filters", role: "search" }, this.find), this.peopleBox));
    replace(root, head("Inside", { aside: this.total, tools: [h("a", { href: "/muster" }, "Musters"), this.tools] }),
      namesBand(() => this.peoplePane.reload(), signal), this.line.el, this.note, this.grid);
  }

  drawAreas(found) {
    this.areas = found;
    this.told();
    const run = may("run_musters") && !this.source.isLess;
    const { areas } = this;
    replace(this.tools,
      run ? h("button", { type: "button", acts: true, on: { click: () => enterVisitor({ areas, area: wanted(), done: () => this.said("The visitor is inside") }) } }, "Add a visitor…") : null,
      run ? h("button", { type: "button", class: "strong", acts: true, on: { click: () => startMuster({ areas, area: wanted() }) } }, "Start a muster…") : null);
    return areasTable(found, wanted());
  }

  takePersons(found) {
    this.persons = found;
    this.told();
    this.drawPersons();
    return found.length > 0 ? h("div", null, this.table.el, this.none) : this.nobody();
  }

  told() {
    this.note.hidden = !this.source.isLess;
    this.grid.classList.toggle("inside-less", this.source.isLess);
  }

  shown() {
    return this.persons.filter((one) => isMeant(one, this.find.value)).sort(byAreaThenName);
  }

  drawPersons() {
    const shown = this.shown();
    this.table.set(shown);
    this.none.hidden = shown.length > 0;
    replace(this.total, `${this.persons.length} in ${wanted() || "the whole site"}`);
  }

  nobody() {
    const area = this.areas.find((one) => one.area === wanted());
    const sure = area?.confidence ? `Confidence ${area.confidence.toUpperCase()}: ${area.confidence_words ?? confidenceWords(area.confidence)}. ` : "";
    return empty(`Nobody recorded inside${wanted() ? ` ${wanted()}` : ""}.`, sure + NOBODY);
  }

  // Another area was chosen, by a link or by going back.
  chosen() {
    this.find.value = query().get("q") ?? "";
    if (this.areas.length > 0) replace(this.areasBox, areasTable(this.areas, wanted()));
    this.peoplePane.reload();
  }

  async leave(visitor) {
    const answer = await confirm({
      title: `${visitor.id} has left`, confirmLabel: "Has left", effect: `${visitor.name ?? visitor.id} is no longer counted as inside.`,
      submit: (values, key) => post(`visitors/${encodeURIComponent(visitor.id)}/leave`, {}, { key }),
    });
    if (answer) await this.said(`${visitor.id} has left`);
  }

  said(words) {
    this.line.say(`${words}.`);
    return this.reload();
  }

  reload() {
    return Promise.all([this.areasPane.reload(), this.peoplePane.reload()]);
  }

  unmount() {
    for (const off of this.offs) off();
  }
}
