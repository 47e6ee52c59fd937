// Screen 6, first half: the rows of the site as a list, and one row as an elevation, rack beside rack, from the front or from behind.
// Which row, which face and which rack stand in the address. What a rack shows of itself is `map/elevation.js`.

import { tellStatus } from "../announce.js";
import { bdi, h, replace } from "../dom.js";
import { empty, head, panel } from "../list_view.js";
import { alarms, doors } from "../live.js";
import { pane as loading } from "../pane.js";
import { go, pathSegments, query, setQuery } from "../router.js";
import { alarmShape, glyph, glyphWords } from "../shapes.js";
import { may } from "../site.js";
import { liveTable } from "../table.js";
import { count } from "../words.js";
import { actionBar, openOnce } from "../map/actions.js";
import { alarmList } from "../map/card.js";
import { commanded } from "../map/commanded.js";
import { temperatures, temperatureWords } from "../map/devices.js";
import { elevation } from "../map/elevation.js";
import { facesOf, inOrder, label, last, liesIn, parent, rowsOf, siteIndex } from "../map/places.js";
import { ready } from "../map/ready.js";
import { NOTHING, rollUp } from "../map/state.js";
import { steady } from "../map/steady.js";

const LOOK_MS = 1_000;
const DEVICES_MS = 10_000; // what devices measure changes slowly

export const title = ({ row }) => (row ? `Row ${label(row)}` : "Rows");

export function mount(pane, params, ctx) {
  return params.row ? new RowScreen(pane, params.row, ctx).outside() : rowsScreen(pane, ctx);
}

function rowsScreen(pane, ctx) {
  const table = liveTable({
    caption: "Rows of racks",
    columns: [
      { key: "row", title: "Row", class: "where", draw: ({ path }) => h("a", { href: `/rows/${pathSegments(path)}` }, bdi(last(path))) },
      { key: "hall", title: "Hall", draw: ({ hall }) => bdi(label(hall)) },
      { key: "racks", title: "Racks", class: "number", draw: ({ racks }) => String(racks.length) },
      { key: "alarm", title: "Alarms", draw: ({ place }) => (place.alarms.length ? h("span", { class: "with-shape" }, alarmShape(place.alarms[0]), String(place.alarms.length)) : "none") },
      { key: "state", title: "Worst door", class: "state", draw: ({ place }) => h("span", { class: "with-glyph" }, glyph(place.glyph ?? "unknown"), glyphWords(place.glyph ?? "unknown")) },
      { key: "unsecured", title: "Not secured", class: "number", draw: ({ place }) => String(place.unsecured) },
      { key: "unknown", title: "Unknown", class: "number", draw: ({ place }) => String(place.unknown) },
    ],
    id: ({ path }) => path,
    sort: (a, b) => inOrder(a.path, b.path),
    onOpen: ({ path }) => go(`/rows/${pathSegments(path)}`),
    label: ({ path }) => path,
  });
  const hold = h("div");
  const body = h("div");
  replace(pane, head("Rows and racks"), hold);
  loading(hold, (signal) => ready(doors, signal), () => body, { what: "the rows", signal: ctx.signal });
  function draw() {
    if (!doors.loaded) return;
    const places = rollUp(doors.items, alarms.items);
    const rows = rowsOf(siteIndex(doors.items).tree).map((row) => ({ path: row.path, hall: row.hall, racks: row.racks, place: places.get(row.path) ?? NOTHING }));
    if (rows.length === 0) replace(body, empty("No rack has a lock here.", "Racks are added in the site file, each with the faces that have a handle."));
    else if (!table.el.isConnected) replace(body, table.el);
    if (rows.length) table.set(rows);
  }
  const offs = [doors.on(draw), may("view_alarms") ? alarms.on(draw) : () => {}];
  ctx.signal.addEventListener("abort", () => offs.forEach((off) => off()));
  return {};
}

class RowScreen {
  #devices = new Map();
  #offs = [];

  constructor(pane, path, ctx) {
    this.path = path;
    this.ctx = ctx;
    this.head = h("div");
    this.body = h("div", { class: "row-screen" });
    this.drawIn = steady(this.body);
    this.drawHeadIn = steady(this.head);
    const hold = h("div");
    replace(pane, this.head, hold);
    loading(hold, (signal) => ready(doors, signal), () => this.body, { what: "the row", signal: ctx.signal });
    this.drawHead();
    const changed = () => this.changed();
    this.#offs.push(doors.on(changed), may("view_alarms") ? alarms.on(changed) : () => {});
    const timers = [setInterval(() => commanded.size && changed(), LOOK_MS), setInterval(() => this.loadDevices(), DEVICES_MS)];
    this.#offs.push(() => timers.forEach(clearInterval));
    this.loadDevices();
  }

  outside() {
    return {
      unmount: () => this.#offs.forEach((off) => off()),
      onQuery: () => this.changed(),
      keys: {
        ArrowLeft: [() => this.step(-1), "rack to the left, and right"], ArrowRight: () => this.step(1),
        f: [() => this.flip(), "front or rear"],
        o: [() => this.openSelected(), "open the rack once, with a reason"],
        Enter: [() => this.enter(), "open the page of the rack"],
        "[": [() => this.stepRow(-1), "row before"], "]": [() => this.stepRow(1), "next row"],
      },
    };
  }

  face() {
    return query().get("face") === "rear" ? "rear" : "front";
  }

  // From behind, the racks stand the other way round.
  racks() {
    const racks = this.row()?.racks ?? [];
    return this.face() === "rear" ? [...racks].reverse() : racks;
  }

  row() {
    return rowsOf(siteIndex(doors.items).tree).find((row) => row.path === this.path) ?? null;
  }

  selected() {
    const wanted = query().get("sel");
    return this.racks().find((rack) => rack.path === wanted) ?? null;
  }

  async loadDevices() {
    if (!may("view_health")) return;
    try {
      this.#devices = await temperatures(`${this.path}/*`, this.ctx.signal);
      this.changed();
    } catch {
      // Without devices a row shows no temperature; everything else stands.
    }
  }

  drawHead() {
    const face = this.face();
    const choice = (name, words) => h("button", { type: "button", "aria-pressed": String(face === name), dataset: { action: name }, on: { click: () => this.show(name) } }, words);
    this.drawHeadIn([face], () => [h("p", { class: "crumbs" }, h("a", { href: "/rows" }, "Rows"), " / ", h("a", { href: `/map?sel=${encodeURIComponent(this.path)}` }, "Show on the plan")),
      head(`Row ${label(this.path)}`, { aside: face === "rear" ? "seen from behind" : "seen from the front", tools: [h("div", { class: "faces", role: "group", "aria-label": "Face" }, choice("front", "Front"), choice("rear", "Rear"))] })]);
  }

  changed() {
    if (!doors.loaded) return;
    commanded.look((path) => doors.byPath(path));
    this.drawHead();
    const row = this.row();
    if (!row) {
      this.drawIn(null, () => empty(`There is no row ${this.path} with a lock.`, h("a", { href: "/rows" }, "All rows")));
      return;
    }
    const all = row.racks.flatMap(facesOf);
    const places = rollUp(all, alarms.items.filter((alarm) => liesIn(alarm.door ?? alarm.source, this.path)));
    const place = places.get(this.path) ?? NOTHING;
    const shown = all.filter((door) => (last(door.path) === "rear") === (this.face() === "rear"));
    const selected = query().get("sel");
    const warmth = all.map((door) => temperatureWords(this.#devices.get(door.path) ?? []));
    this.drawIn([this.face(), selected, all, place, warmth, all.map((door) => commanded.of(door.path))], () => [
      elevation({ racks: this.racks(), face: this.face(), places, devices: this.#devices, selected, onSelect: (path) => this.select(path) }),
      h("div", { class: "columns" },
        panel("This row", [h("p", null, `${count(row.racks.length, "rack")}, ${count(all.length, "door")}: ${place.unsecured} not secured, ${place.unknown} unknown.`), alarmList(place.alarms) ?? h("p", { class: "aside" }, "No alarm in this row.")]),
        shown.length > 0 && panel(`Orders for the ${this.face()} doors`, actionBar({ doors: shown, place: label(this.path), ticketPlace: this.path }))),
    ]);
  }

  select(path) {
    setQuery({ sel: path });
    for (const node of this.body.querySelectorAll("[data-id]")) {
      if (node.dataset.id === path) node.setAttribute("aria-current", "true");
      else node.removeAttribute("aria-current");
    }
  }

  step(by) {
    const racks = this.racks();
    if (!racks.length) return false;
    const at = racks.indexOf(this.selected());
    const next = racks[Math.max(0, Math.min(racks.length - 1, at < 0 ? 0 : at + by))];
    this.select(next.path);
    this.body.querySelector(`[data-id="${CSS.escape(next.path)}"]`)?.focus();
    return true;
  }

  show(face) {
    setQuery({ face: face === "rear" ? "rear" : null });
    this.changed();
    tellStatus(face === "rear" ? "Seen from behind." : "Seen from the front.");
  }

  flip() {
    this.show(this.face() === "rear" ? "front" : "rear");
    return true;
  }

  openSelected() {
    const rack = this.selected();
    const door = rack?.[this.face()];
    if (!door || !may("open_doors")) return false;
    openOnce([door], door.path);
    return true;
  }

  enter() {
    const rack = this.selected();
    if (!rack) return false;
    go(`/racks/${pathSegments(rack.path)}?face=${this.face()}`);
    return true;
  }

  stepRow(by) {
    const rows = rowsOf(siteIndex(doors.items).tree).filter((row) => parent(row.path) === parent(this.path));
    const next = rows[rows.findIndex((row) => row.path === this.path) + by];
    if (!next) return false;
    go(`/rows/${pathSegments(next.path)}`);
    return true;
  }
}

