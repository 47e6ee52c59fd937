// Drawing a plan for admins: a file is uploaded, elements without a place are listed, and one is bound by choosing it in the list or
// on the plan and then the place. What a file may contain and which places exist is the daemon's to say; nothing is changed
// until it is saved, and never over somebody else's change.

import { etagOf, get, post } from "../api.js";
import { confirm, field, tellWaiting } from "../dialog.js";
import { bdi, h, replace } from "../dom.js";
import { problemView } from "../pane.js";
import { tellStatus } from "../announce.js";
import { count } from "../words.js";
import { OWN_ID } from "./allow.js";
import { inOrder, label } from "./places.js";

const MAX_BYTES = 20 * 1024 * 1024;

/** The panel beside a plan: `{plan, areas, view, doors, done(id), ctx}`. */
export function editorPanel(given) {
  const el = h("section", { class: "panel plan-editor", "aria-label": "Draw and bind" });
  new Editor(el, given).draw();
  return el;
}

class Editor {
  #changes = new Map(); // element id -> place, or "" for none
  #chosen = null;

  constructor(el, { plan, areas, view, doors, done, ctx }) {
    Object.assign(this, { el, plan, view, done, ctx });
    this.places = [...new Set([...areas.keys(), ...doors.flatMap((door) => [door.path, door.path.slice(0, door.path.lastIndexOf("/"))])])].sort(inOrder);
    this.areas = [...areas.keys()].sort(inOrder);
    this.problem = h("div", { role: "alert" });
    view?.pointTo((event) => this.pointAt(event));
  }

  draw() {
    const isDrawing = !this.plan.generated;
    replace(this.el, h("div", { class: "title" }, h("h2", null, "Draw and bind")), h("div", { class: "inside" },
      this.uploader(), this.problem,
      isDrawing ? this.binder() : h("p", { class: "aside" }, "This plan is made from the doors. Upload an SVG to have one that looks like the building; rectangles with an id can then be bound to places.")));
  }

  uploader() {
    const input = h("input", { type: "file", accept: "image/svg+xml,.svg", id: "plan-file", on: { change: () => input.files[0] && this.upload(input.files[0]) } });
    const zone = h("label", { class: "drop", for: "plan-file" }, h("strong", null, this.plan.generated ? "Upload an SVG" : "Replace the drawing"), " choose a file or drop it here, at most 20 MB", input);
    zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      if (event.dataTransfer.files[0]) this.upload(event.dataTransfer.files[0]);
    });
    return zone;
  }

  async upload(file) {
    replace(this.problem);
    if (file.size > MAX_BYTES) {
      replace(this.problem, h("p", { class: "error" }, `${file.name} has ${Math.ceil(file.size / 1024 / 1024)} MB. A plan may have 20 MB at most.`));
      return;
    }
    const text = await file.text();
    const isNew = this.plan.generated;
    const name = h("input", { name: "name", required: true, maxlength: 64, value: isNew ? file.name.replace(/\.svg$/i, "") : this.plan.name });
    const id = h("input", { name: "id", required: true, maxlength: 64, pattern: "[a-z0-9.-]+", value: isNew ? slug(file.name) : this.plan.id, readonly: !isNew });
    const floor = h("input", { name: "floor", type: "number", step: 1, value: this.plan.floor ?? 0 });
    const area = h("select", { name: "area" }, this.areas.map((path) => h("option", { value: path, selected: path === this.plan.area }, path)));
    await confirm({
      title: isNew ? "Upload a plan" : "Replace the drawing", confirmLabel: isNew ? "Upload" : "Replace",
      effect: isNew ? "The file is checked by the daemon and shown to everybody who may see the site." : `Replaces the drawing of ${this.plan.name}. Bindings of ids that the new file has as well stay.`,
      fields: [field("Name", name), field("Short name in addresses", id), field("Area", area), field("Floor", floor)],
      submit: async (values, key) => {
        const query = new URLSearchParams({ area: values.area, name: values.name, floor: values.floor || "0" });
        const seen = isNew ? { ifNoneMatch: "*" } : { ifMatch: this.plan.revision };
        const answer = await post(`plans/${encodeURIComponent(values.id)}?${query}`, text, { method: "PUT", type: "image/svg+xml", key, ...seen });
        if (answer.proposal) return answer;
        tellStatus("The plan was saved.");
        this.done(values.id);
        return {};
      },
    });
  }

  binder() {
    const unbound = [...(this.plan.unbound_ids ?? [])];
    const places = h("datalist", { id: "plan-places" }, this.places.map((path) => h("option", { value: path })));
    this.place = h("input", { list: "plan-places", "aria-label": "Place for the chosen element", placeholder: "lon1/hall-a/r01", disabled: !this.#chosen });
    const bind = h("button", { type: "button", acts: true, disabled: !this.#chosen, on: { click: () => this.bind() } }, "Bind");
    return h("div", { class: "binder" },
      h("p", null, this.#chosen ? ["Element ", h("code", null, this.#chosen), " shows"] : "Choose an element in the list or on the plan."),
      h("p", { class: "bind-row" }, this.place, bind, places),
      h("h3", null, unbound.length ? `Elements without a place (${unbound.length})` : "Every element with an id has a place"),
      h("ul", { class: "unbound" }, unbound.map((id) => h("li", null, h("button", { type: "button", class: id === this.#chosen ? "chosen" : "", "aria-pressed": String(id === this.#chosen), on: { click: () => this.choose(id) } }, bdi(id)), this.#changes.has(id) && h("span", { class: "aside" }, ` will show ${label(this.#changes.get(id))}`)))),
      (this.plan.missing ?? []).length > 0 && h("details", null, h("summary", null, `Places that nothing shows yet (${this.plan.missing.length})`),
        h("ul", { class: "unbound" }, this.plan.missing.slice(0, 200).map((path) => h("li", null, h("button", { type: "button", on: { click: () => this.take(path) } }, bdi(path)))))),
      h("p", { class: "buttons" },
        h("button", { type: "button", class: "strong", acts: true, disabled: this.#changes.size === 0, on: { click: () => this.save() } }, this.#changes.size ? `Save ${count(this.#changes.size, "binding")}` : "Save bindings"),
        h("button", { type: "button", class: "quiet", acts: true, on: { click: () => this.remove() } }, "Delete this plan ...")));
  }

  choose(id) {
    this.#chosen = id;
    this.draw();
    this.place?.focus();
  }

  take(path) {
    if (!this.place || this.place.disabled) return;
    this.place.value = path;
    this.place.focus();
  }

  // An element of the drawing that has an id is chosen by a click on it.
  pointAt(event) {
    const node = event.target.closest?.(".uploaded .plan [id]");
    if (node) this.choose(node.id.slice(OWN_ID.length));
  }

  bind() {
    const place = this.place.value.trim();
    if (!this.places.includes(place)) {
      replace(this.problem, h("p", { class: "error" }, place ? `${place} is no place of this site.` : "Choose a place."));
      return;
    }
    replace(this.problem);
    this.#changes.set(this.#chosen, place);
    this.#chosen = null;
    this.draw();
  }

  async save() {
    replace(this.problem);
    try {
      const at = `plans/${encodeURIComponent(this.plan.id)}`;
      const bindings = [...this.#changes].map(([element, place]) => ({ element, place }));
      const answer = await post(`${at}/bindings`, { bindings }, { method: "PUT", ifMatch: this.plan.revision ?? etagOf(await get(at)) });
      if (answer.proposal) {
        await tellWaiting("Save bindings", [answer]);
        return;
      }
      tellStatus(`${count(bindings.length, "binding")} saved.`);
      this.done(this.plan.id);
    } catch (problem) {
      replace(this.problem, problemView(problem));
    }
  }

  remove() {
    return confirm({
      title: "Delete this plan", danger: true, effect: `Deletes the drawing ${this.plan.name} and its bindings. The plan made from the doors stays.`,
      submit: async (_, key) => {
        const answer = await post(`plans/${encodeURIComponent(this.plan.id)}`, {}, { method: "DELETE", ifMatch: this.plan.revision, key });
        if (answer.proposal) return answer;
        this.done("-");
        return {};
      },
    });
  }
}

const slug = (name) => name.toLowerCase().replace(/\.svg$/, "").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "") || "plan";
