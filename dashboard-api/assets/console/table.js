// A live list as a real table: keyboard, selection, arrivals that wait while it is in use, badges on rows that others changed,
// and above three hundred rows only those in sight. The order of things is arrivals.js; what a cell shows is the screen's.

import { Arrivals, inSight, same, waitingWords } from "./arrivals.js";
import { h, replace, unseen } from "./dom.js";
import { keys as shellKeys } from "./keys.js";

const MAX_DRAWN = 300;
const SETTLE_MS = 300;

// liveTable({columns: [{key, title, class, draw(item) -> node, hidden}], id(item), sort(a, b), onOpen(item), selectable, caption,
//   keys: {a: [fn(item), "words"]}, arrivals: {critical(item)}, badge(item, before, {gone}) -> words or node, rowClass(item), label(item),
//   selectedChanged(ids)})
// -> {el, set(items), focusRow(id), selected(), select(ids), setCurrent(id), current(), item(id), focused(), held(), flush()}
// A badge is asked for rows that changed, or left the list (`before` is null then), while the list was in use.
export function liveTable(options) {
  return new LiveTable(options).outside;
}

// The tables on the page, told of what happens outside of them. One that was taken off it is forgotten until it is drawn again.
const tables = new Set();

function tell(what) {
  for (const table of tables) {
    if (table.el.isConnected) table[what]();
    else tables.delete(table);
  }
}

document.addEventListener("scroll", () => tell("scrolled"), { capture: true, passive: true });
document.addEventListener("dialogclosed", () => tell("settle"));

class LiveTable {
  #drawn = new Map(); // id -> {row, item, gone}
  #marked = new Set();
  #badges = new Map();
  #order = [];
  #currentId = null;
  #rowHeight = 44;
  #focusId = null;
  #anchor = null;
  #window = { first: 0, last: 0 };
  #settleTimer = 0;
  #frame = 0;

  constructor(options) {
    this.options = { sort: null, onOpen: null, selectable: false, keys: {}, arrivals: {}, badge: null, rowClass: () => "", ...options };
    this.arrivals = new Arrivals((item) => String(options.id(item)));
    this.view = this.arrivals.view();
    this.build();
    this.outside = {
      el: this.el,
      set: (items) => this.set(items),
      focusRow: (id) => this.focusRow(String(id)),
      selected: () => [...this.#marked],
      select: (ids) => this.mark(ids.map(String)),
      setCurrent: (id) => this.setCurrent(id),
      current: () => this.#currentId,
      focused: () => this.focusedItem(),
      held: () => [...this.view.gone],
      item: (id) => this.view.items.find((item) => this.idOf(item) === String(id)) ?? null,
      flush: () => this.flush(),
    };
  }

  idOf(item) {
    return String(this.options.id(item));
  }

  build() {
    const { columns, caption, selectable } = this.options;
    this.bar = h("button", { type: "button", class: "new", hidden: true, on: { click: () => this.flush() } });
    this.body = h("tbody", { role: "rowgroup" });
    this.table = h("table", { class: "live", role: "table", "aria-label": caption },
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" },
        selectable && h("th", { scope: "col", role: "columnheader", class: "mark" }, unseen("Selected")),
        columns.map((column) => h("th", { scope: "col", role: "columnheader", class: column.class }, column.hidden ? unseen(column.title) : column.title)))),
      this.body);
    this.el = h("div", { class: "live-table" }, h("div", { class: "arrivals", "aria-live": "off" }, this.bar), this.table);
    this.listen();
  }

  listen() {
    const settle = () => {
      clearTimeout(this.#settleTimer);
      this.#settleTimer = setTimeout(() => { if (!this.isInUse()) this.flush(); }, SETTLE_MS);
    };
    this.table.addEventListener("pointerleave", settle);
    this.table.addEventListener("focusout", settle);
    this.body.addEventListener("click", (event) => this.onClick(event));
    this.body.addEventListener("focusin", (event) => this.onFocus(event));
    this.settle = settle;
    shellKeys.bind(this.keyMap(), { scope: this.el, title: "List" });
  }

  scrolled() {
    if (this.#order.length > MAX_DRAWN && !this.#frame) this.#frame = requestAnimationFrame(() => { this.#frame = 0; this.draw(); });
  }

  keyMap() {
    const own = {};
    for (const [key, action] of Object.entries(this.options.keys)) {
      const [fn, words] = Array.isArray(action) ? action : [action, ""];
      own[key] = [(event) => {
        const item = this.focusedItem();
        return item ? fn(item, event) : false;
      }, words];
    }
    const isFocused = () => this.body.contains(document.activeElement);
    return {
      j: [() => this.move(1), "next row"],
      k: [() => this.move(-1), "row before"],
      ArrowDown: () => (isFocused() ? this.move(1) : false),
      ArrowUp: () => (isFocused() ? this.move(-1) : false),
      Home: () => (isFocused() ? this.moveTo(0) : false),
      End: () => (isFocused() ? this.moveTo(this.#order.length - 1) : false),
      Enter: [() => this.open(), "open"],
      ...(this.options.selectable ? { x: [() => this.toggleFocused(), "select"], "Shift+x": [() => this.markRange(), "select a range"] } : {}),
      N: [() => (this.view.moved ? (this.flush(), true) : false), "show what is new"],
      ...own,
    };
  }

  // A question about a row is asked while the row stands still behind it.
  isInUse() {
    return document.querySelector("dialog[open]") !== null || this.body.matches(":hover") || this.body.contains(document.activeElement) || this.#marked.size > 0 || this.#currentId !== null;
  }

  set(items) {
    const sorted = this.options.sort ? [...items].sort(this.options.sort) : [...items];
    this.view = this.arrivals.take(sorted, this.#order.length > 0 && this.isInUse());
    this.#badges = this.badges();
    this.show();
  }

  flush() {
    const hadFocus = this.body.contains(document.activeElement);
    const index = this.#order.indexOf(this.#focusId);
    this.view = this.arrivals.flush();
    this.#badges.clear();
    this.show();
    // Where the row in focus has left the list, the one that took its place has the focus.
    if (hadFocus && !this.body.contains(document.activeElement)) this.focusRow(this.#focusId) || this.moveTo(index);
    return true;
  }

  badges() {
    const told = new Map();
    if (!this.options.badge) return told;
    for (const [id, before] of this.view.changed) {
      const item = this.outside.item(id);
      const words = item && this.options.badge(item, before, { gone: false });
      if (words) told.set(id, words);
    }
    for (const id of this.view.gone) {
      const words = this.options.badge(this.outside.item(id), null, { gone: true });
      if (words) told.set(id, words);
    }
    return told;
  }

  show() {
    this.#order = this.view.items.map((item) => this.idOf(item));
    for (const id of [...this.#marked]) if (!this.#order.includes(id)) this.#marked.delete(id);
    const { waiting, moved } = this.view;
    const critical = this.options.arrivals.critical ? waiting.filter(this.options.arrivals.critical).length : 0;
    this.bar.hidden = !moved;
    replace(this.bar, waiting.length > 0 ? waitingWords(waiting.length, critical) : "The order has changed", " - press N");
    this.bar.classList.toggle("critical", critical > 0);
    this.draw();
  }

  draw() {
    tables.add(this);
    const count = this.#order.length;
    const isVirtual = count > MAX_DRAWN;
    const window_ = isVirtual ? this.sight() : { first: 0, last: count };
    this.#window = window_;
    const columns = this.options.columns.length + (this.options.selectable ? 1 : 0);
    const rows = [];
    const keep = new Set();
    for (let index = window_.first; index < window_.last; index += 1) {
      const row = this.rowOf(this.view.items[index], index);
      rows.push(row);
      keep.add(this.#order[index]);
    }
    const focusAt = this.#order.indexOf(this.#focusId);
    // The row in focus stays in the table, wherever one scrolls to.
    if (isVirtual && focusAt >= 0 && !keep.has(this.#focusId) && this.body.contains(document.activeElement)) {
      const row = this.rowOf(this.view.items[focusAt], focusAt);
      if (focusAt < window_.first) rows.unshift(row);
      else rows.push(row);
      keep.add(this.#focusId);
    }
    for (const id of [...this.#drawn.keys()]) if (!keep.has(id)) this.#drawn.delete(id);
    this.place(spacer(window_.first * this.#rowHeight, columns), rows, spacer((count - window_.last) * this.#rowHeight, columns));
    if (isVirtual) this.table.setAttribute("aria-rowcount", String(count + 1));
    else this.table.removeAttribute("aria-rowcount");
    this.rove();
    this.measure(rows);
  }

  // Rows that are where they belong are not touched, so that neither focus nor hover is lost.
  place(before, rows, after) {
    const wanted = [before, ...rows, after].filter(Boolean);
    const keep = new Set(wanted);
    for (const child of [...this.body.children]) if (!keep.has(child)) child.remove();
    let at = this.body.firstElementChild;
    for (const node of wanted) {
      if (node === at) at = at.nextElementSibling;
      else this.body.insertBefore(node, at);
    }
  }

  sight() {
    const top = this.body.getBoundingClientRect().top;
    return inSight({ count: this.#order.length, rowHeight: this.#rowHeight, top, height: innerHeight });
  }

  measure(rows) {
    const heights = rows.slice(0, 20).map((row) => row.offsetHeight).filter((height) => height > 0);
    if (heights.length > 0) this.#rowHeight = heights.reduce((sum, height) => sum + height, 0) / heights.length;
  }

  rowOf(item, index) {
    const id = this.#order[index];
    const known = this.#drawn.get(id);
    const gone = this.view.gone.has(id);
    const badge = this.#badges.get(id) ?? null;
    const row = known?.row ?? h("tr", { role: "row", tabindex: "-1", dataset: { id } });
    if (!known || known.gone !== gone || known.badge !== badge || !same(known.item, item)) {
      replace(row, this.cells(item, badge));
      this.#drawn.set(id, { row, item, gone, badge });
    }
    row.className = [this.options.rowClass(item), gone ? "gone" : "", this.#marked.has(id) ? "marked" : ""].filter(Boolean).join(" ");
    row.setAttribute("aria-rowindex", String(index + 2));
    if (id === this.#currentId) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
    const box = row.querySelector("input.mark");
    if (box) box.checked = this.#marked.has(id);
    return row;
  }

  cells(item, badge) {
    const mark = this.options.selectable && h("td", { role: "cell", class: "mark" },
      h("label", { class: "hit" }, unseen(`Select ${this.options.label?.(item) ?? this.idOf(item)}`), h("input", { type: "checkbox", class: "mark", tabindex: "-1" })));
    const cells = this.options.columns.map((column) => h("td", { role: "cell", class: column.class, dataset: { title: column.title } }, column.draw(item)));
    if (badge) (cells.find((cell) => cell.classList.contains("state")) ?? cells.at(-1)).append(h("span", { class: "badge" }, badge));
    return [mark, cells];
  }

  rove() {
    const focus = this.#drawn.has(this.#focusId) ? this.#focusId : this.#order[this.#window.first];
    for (const [id, { row }] of this.#drawn) row.tabIndex = id === focus ? 0 : -1;
  }

  onFocus(event) {
    const row = event.target.closest("tr[data-id]");
    if (!row) return;
    this.#focusId = row.dataset.id;
    this.rove();
  }

  onClick(event) {
    const row = event.target.closest("tr[data-id]");
    if (!row) return;
    if (event.target.closest("label.hit")) {
      if (!event.target.matches("input")) return;
      if (event.shiftKey) this.markRange(row.dataset.id);
      else this.toggle(row.dataset.id);
      return;
    }
    if (event.target.closest("a, button, input, select, textarea, summary")) return;
    if (String(getSelection()).length > 0) return;
    row.focus({ preventScroll: true });
    this.open();
  }

  focusedItem() {
    const row = document.activeElement?.closest?.("tr[data-id]");
    const id = row && this.body.contains(row) ? row.dataset.id : this.#currentId;
    return id === null ? null : this.view.items[this.#order.indexOf(id)] ?? null;
  }

  open() {
    const item = this.focusedItem();
    if (!item || !this.options.onOpen) return false;
    this.options.onOpen(item);
    return true;
  }

  move(step) {
    const here = this.#order.indexOf(document.activeElement?.closest?.("tr[data-id]")?.dataset.id ?? this.#focusId ?? this.#currentId);
    return this.moveTo(here < 0 ? 0 : here + step);
  }

  moveTo(index) {
    if (this.#order.length === 0) return false;
    return this.focusRow(this.#order[Math.max(0, Math.min(this.#order.length - 1, index))]);
  }

  focusRow(id) {
    const index = this.#order.indexOf(id);
    if (index < 0) return false;
    this.#focusId = id;
    if (!this.#drawn.has(id)) {
      this.scrollTo(index);
      this.draw();
    }
    const row = this.#drawn.get(id)?.row;
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
    return Boolean(row);
  }

  scrollTo(index) {
    let scroller = this.el.parentElement;
    while (scroller && scroller !== document.body && scroller.scrollHeight <= scroller.clientHeight + 1) scroller = scroller.parentElement;
    const by = this.body.getBoundingClientRect().top + index * this.#rowHeight - innerHeight / 2;
    if (scroller && scroller !== document.body) scroller.scrollTop += by;
    else window.scrollBy(0, by);
  }

  setCurrent(id) {
    this.#currentId = id === null || id === undefined || id === "" ? null : String(id);
    for (const [known, { row }] of this.#drawn) {
      if (known === this.#currentId) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }

  toggleFocused() {
    const item = this.focusedItem();
    if (!item) return false;
    this.toggle(this.idOf(item));
    return true;
  }

  toggle(id) {
    if (!this.#marked.delete(id)) this.#marked.add(id);
    this.#anchor = id;
    this.marksChanged();
  }

  mark(ids) {
    this.#marked = new Set(ids);
    this.marksChanged();
  }

  markRange(to = null) {
    const item = this.focusedItem();
    const end = to ?? (item && this.idOf(item));
    if (!end) return false;
    const [from, till] = [this.#order.indexOf(this.#anchor ?? end), this.#order.indexOf(end)];
    for (let index = Math.min(from, till); index <= Math.max(from, till); index += 1) if (index >= 0) this.#marked.add(this.#order[index]);
    this.marksChanged();
    return true;
  }

  marksChanged() {
    for (const [id, { row }] of this.#drawn) {
      row.classList.toggle("marked", this.#marked.has(id));
      const box = row.querySelector("input.mark");
      if (box) box.checked = this.#marked.has(id);
    }
    this.options.selectedChanged?.([...this.#marked]);
  }
}

function spacer(height, columns) {
  if (height <= 0) return null;
  const row = h("tr", { class: "spacer", "aria-hidden": "true" }, h("td", { colspan: columns }));
  row.firstElementChild.style.height = `${height}px`;
  return row;
}
