// Screen 6, second half: one rack with its two doors, or a door that is no rack's. Which face the keys mean stands in the address.
// Its parts are `map/door_panel.js`, `map/rack_parts.js` and `map/label.js`; whether anybody may do anything is the daemon's to say.

import { tellStatus } from "../announce.js";
import { get } from "../api.js";
import { bdi, h, replace } from "../dom.js";
import { empty, facts, head, panel } from "../list_view.js";
import { alarms, doors } from "../live.js";
import { pane as loading, problemView } from "../pane.js";
import { go, pathSegments, query, setQuery } from "../router.js";
import { may } from "../site.js";
import { stream } from "../stream.js";
import { openOnce } from "../map/actions.js";
import { commanded } from "../map/commanded.js";
import { byDoor, devicesAt } from "../map/devices.js";
import { doorPanel, offlineSinceOf } from "../map/door_panel.js";
import { doorLabel } from "../map/label.js";
import { facesOf, label, last, liesIn, rowsOf, siteIndex } from "../map/places.js";
import { openingsPane, registerPane, takeOutOfService, whoPane, workPane } from "../map/rack_parts.js";
import { ready } from "../map/ready.js";
import { NOTHING, rollUp } from "../map/state.js";
import { steady } from "../map/steady.js";

const LOOK_MS = 1_000;
const PARTS_MS = 1_000; // the parts of the page are asked for again at most so often
const DEVICES_MS = 10_000;

export const title = ({ rack }) => label(rack);

export function mount(pane, params, ctx) {
  return new RackScreen(pane, params.rack, ctx).outside();
}

class RackScreen {
  #devices = null;
  #offs = [];
  #parts = [];
  #timer = 0;
  #drawnFor = "";
  #labelled = "";

  constructor(pane, path, ctx) {
    this.path = path;
    this.ctx = ctx;
    this.offlineSince = offlineSinceOf(ctx.signal);
    this.head = h("div");
    this.drawHeadIn = steady(this.head);
    this.faces = h("div", { class: "columns rack-faces" });
    this.drawFacesIn = steady(this.faces);
    const hold = h("div");
    this.more = h("div", { class: "rack-more" });
    this.labels = h("div", { class: "labels" });
    replace(pane, this.labels, this.head, hold, this.more);
    loading(hold, (signal) => ready(doors, signal), () => this.faces, { what: "the rack", signal: ctx.signal });
    const changed = () => this.changed();
    this.#offs.push(doors.on(changed), may("view_alarms") ? alarms.on(changed) : () => {}, stream.watch(/^(access|door|grant|alarm|presence)\./, (event) => this.heard(event)));
    const timers = [setInterval(() => commanded.size && changed(), LOOK_MS), setInterval(() => this.loadDevices(), DEVICES_MS)];
    this.#offs.push(() => timers.forEach(clearInterval), () => clearTimeout(this.#timer));
    this.loadDevices();
  }

  outside() {
    return {
      unmount: () => this.#offs.forEach((off) => off()),
      onQuery: () => this.changed(),
      keys: {
        ArrowLeft: [() => this.step(-1), "rack to the left, and right"], ArrowRight: () => this.step(1),
        f: [() => this.flip(), "front or rear"], o: [() => this.open(), "open this face once, with a reason"],
        m: [() => go(`/map?sel=${encodeURIComponent(this.path)}`), "show on the floor plan"],
      },
    };
  }

  rack() {
    const { tree } = siteIndex(doors.items);
    for (const row of rowsOf(tree)) for (const rack of row.racks) if (rack.path === this.path) return { ...rack, row };
    const door = doors.byPath(this.path);
    return door ? { path: this.path, front: door, rear: null, row: null } : null;
  }

  shown() {
    const rack = this.rack();
    return rack ? facesOf(rack) : [];
  }

  current() {
    const rack = this.rack();
    const wanted = query().get("face") === "rear" ? "rear" : "front";
    return rack?.[wanted] ?? (rack ? facesOf(rack)[0] : null);
  }

  async loadDevices() {
    if (!may("view_health")) return;
    try {
      this.#devices = byDoor(await devicesAt(`${this.path},${this.path}/*`, this.ctx.signal));
      this.changed();
    } catch {
      // Without devices the page has no temperatures and models; how doors stand is told all the same.
    }
  }

  heard(event) {
    const place = event?.data?.door ?? event?.subject ?? "";
    if (event && !liesIn(String(place), this.path) && !event.name.startsWith("grant.")) return;
    if (!this.#timer) this.#timer = setTimeout(() => { this.#timer = 0; this.#parts.forEach((part) => part.reload()); }, PARTS_MS);
  }

  changed() {
    if (!doors.loaded) return;
    commanded.look((path) => doors.byPath(path));
    const rack = this.rack();
    this.drawHead(rack);
    if (!rack) {
      this.drawFacesIn(null, () => empty("No lock on this rack.", `There is no door at ${this.path}. Racks and their faces are named in the site file.`));
      replace(this.more);
      replace(this.labels);
      return;
    }
    this.drawFaces(rack);
    if (this.#drawnFor !== this.path) this.drawMore();
    this.drawLabels();
  }

  drawHead(rack) {
    const row = rack?.row;
    this.drawHeadIn([this.path, Boolean(rack), row?.path, location.search], () => [h("p", { class: "crumbs" }, h("a", { href: "/rows" }, "Rows"), row && [" / ", h("a", { href: `/rows/${pathSegments(row.path)}?sel=${encodeURIComponent(this.path)}` }, bdi(label(row.path)))], " / ", h("a", { href: `/map?sel=${encodeURIComponent(this.path)}` }, "Show on the plan")),
      head(h("span", null, row ? "Rack " : "Door ", bdi(label(this.path))), { tools: rack ? [
        row && this.stepLink(-1, "Rack to the left"), row && this.stepLink(1, "Rack to the right"),
        h("button", { type: "button", dataset: { action: "print" }, on: { click: () => this.printLabel() } }, rack.front && rack.rear ? "Print the labels" : "Print the label"),
      ] : [] })]);
  }

  stepLink(by, words) {
    const next = this.neighbour(by);
    return next && h("a", { class: "button", href: `/racks/${pathSegments(next.path)}${location.search}`, "aria-label": `${words}, ${last(next.path)}` }, by < 0 ? `\u2190 ${last(next.path)}` : `${last(next.path)} \u2192`);
  }

  neighbour(by) {
    const racks = this.rack()?.row?.racks ?? [];
    return racks[racks.findIndex((rack) => rack.path === this.path) + by] ?? null;
  }

  drawFaces(rack) {
    const places = rollUp(facesOf(rack), alarms.items);
    const current = this.current();
    const shown = facesOf(rack);
    const seen = shown.map((door) => [door, places.get(door.path), this.#devices?.get(door.path), commanded.of(door.path)]);
    this.drawFacesIn([seen, current?.path, this.#devices === null], () => shown.map((door) => doorPanel({
      door, name: rack.row ? (last(door.path) === "rear" ? "Rear door" : "Front door") : "Door", place: places.get(door.path) ?? NOTHING,
      devices: this.#devices && (this.#devices.get(door.path) ?? []), isCurrent: rack.row !== null && door.path === current?.path, offlineSince: this.offlineSince,
    })));
    this.drawOutOfService(places.get(this.path)?.alarms ?? []);
  }

  drawMore() {
    this.#drawnFor = this.path;
    const { signal } = this.ctx;
    const box = () => h("div");
    const [who, work, opened] = [box(), box(), box()];
    this.service = box();
    this.drawServiceIn = steady(this.service);
    this.about = box();
    const register = box();
    const isRack = Boolean(this.rack()?.row);
    const people = may("view_people");
    const journal = may("view_journal");
    replace(this.more, h("div", { class: "columns" },
      people && journal && panel("Work under way", work), people && panel("Who may open now", who),
      panel("About this place", this.about), isRack && panel("In NetBox", register, { aside: "read only" }),
      journal && panel("The last openings", opened, { tools: [h("a", { href: `/events?q=${encodeURIComponent(`door:${this.path}/*`)}` }, "All its events")] })), this.service);
    if (isRack) registerPane(register, this.path, signal);
    const current = () => this.shown();
    const isOpen = (path) => doors.byPath(path)?.contact === "open";
    this.#parts = [people && journal && workPane(work, current, isOpen, signal), people && whoPane(who, current, signal), journal && openingsPane(opened, current, signal)].filter(Boolean);
    this.drawAbout();
  }

  // What the site file says of the rack; a door that is no rack has none of its own.
  async drawAbout() {
    const path = this.rack()?.row ? this.path : this.rack()?.front?.area;
    try {
      const area = await get(`areas/${encodeURIComponent(path)}`, { signal: this.ctx.signal });
      replace(this.about, facts([
        ["Area", bdi(area.path)], ["Owner", bdi(area.owner)], ["Protection class", String(area.class)], ["Change ticket", area.ticket_required ? "required for a right" : "not required"],
        ["Approvals", area.approvals ? String(area.approvals) : "none"], ["Locked down", area.locked_down ? "yes" : "no"],
      ]));
    } catch (problem) {
      if (!this.ctx.signal.aborted) replace(this.about, problemView(problem, { what: "the area", retry: () => this.drawAbout() }));
    }
  }

  drawOutOfService(list) {
    if (!this.service) return;
    this.drawServiceIn(list.map(({ id, revision, words }) => [id, revision, words]), () => may("take_out_of_service") && list.length > 0 && panel("Out of service", h("ul", { class: "service" }, list.map((alarm) =>
      h("li", null, h("span", null, `${alarm.words}, `, bdi(label(alarm.source))), h("button", { type: "button", class: "small", acts: true, dataset: { action: alarm.id }, on: { click: () => takeOutOfService(alarm) } }, "Take out of service ..."))))));
  }

  drawLabels() {
    const shown = this.shown();
    const models = shown.map((door) => this.#devices?.get(door.path)?.find((device) => device.role === "handle")?.model ?? "");
    const key = JSON.stringify([shown.map((door) => door.path), models]);
    if (key === this.#labelled) return;
    this.#labelled = key;
    replace(this.labels, shown.map((door, i) => doorLabel(door, `/racks/${pathSegments(this.path)}${this.rack().row ? `?face=${last(door.path) === "rear" ? "rear" : "front"}` : ""}`, models[i], this.ctx.signal)));
  }

  printLabel() {
    document.body.classList.add("prints-label");
    addEventListener("afterprint", () => document.body.classList.remove("prints-label"), { once: true });
    print();
  }

  step(by) {
    const next = this.neighbour(by);
    if (!next) return false;
    go(`/racks/${pathSegments(next.path)}${location.search}`);
    return true;
  }

  flip() {
    const rack = this.rack();
    if (!rack?.front || !rack.rear) return false;
    const face = query().get("face") === "rear" ? "front" : "rear";
    setQuery({ face });
    this.changed();
    tellStatus(face === "rear" ? "Rear door." : "Front door.");
    return true;
  }

  open() {
    const door = this.current();
    if (!door || !may("open_doors")) return false;
    openOnce([door], door.path);
    return true;
  }
}
