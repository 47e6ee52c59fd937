// The form by which a right is asked for: who, where, when, why. It says in a sentence what is asked before it is sent; whether the
// right is given, waits or is refused is the daemon's to say.

import { post } from "../api.js";
import { h, replace } from "../dom.js";
import { doors } from "../live.js";
import { panel } from "../list_view.js";
import { site } from "../site.js";
import { dateTime, localTime, parseWhen, serverNow } from "../time.js";
import { grantBody } from "./bodies.js";
import { form } from "./form.js";
import { placeOf } from "./places.js";
import { policyWords, requestFields } from "./request_fields.js";
import { toldOf } from "./told.js";
import { PRESETS, lengthWords, windowOf, windowProblem } from "./windows.js";

const NOTED = ["person", "place", "profile", "from", "to", "ticket", "reason"];

/** `values` come from the address; `noted(values)` puts them back into it; `done(answer, told)` goes on. */
export function requestForm(options) {
  return new RequestForm(options).el;
}

class RequestForm {
  constructor({ values, signal, noted, done, close }) {
    this.noted = noted;
    this.done = done;
    this.effect = h("p", { class: "effect", role: "status" });
    this.policy = h("div", { class: "policy" });
    this.fields = requestFields(values, signal, (meant) => this.sayPolicy(meant, signal));
    const cancel = h("button", { type: "button", class: "quiet", on: { click: close } }, "Cancel");
    this.form = form({
      fields: Object.values(this.fields), words: "Ask for the right", label: "Ask for a right", check: () => this.check(), run: (_, key) => this.run(key),
      extra: [h("button", { type: "button", on: { click: () => this.tryIt() } }, "Check it first"), cancel], layout: this.layout(values),
    });
    this.form.el.addEventListener("input", () => this.say());
    this.form.el.addEventListener("change", () => this.noted(this.current()));
    this.el = panel("Who, where, when and why", this.form.el);
    if (!values.to) this.fill(windowOf("4h", serverNow(), site.zone));
    this.say();
  }

  layout(values) {
    const f = this.fields;
    const presets = PRESETS.map((one) => h("button", { type: "button", class: "small", on: { click: () => this.take(one.id) } }, one.words));
    return [
      h("div", { class: "form-grid" }, f.person.el, f.place.el, f.profile.el), this.policy,
      h("fieldset", null, h("legend", null, "Window"), h("div", { class: "presets", role: "group", "aria-label": "Windows" }, presets), h("div", { class: "form-grid" }, f.from.el, f.to.el)),
      h("details", { class: "more-terms", open: Boolean(values.schedule || values.days || values.uses) }, h("summary", null, "Narrow it: hours, uses, escort"),
        h("div", { class: "form-grid" }, f.schedule.el, f.days.el, f.between.el, f.uses.el, f.escort.el)),
      h("div", { class: "form-grid" }, f.ticket.el, f.reason.el), this.effect,
    ];
  }

  current() {
    return Object.fromEntries(NOTED.map((name) => [name, this.fields[name].value()]));
  }

  // A preset by its name; it is noted in the address like what is typed.
  take(id) {
    const window = windowOf(id, serverNow(), site.zone);
    if (!window) {
      this.fields.to.fail("That window is over for today.");
      return;
    }
    this.fields.to.fail(null);
    this.fill(window);
    this.noted(this.current());
  }

  fill({ from, to }) {
    this.fields.from.input.value = from ? dateTime(from.toISOString()).slice(0, 16) : "now";
    this.fields.to.input.value = dateTime(to.toISOString()).slice(0, 16);
    this.say();
  }

  window() {
    const text = this.fields.from.value().toLowerCase();
    return { from: text === "" || text === "now" ? null : parseWhen(text), to: parseWhen(this.fields.to.value()) };
  }

  // What is asked, as a sentence, as far as it can be read yet.
  say() {
    const { person, place, profile, escort } = this.fields;
    const where = profile.value() ? `whatever the profile ${profile.value()} names` : place.value();
    try {
      const { from, to } = this.window();
      const begin = from ? dateTime(from.toISOString()) : "now";
      const length = lengthWords(to - (from ?? serverNow()));
      replace(this.effect, person.value() && where ? `${person.value()} may pass ${where} from ${begin} until ${dateTime(to.toISOString())} (${length})${escort.value() ? ", with an escort" : ""}.` : "");
    } catch {
      replace(this.effect);
    }
  }

  async sayPolicy(meant, signal) {
    const words = await policyWords(meant, signal).catch(() => []);
    replace(this.policy, words.map((one) => h("p", { class: "aside" }, one)));
  }

  check() {
    const { place, profile, from, to } = this.fields;
    const wrong = [];
    if (!place.value() && !profile.value()) wrong.push({ pointer: "#/doors", detail: "Name a rack, a door, or a profile." });
    for (const [one, pointer] of [[from, "#/from_at"], [to, "#/to_at"]]) {
      try {
        if (one.value()) parseWhen(one.value());
      } catch (error) {
        wrong.push({ pointer, detail: error.message });
      }
    }
    if (wrong.length > 0 || !to.value()) return wrong;
    const window = this.window();
    const problem = windowProblem(window.from, window.to, serverNow());
    return problem ? [{ pointer: "#/to_at", detail: problem }] : [];
  }

  body() {
    const named = Object.fromEntries(Object.entries(this.fields).map(([name, one]) => [name, one.value()]));
    const meant = placeOf(named.place, doors.items);
    return grantBody({ ...named, place: meant?.place ?? named.place, isRack: meant?.isRack ?? false, window: this.window() });
  }

  async run(key) {
    const answer = await post("grants", this.body(), { key });
    this.done(answer, toldOf(answer, answer.state === "requested" ? `${answer.id} is asked for` : `${answer.id ?? "The right"} is given`, localTime));
  }

  // The daemon's own code tries it, and nothing is stored.
  async tryIt() {
    if (!this.form.isFilled()) return;
    try {
      const answer = await post("grants", this.body(), { dryRun: true });
      const wanted = answer.approvals_wanted ?? 0;
      const waits = `Would be taken, and waits for ${wanted} ${wanted === 1 ? "approval" : "approvals"} by others. Nothing was sent yet.`;
      const given = answer.proposal ? "Would wait for a second operator. Nothing was sent yet." : "Would be given at once, without anybody's approval. Nothing was sent yet.";
      replace(this.effect, answer.state === "requested" ? waits : given);
    } catch (problem) {
      this.form.show(problem);
    }
  }
}
