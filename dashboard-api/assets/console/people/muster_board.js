// The board of one muster: counts and clock, the columns, areas and readers, on a desk or on a tablet, with or without the link.
// Marks go through muster_link.js; nothing here touches a right or a door.

import { tellStatus } from "../announce.js";
import { h, replace, setText } from "../dom.js";
import { head } from "../list_view.js";
import { pane } from "../pane.js";
import { setFilterWords } from "../print.js";
import { query, setQuery } from "../router.js";
import { may } from "../site.js";
import { elapsed, serverNow } from "../time.js";
import { STATUSES, STATUS_WORDS } from "./marks.js";
import { musterColumns } from "./muster_columns.js";
import { MusterLink } from "./muster_link.js";
import { markDialog } from "./muster_mark.js";
import { areasPanel, boardHead, linkLines, readersPanel, reportPanel } from "./muster_parts.js";
import { musterSheet } from "./muster_sheet.js";
import { endMuster, findVisitor, handOver } from "./muster_start.js";
import { forgetPage, keepPage } from "./offline.js";

const KEPT_PLACE = "rackward.muster-place";
const PRINT_AFTER_MS = 400;

export function musterBoard(root, id, ctx) {
  const board = new MusterBoard(root, id, ctx);
  return {
    unmount: () => board.unmount(),
    onQuery: () => board.draw(),
    keys: { "/": [() => board.find.focus(), "find"] },
  };
}

const isTablet = () => query().get("tablet") === "1";
const shownColumn = () => query().get("show") ?? "missing";

class MusterBoard {
  canReopen = null; // whether this tablet can open the page again without the link; null while not known

  constructor(root, id, ctx) {
    this.id = id;
    this.ctx = ctx;
    this.link = new MusterLink(id, { changed: () => this.draw(), signal: ctx.signal });
    this.build();
    this.inner = h("div");
    this.box = h("div", { class: "muster", worksOffline: true }, this.top, this.inner);
    replace(this.top, head(`Muster ${id}`));
    replace(root, this.box);
    this.pane = pane(this.inner, () => this.link.load(), () => this.begin(), { what: "the muster", signal: ctx.signal });
    this.timer = setInterval(() => this.tick(), 1000);
    setFilterWords(() => `everybody on the list of ${id}`);
  }

  build() {
    this.columns = musterColumns({ mark: (person, status) => this.mark(person, status), ask: (person) => this.ask(person) });
    this.find = h("input", { type: "search", id: "muster-find", placeholder: "Type to find", "aria-label": "Find by name, company or area", value: query().get("q") ?? "", spellcheck: "false" });
    this.place = h("input", { id: "muster-place", placeholder: "such as car park north", value: sessionStorage.getItem(KEPT_PLACE) ?? "", maxlength: 256 });
    this.find.addEventListener("input", () => {
      setQuery({ q: this.find.value.trim() });
      this.draw();
    });
    this.find.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "Enter") return;
      event.preventDefault();
      this.columns.focusFirst();
    });
    this.place.addEventListener("change", () => sessionStorage.setItem(KEPT_PLACE, this.place.value.trim()));
    for (const name of ["top", "state", "counts", "below", "paper"]) this[name] = h("div", { class: `muster-${name}` });
    this.clock = h("b", { class: "muster-clock" });
    const finders = h("div", { class: "filters muster-finders" }, h("label", { for: "muster-find" }, "Find"), this.find,
      h("label", { for: "muster-place" }, "Seen at"), this.place, h("span", { class: "aside" }, "is written beside each mark"));
    this.el = h("div", { class: "muster-parts" }, this.state, this.counts, finders, this.columns.el, this.below, this.paper);
  }

  // The first board was loaded, or the kept one was found.
  begin() {
    this.link.start();
    this.draw();
    if (query().get("print")) this.printOnce();
    if (isTablet()) this.prepareTablet();
    return this.el;
  }

  draw() {
    const muster = this.link.board;
    if (!muster) return;
    const ended = muster.state !== "running";
    this.box.classList.toggle("tablet", isTablet());
    this.box.classList.toggle("ended", ended);
    this.box.classList.toggle("watching", !may("run_musters"));
    this.ctx.setTitle(`${muster.kind === "real" ? "Muster" : "Drill"} ${muster.area}`);
    replace(this.top, boardHead(muster, this.clock, this.tools(muster, ended)));
    replace(this.state, linkLines(this.link, isTablet() ? this.canReopen : null));
    replace(this.counts, STATUSES.map((status) => this.countButton(status, muster.counts[status])));
    this.columns.show(shownColumn());
    this.columns.set(muster.persons, this.find.value);
    replace(this.below, areasPanel(muster), readersPanel(muster.readers ?? []), ended ? reportPanel(muster) : null);
    replace(this.paper, musterSheet(muster, this.link.asOf));
    this.tick();
    if (ended) forgetPage();
  }

  tools(muster, ended) {
    const run = may("run_musters") && !ended;
    const reload = () => this.link.load().catch(() => {}).then(() => this.draw());
    const button = (words, click, more) => h("button", { type: "button", on: { click }, ...more }, words);
    return [
      run ? button("Add a visitor…", () => findVisitor(muster, reload), { acts: true }) : null,
      isTablet() || ended ? null : button("Hand over to a tablet…", () => handOver(this.id)),
      button("Print the list", () => print()),
      run ? button("End with a report…", () => endMuster(muster, this.link, reload), { acts: true, class: "strong" }) : null,
    ];
  }

  countButton(status, count) {
    const show = () => {
      setQuery({ show: status });
      this.draw();
      this.columns.el.querySelector(`.muster-${status}`)?.scrollIntoView({ block: "nearest" });
    };
    return h("button", { type: "button", class: `muster-count count-${status}`, "aria-pressed": isTablet() ? String(shownColumn() === status) : null, on: { click: show } },
      h("b", null, String(count)), h("span", null, STATUS_WORDS[status]));
  }

  mark(person, status, more = {}) {
    if (!may("run_musters") || this.link.board.state !== "running") return;
    this.link.mark(person.id, status, { where: status === "missing" ? "" : this.place.value.trim(), ...more });
    tellStatus(`${person.name ?? person.id}: ${STATUS_WORDS[status]}.`);
  }

  ask(person) {
    if (this.link.board.state === "running") markDialog(person, this.place.value.trim(), (status, more) => this.mark(person, status, more));
  }

  async prepareTablet() {
    this.canReopen = await keepPage();
    this.draw();
  }

  // Once, however often the address is opened again.
  printOnce() {
    setQuery({ print: null });
    setTimeout(() => print(), PRINT_AFTER_MS);
  }

  tick() {
    const muster = this.link.board;
    if (!muster) return;
    const end = muster.ended_at ? Date.parse(muster.ended_at) : serverNow().getTime();
    setText(this.clock, elapsed(end - Date.parse(muster.started_at)));
  }

  unmount() {
    clearInterval(this.timer);
    setFilterWords(null);
    this.link.stop();
  }
}
