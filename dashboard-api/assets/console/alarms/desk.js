// The alarm list as a whole: which tab, which filter, which rows, which of them is open beside the list. It keeps to the order
// of order.js, shows what sources.js brings and what others did meanwhile, and hands every order to actions.js.

import { h, replace } from "../dom.js";
import { get, segment } from "../api.js";
import { alarms } from "../live.js";
import { pane, problemView } from "../pane.js";
import { setFilterWords } from "../print.js";
import { go, query, setQuery } from "../router.js";
import { may, site } from "../site.js";
import { sound } from "../sound.js";
import { stream } from "../stream.js";
import { liveTable } from "../table.js";
import { serverNow, timeEl } from "../time.js";
import { onOutcome } from "./actions.js";
import { actionKeys } from "./bar.js";
import { tick } from "./beat.js";
import { acknowledgeAll } from "./bulk.js";
import { columns } from "./columns.js";
import { Deeds, deedOf, deedWords } from "./deeds.js";
import { drawTabs, filters, selectionBar } from "./filters.js";
import { nothing } from "./nothing.js";
import { LastHere } from "./last_here.js";
import { nameOf, operators } from "./operators.js";
import { byClosing, byUrgency, oneSource, withChildren } from "./order.js";
import { paced } from "./pace.js";
import { onProposals, proposalOf } from "./proposals.js";
import { ready, sourceOf } from "./sources.js";
import { orders, statement } from "./state.js";
import { Thumbs } from "./thumbs.js";
import { TABS, choiceOf, filterWords, isWanted, queryOf, tabOf } from "./views.js";

const AGAIN_MS = 500;
const MANY = 200; // so many rows have one line each, all of the same height, so that a long list scrolls evenly
// Where there is no room for an alarm beside the list.
export const NARROW = "(max-width: 900px)";

export class Desk {
  constructor(root, ctx, { open, opened }) {
    this.ctx = ctx;
    this.opened = opened; // the alarm that stands beside the list, if one does
    this.open = open; // shows one alarm beside the list, or none
    this.choice = choiceOf(query());
    this.deeds = new Deeds(site.operatorId);
    this.behind = new Map();
    this.lastHere = new LastHere();
    this.beside = new WeakMap(); // alarm -> the row that shows it with what is known beside it
    this.names = 0; // counts how often names of operators came
    this.thumbs = new Thumbs(ctx.signal, () => this.draw());
    this.sounds = soundAlarm();
    this.source = null;
    this.end = () => {};
    this.build(root);
    this.follow();
    this.showTab();
  }

  build(root) {
    this.tabs = h("div", { class: "alarm-tabs" });
    this.filters = filters((change) => this.change(change), this.ctx.signal);
    this.bar = h("div", { class: "selection", role: "status", hidden: true });
    this.trouble = h("div", { class: "list-trouble" });
    this.list = h("div", { class: "alarm-list" });
    this.none = h("div", { class: "alarm-none" });
    this.table = liveTable({
      caption: "Alarms",
      columns: columns((alarm) => this.toggle(alarm)),
      id: (alarm) => (alarm.under ? `${alarm.id} under ${alarm.under}` : alarm.id),
      onOpen: (alarm) => this.select(alarm),
      selectable: may("answer_alarms"),
      selectedChanged: () => this.drawBar(),
      arrivals: { critical: (alarm) => alarm.priority === 1 },
      badge: (alarm, _before, { gone }) => this.badge(alarm, gone),
      rowClass: rowClass,
      label: statement,
    });
    replace(root, h("div", { class: "alarm-desk" },
      h("header", { class: "head" }, h("h1", null, "Alarms"), this.filters.el), this.tabs, this.bar, this.trouble, this.list));
  }

  keys() {
    const { a, ...others } = actionKeys(() => this.meant());
    const ack = () => (this.table.selected().length > 0 ? (this.acknowledgeSelected(), true) : a[0]());
    return { a: [ack, "acknowledge, or all that are selected"], ...others, b: [() => this.toggle(this.meant()), "show or hide what is behind it"] };
  }

  // The alarm that an order is about: the row in focus, else the one beside the list.
  meant() {
    const row = this.table.focused();
    if (row) return row.isOfDesk ? null : row;
    return this.opened();
  }

  follow() {
    this.draw = paced(() => this.show(), AGAIN_MS, this.ctx.signal);
    const childrenAgain = paced(() => this.loadBehind(), AGAIN_MS * 2, this.ctx.signal);
    const ends = [
      stream.on(/^access\./, (event) => this.lastHere.take(event)),
      stream.watch(/^alarm\./, (event) => {
        if (event && this.deeds.take(deedOf(event))) this.draw();
        if (this.choice.behind.length) childrenAgain();
      }),
      onOutcome(({ alarm, deed }) => {
        alarms.touch({ data: { alarm_id: alarm } });
        if (this.deeds.take(deed)) this.draw();
      }),
      onProposals(() => this.draw()),
      sound.on(() => {
        this.sounds = soundAlarm(this.sounds);
        this.draw();
      }),
      alarms.on(() => this.drawTabs()),
    ];
    this.ctx.signal.addEventListener("abort", () => {
      this.end();
      ends.forEach((end) => end());
      setFilterWords(null);
    });
    const beat = setInterval(() => tick(this.list), 1000);
    this.ctx.signal.addEventListener("abort", () => clearInterval(beat));
    setFilterWords(() => filterWords(this.choice));
    operators().then(({ length }) => {
      this.names += length;
      this.draw();
    });
    this.loadLastHere();
    this.loadBehind();
  }

  // Who was where before this page was opened, as far back as one page of the journal goes.
  async loadLastHere() {
    if (!may("view_journal")) return;
    try {
      const { items } = await get("events?filter=type:access.granted,access.denied,access.taken&sort=-at&limit=1000", { signal: this.ctx.signal });
      for (const event of items) this.lastHere.take(event);
      this.show();
    } catch {
      // It is left out, where the journal cannot be searched now.
    }
  }

  // Begins with the tab of the choice: its list comes, or what keeps it.
  showTab() {
    const { list } = tabOf(this.choice.view);
    this.end();
    this.source = sourceOf(list);
    const mine = this.source;
    this.end = mine.on(() => mine === this.source && this.draw());
    this.table.select([]);
    this.table.setCurrent(this.choice.sel || null);
    this.filters.show(this.choice);
    this.drawTabs();
    this.shown = false;
    replace(this.list);
    const root = h("div", null);
    replace(this.list, root);
    pane(root, (signal) => ready(mine, signal), () => {
      this.shown = true;
      replace(root, this.table.el, this.none);
      this.show({ whole: true });
      return null;
    }, { what: "the alarms", signal: this.ctx.signal });
    this.open(this.choice.sel);
  }

  rows() {
    const { view } = this.choice;
    const tab = tabOf(view);
    const wanted = this.source.items.filter((alarm) => tab.has(alarm) && isWanted(alarm, this.choice));
    if (view === "active" && this.sounds && isWanted(this.sounds, this.choice)) wanted.push(this.sounds);
    return withChildren(wanted.sort(view === "closed_today" ? byClosing : byUrgency), this.behind).map((alarm) => this.row(alarm));
  }

  // An alarm with what is known beside it. It stays the same object until some of that changes, so that its row is left alone.
  row(alarm) {
    const [last, waits, thumb] = [this.lastHere.of(alarm), proposalOf(alarm.id), this.thumbs.of(alarm)];
    const names = alarm.acked || alarm.suppression || alarm.assignee !== "desk" ? this.names : 0;
    const isOpen = alarm.behind > 0 && this.choice.behind.includes(alarm.id);
    if (!last && !waits && !names && !isOpen && !thumb) return alarm;
    const key = `${last?.person} ${last?.did} ${last?.beforeMs} ${waits?.id} ${names} ${isOpen} ${thumb?.id}`;
    const known = this.beside.get(alarm);
    if (known?.key === key) return known;
    const row = { ...alarm, key, last, waits, isOpen, thumb };
    this.beside.set(alarm, row);
    return row;
  }

  show({ whole = false } = {}) {
    if (!this.shown) return;
    const rows = this.rows();
    this.list.classList.toggle("many", rows.length > MANY);
    this.list.classList.toggle("closed", this.choice.view === "closed_today");
    this.thumbs.want(rows.filter((row) => !row.isOfDesk));
    this.table.set(rows);
    if (whole) this.table.flush();
    const isEmpty = rows.length === 0;
    this.none.hidden = !isEmpty;
    this.table.el.hidden = isEmpty;
    const isFiltered = this.choice.prio.length > 0 || Boolean(this.choice.area);
    if (!isEmpty) replace(this.none);
    else if (!this.none.firstChild || whole) replace(this.none, nothing(this.choice, isFiltered));
    this.drawTrouble();
    this.drawTabs();
    this.drawBar();
    tick(this.list);
  }

  // A list that could not be fetched again stays, and says how old it is.
  drawTrouble() {
    const { problem, loaded } = this.source;
    if (!problem || !loaded) {
      replace(this.trouble);
      return;
    }
    replace(this.trouble, h("p", { class: "band stale-list" }, "This list could not be brought up to date. What it shows may be old."),
      problemView(problem, { what: "the alarms", retry: () => this.source.refresh() }));
  }

  // How many alarms each tab has: of the open ones from the list itself, of the others as the daemon counts them.
  numbers() {
    const counts = alarms.counts ?? {};
    const open = alarms.items;
    const numbers = { mine: counts.mine, shelved: counts.shelved, out_of_service: counts.out_of_service, closed_today: counts.closed_today };
    if (alarms.loaded) for (const tab of TABS.filter((one) => one.list === "open")) numbers[tab.view] = open.filter(tab.has).length;
    if (this.sounds && numbers.active !== undefined) numbers.active += 1;
    return numbers;
  }

  drawTabs() {
    const numbers = this.numbers();
    const urgent = alarms.loaded ? mostUrgent(alarms.items) : {};
    const drawn = JSON.stringify([this.choice, numbers, urgent]);
    if (drawn === this.drawnTabs) return;
    this.drawnTabs = drawn;
    drawTabs(this.tabs, this.choice, numbers, urgent);
  }

  drawBar() {
    const chosen = this.chosen();
    selectionBar(this.bar, {
      chosen, source: chosen.length ? oneSource(chosen) : null, canAck: chosen.every((alarm) => orders(alarm).acknowledge),
      acknowledge: () => this.acknowledgeSelected(), clear: () => this.table.select([]),
    });
  }

  chosen() {
    return this.table.selected().map((id) => this.table.item(id)).filter((alarm) => alarm && !alarm.isOfDesk);
  }

  async acknowledgeSelected() {
    const chosen = this.chosen();
    if (oneSource(chosen) === null || !chosen.every((alarm) => orders(alarm).acknowledge)) return;
    const done = await acknowledgeAll(chosen);
    if (done === chosen.length) this.table.select([]);
  }

  badge(alarm, isGone) {
    const deed = this.deeds.of(alarm.id);
    if (!deed) return isGone ? "left this list" : null;
    return h("span", null, deedWords(deed, nameOf), " ", timeEl(deed.at, { relative: true, inRow: true }), " ago");
  }

  // What was chosen above the list. The address says so; the list follows.
  change(change) {
    this.choice = { ...this.choice, ...change };
    setQuery(queryOf(this.choice));
    this.filters.show(this.choice);
    this.show({ whole: true });
  }

  // An address that somebody else set: a tab, back, forward.
  onQuery(next) {
    const before = this.choice;
    this.choice = choiceOf(next);
    if (this.choice.view !== before.view) {
      this.showTab();
      return;
    }
    this.filters.show(this.choice);
    this.table.setCurrent(this.choice.sel || null);
    if (this.choice.sel !== before.sel) this.open(this.choice.sel);
    this.show({ whole: true });
  }

  select(alarm) {
    if (alarm.isOfDesk) {
      go("/shift");
      return;
    }
    if (matchMedia(NARROW).matches) {
      go(`/alarms/${segment(alarm.id)}`);
      return;
    }
    const sel = this.choice.sel === alarm.id ? this.choice.sel : alarm.id;
    this.choice = { ...this.choice, sel };
    setQuery(queryOf(this.choice), { replace: false });
    this.table.setCurrent(alarm.under ? `${alarm.id} under ${alarm.under}` : sel);
    this.open(sel);
  }

  // Closes what is open beside the list; false where nothing is.
  back() {
    if (!this.choice.sel) return false;
    const { sel } = this.choice;
    this.choice = { ...this.choice, sel: "" };
    setQuery(queryOf(this.choice), { replace: false });
    this.table.setCurrent(null);
    this.open("");
    this.table.focusRow(sel);
    return true;
  }

  toggle(alarm) {
    if (!alarm?.behind) return false;
    const isOpen = this.choice.behind.includes(alarm.id);
    const behind = isOpen ? this.choice.behind.filter((id) => id !== alarm.id) : [...this.choice.behind, alarm.id];
    this.choice = { ...this.choice, behind };
    setQuery(queryOf(this.choice));
    this.behind.delete(alarm.id);
    this.loadBehind();
    return true;
  }

  // The alarms behind those that are expanded.
  async loadBehind() {
    const wanted = this.choice.behind;
    for (const id of [...this.behind.keys()]) if (!wanted.includes(id)) this.behind.delete(id);
    await Promise.all(wanted.map(async (id) => {
      try {
        this.behind.set(id, (await get(`alarms/${segment(id)}`, { signal: this.ctx.signal })).children);
      } catch (problem) {
        if (problem.status === 404) this.behind.delete(id);
      }
    }));
    this.show({ whole: true });
  }
}

// The most urgent alarm that nobody has acknowledged, under each tab of open ones but the first, which shows them all.
function mostUrgent(open) {
  const urgent = {};
  for (const tab of TABS.slice(1).filter((one) => one.list === "open")) {
    const priorities = open.filter((alarm) => !alarm.acked && tab.has(alarm)).map((alarm) => alarm.priority);
    if (priorities.length) urgent[tab.view] = Math.min(...priorities);
  }
  return urgent;
}

function rowClass(alarm) {
  const parts = [`p${alarm.priority}`, may("answer_alarms") ? "markable" : "", alarm.acked || alarm.closed_at || alarm.suppression ? "" : "unacked", alarm.under ? "under" : "", alarm.isOfDesk ? "of-desk" : ""];
  return parts.filter(Boolean).join(" ");
}

// A desk that cannot sound is an alarm of its own on this desk, and on no other.
function soundAlarm(before = null) {
  if (sound.state !== "blocked") return null;
  return before ?? {
    id: "this-desk-sound", isOfDesk: true, priority: 3, words: "this desk cannot sound: the browser blocks it", source: "this desk", source_kind: "desk",
    door: null, active: true, acked: null, suppression: null, closed_at: null, judgement: null, behind: 0, raised_times: 1, label: null,
    state: "active, unacked", assignee: "desk", level: "desk", next_escalation: null, awaits_verdict: false, revision: 0,
    raised_at: serverNow().toISOString(),
  };
}

