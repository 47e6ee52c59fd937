// Screen 5, the floor plan: which plan, what is selected, which layers and how near stand in the address; the plan and the list
// are two views of the same places. Drawing, painting and moving are `map/`; what a state is comes from the daemon.

import { tellStatus } from "../announce.js";
import { get } from "../api.js";
import { cameraButtons } from "../cameras.js";
import { h, replace } from "../dom.js";
import { head, empty } from "../list_view.js";
import { alarms, doors } from "../live.js";
import { pane as loading, problemView } from "../pane.js";
import { setFilterWords } from "../print.js";
import { go, query, setQuery } from "../router.js";
import { may } from "../site.js";
import { placeCard } from "../map/card.js";
import { commanded } from "../map/commanded.js";
import { editorPanel } from "../map/editor.js";
import { placeList } from "../map/list.js";
import { legend, layerChoice, mapTools, missingNote, planChoice } from "../map/parts.js";
import { doorsOf, siteIndex } from "../map/places.js";
import { planView } from "../map/plan_view.js";
import { WHOLE, childrenOf, loadPlan, loadPlans, planFor, planOf } from "../map/plans.js";
import { ready } from "../map/ready.js";
import { NOTHING, placeWords, rollUp } from "../map/state.js";
import { steady } from "../map/steady.js";

const SLOW_MS = 5_000; // counts of people are no alarm
const LOOK_MS = 1_000;

export const title = () => "Floor plan";

export function mount(pane, params, ctx) {
  return new MapScreen(pane, params, ctx).outside();
}

class MapScreen {
  #plans = null;
  #plan = null;
  #view = null;
  #list = null;
  #people = new Map();
  #areas = new Map();
  #inside = new Map();
  #selected = query().get("sel");
  #paths = "";
  #offs = [];

  constructor(pane, params, ctx) {
    this.params = params;
    this.ctx = ctx;
    this.head = h("div");
    this.notes = h("div", { class: "map-notes" });
    this.body = h("div", { class: "map-body" });
    this.frame = h("div", { class: "map-hold" });
    this.card = h("div");
    this.drawCardIn = steady(this.card);
    this.root = h("section", { class: "map-screen" }, this.head, this.notes, this.frame);
    replace(pane, this.root);
    loading(this.frame, (signal) => this.begin(signal), () => this.body, { what: "the plan", signal: ctx.signal });
  }

  outside() {
    const onMap = (fn) => () => (this.#view ? (fn(this.#view), true) : false);
    return {
      unmount: () => {
        setFilterWords(null);
        this.#offs.forEach((off) => off());
        this.#view?.end();
      },
      onQuery: () => this.takeQuery(),
      keys: {
        t: [() => setQueryAnd(this, { view: this.isList() ? null : "list" }), "map or list"],
        "+": [onMap((view) => view.zoom(1.4)), "nearer"], "=": onMap((view) => view.zoom(1.4)), "-": [onMap((view) => view.zoom(1 / 1.4)), "farther"],
        0: [onMap((view) => view.fit()), "the whole plan"],
        "[": [() => this.step(-1), "plan before, floor below"], "]": [() => this.step(1), "next plan, floor above"],
        ArrowLeft: [this.arrow("left"), "next place to the left, and so on"], ArrowRight: this.arrow("right"), ArrowUp: this.arrow("up"), ArrowDown: this.arrow("down"),
        Enter: [() => this.openSelected(), "open what is selected"],
        Escape: [() => this.#selected !== null && (this.select(null), true), "select nothing"],
      },
    };
  }

  arrow(direction) {
    return (event) => {
      if (!this.#view || event.target.closest("details, #detail")) return false;
      const path = this.#view.towards(this.#selected, direction);
      if (path) this.select(path, { shows: true });
      return true;
    };
  }

  async begin(signal) {
    await ready(doors, signal);
    if (may("view_alarms")) await ready(alarms, signal).catch(() => {});
    this.#plans = await loadPlans(doors.items, signal);
    await this.loadArea();
    await this.openPlan();
    this.follow();
  }

  // What stands on paper beside the plan.
  filterWords() {
    const { doors: withDoors, rows, people, cameras: withCameras } = this.layers();
    const layers = [withDoors && "doors", rows && "rows", people && "people inside", withCameras && "cameras"].filter(Boolean).join(", ") || "none";
    return `plan ${this.#plan?.plan.name ?? ""}; layers ${layers}${this.#selected ? `; selected ${this.#selected}` : ""}`;
  }

  follow() {
    if (this.#offs.length) return;
    setFilterWords(() => this.filterWords());
    this.#offs.push(doors.on(() => this.changed()), may("view_alarms") ? alarms.on(() => this.changed()) : () => {});
    const areaTimer = setInterval(() => this.layers().people && this.loadArea().then(() => this.changed()), SLOW_MS);
    const legendOpen = () => { const details = this.body.querySelector(".map-legend"); if (details) details.open = true; };
    addEventListener("beforeprint", legendOpen, { signal: this.ctx.signal });
    const lookTimer = setInterval(() => commanded.size && this.changed(), LOOK_MS);
    this.#offs.push(() => clearInterval(areaTimer), () => clearInterval(lookTimer));
  }

  // Whoever may not see areas sees the plan without their facts.
  async loadArea() {
    try {
      const { items } = await get("areas?limit=1000&filter=-kind:rack", { signal: this.ctx.signal });
      this.#areas = new Map(items.map((area) => [area.path, area]));
      this.#inside = new Map(items.map((area) => [area.path, area.inside]));
      this.#people = new Map(items.filter((area) => area.occupancy > 0).map((area) => [area.path, area.occupancy]));
    } catch (problem) {
      if (this.ctx.signal.aborted) throw problem;
    }
  }

  async openPlan() {
    const plan = planFor(this.#plans.items, this.params.plan, this.#selected, this.#inside);
    if (!plan) {
      replace(this.body, empty(`There is no plan ${this.params.plan}.`, h("a", { href: "/map" }, "Show the whole site")));
      this.drawHead(WHOLE);
      return;
    }
    this.#plan = await loadPlan(plan, this.ctx.signal);
    this.ctx.setTitle(`Floor plan: ${plan.name}`);
    this.draw();
  }

  shown() {
    return doorsOf(doors.items, this.#plan.plan.area, this.#inside);
  }

  layers() {
    const named = query().get("layers");
    const on = new Set(named === null ? ["doors", "rows"] : named.split(","));
    return { doors: on.has("doors"), rows: on.has("rows"), people: on.has("people"), cameras: on.has("cameras") };
  }

  isList() {
    return query().get("view") === "list";
  }

  isEditing() {
    return query().get("edit") === "1" && may("draw_plans");
  }

  draw() {
    this.#view?.end();
    this.#view = null;
    this.#list = null;
    const { plan, drawing, problem } = this.#plan;
    this.drawHead(plan);
    replace(this.notes, problem && h("div", null, h("p", null, "The drawing of this plan cannot be shown; this is the plan made from its doors."), problemView(problem)), missingNote(plan, drawing));
    const shown = this.shown();
    this.#paths = pathsOf(shown);
    if (shown.length === 0 && !drawing) {
      replace(this.body, empty("No plan yet: there is no door here to make one from.", may("draw_plans") ? "Upload an SVG with Draw and bind, or add doors to the site file." : "Add doors to the site file, or let an admin upload an SVG."));
    } else if (this.isList()) {
      this.#list = placeList({ onOpen: (path) => this.openPath(path), onSelect: (path) => this.select(path) });
      replace(this.body, this.#list.el);
    } else {
      this.drawMap(drawing, shown);
    }
    if (this.isEditing()) this.body.append(editorPanel({ plan: this.#plan.plan, areas: this.#areas, view: this.#view, doors: doors.items, done: (id) => this.reopen(id), ctx: this.ctx }));
    this.changed(true);
    this.select(this.#selected, { tells: false });
  }

  drawMap(drawing, shown) {
    const { kindOf } = siteIndex(doors.items);
    this.#view = planView({
      drawing, doors: drawing ? doors.items : shown, kindOf: (path) => kindOf(path) ?? "area",
      at: query().get("z"), selected: this.#selected,
      onSelect: (path) => this.select(path), onOpen: (path) => this.openPath(path), onRest: (text) => setQuery({ z: text }),
    });
    replace(this.body, this.#view.el, mapTools(this.#view), legend());
    if (this.body.isConnected) this.#view.start(this.ctx.signal);
    else requestAnimationFrame(() => this.body.isConnected && this.#view?.start(this.ctx.signal));
  }

  drawHead(plan) {
    replace(this.head, head("Floor plan", { tools: [
      planChoice(this.#plans.items, plan, (id) => go(address(id))),
      layerChoice(this.layers(), (layers) => { setQuery({ layers }); this.drawHead(plan); this.changed(true); }),
      this.layers().cameras && cameraButtons(this.shown()),
      h("button", { type: "button", "aria-pressed": String(this.isList()), "aria-keyshortcuts": "t", on: { click: () => setQueryAnd(this, { view: this.isList() ? null : "list" }) } }, this.isList() ? "Show the map" : "Show as a list"),
      may("draw_plans") && this.#plans.told && h("button", { type: "button", "aria-pressed": String(this.isEditing()), on: { click: () => setQueryAnd(this, { edit: this.isEditing() ? null : "1" }) } }, "Draw and bind"),
    ] }));
  }

  changed(isNew = false) {
    if (!this.#plan) return;
    commanded.look((path) => doors.byPath(path));
    const shown = this.shown();
    if (!isNew && !this.#plan.drawing && pathsOf(shown) !== this.#paths) {
      this.draw();
      return;
    }
    // A drawing shows what somebody put on it; a plan made from doors shows those of its area.
    const painted = this.#plan.drawing ? doors.items : shown;
    this.places = rollUp(painted, alarms.items, this.#inside);
    this.#view?.paint(this.places, new Map(painted.map((door) => [door.path, door])), { isCommanded: (path) => commanded.of(path) !== null, people: this.#people, layers: this.layers() });
    this.#list?.set(shown, this.places);
    this.drawCard();
  }

  select(path, { shows = false, tells = true } = {}) {
    this.#selected = path;
    setQuery({ sel: path });
    this.#view?.select(path, shows);
    this.#list?.setCurrent(path);
    if (tells && path) tellStatus(this.said(path));
    this.drawCard();
  }

  said(path) {
    const door = doors.byPath(path);
    const words = [door?.words, placeWords(this.places?.get(path) ?? NOTHING)].filter(Boolean).join(", ");
    return `${path}: ${words || "nothing known"}`;
  }

  drawCard() {
    const path = this.#selected;
    const known = path && (this.places?.has(path) || doors.byPath(path) || this.#areas.has(path));
    if (!known) {
      this.ctx.detail(null);
      return;
    }
    const within = doorsOf(doors.items, path, this.#inside);
    const site = siteIndex(doors.items);
    const kind = site.kindOf(path) ?? "area";
    const place = this.places?.get(path) ?? NOTHING;
    const [area, inside] = [this.#areas.get(path) ?? null, this.#people.get(path) ?? null];
    if (!this.card.isConnected) this.ctx.detail(this.card);
    const each = kind === "area" ? within.length : within.map((door) => [door, commanded.of(door.path)]);
    this.drawCardIn([path, kind, each, place, area, inside], () => placeCard({
      path, kind, doors: within, place, address: site.addressOf(path), plan: kind === "area" ? this.childPlan(path) : null, area, inside,
    }));
  }

  // The plan of an area within this one.
  childPlan(path) {
    return planOf(childrenOf(this.#plans.items, this.#plan.plan, this.#inside), path);
  }

  openSelected() {
    if (!this.#selected) return false;
    this.openPath(this.#selected);
    return true;
  }

  openPath(path) {
    const child = this.childPlan(path);
    const page = siteIndex(doors.items).addressOf(path) ?? (child ? address(child.id) : null);
    if (page) go(page);
  }

  step(by) {
    const { items } = this.#plans ?? { items: [] };
    const at = items.findIndex((plan) => plan.id === this.#plan?.plan.id);
    const next = items[at + by];
    if (at < 0 || !next) return false;
    go(address(next.id));
    return true;
  }

  takeQuery() {
    this.#selected = query().get("sel");
    this.draw();
  }

  async reopen(id) {
    this.#plans = await loadPlans(doors.items, this.ctx.signal);
    if (id && id !== this.params.plan) go(`${address(id)}?edit=1`);
    else await this.openPlan();
  }
}

const address = (id) => `/map/${encodeURIComponent(id)}`;

const pathsOf = (shown) => shown.map((door) => door.path).join("\n");

function setQueryAnd(screen, changes) {
  setQuery(changes, { replace: false });
  screen.takeQuery();
}
