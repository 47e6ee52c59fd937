// The form by which a right is asked for: who, where, when, why. It says in a sentence what is asked before it is sent, and what
// the area's policy wants; whether the right is given, waits or is refused is the daemon's to say.

import { listAll, post } from "../api.js";
import { h, replace } from "../dom.js";
import { doors } from "../live.js";
import { panel } from "../list_view.js";
import { site } from "../site.js";
import { dateTime, parseWhen, serverNow } from "../time.js";
import { grantBody } from "./bodies.js";
import { field, form } from "./form.js";
import { personField, placeField } from "./pick.js";
import { placeOf } from "./places.js";
import { toldOf } from "./told.js";
import { PRESETS, lengthWords, windowOf, windowProblem } from "./windows.js";

/** `values` come from the address; `noted(values)` puts them back into it; `done(answer)` goes on. */
export function requestForm({ values, signal, noted, done, close }) {
  const effect = h("p", { class: "effect", role: "status" });
  const policy = h("div", { class: "policy" });
  const all = fieldsOf(values, signal, (meant) => policyOf(meant, signal).then((words) => replace(policy, words.map((one) => h("p", { class: "aside" }, one)))).catch(() => {}));
  const { person, place, profile, from, to, schedule, days, between, uses, escort, ticket, reason } = all;
  const presets = h("div", { class: "presets", role: "group", "aria-label": "Windows" }, PRESETS.map((one) => h("button", { type: "button", class: "small", on: { click: () => take(one.id) } }, one.words)));
  const one = form({
    fields: Object.values(all), words: "Ask for the right", label: "Ask for a right", check, run,
    extra: [h("button", { type: "button", on: { click: tryIt } }, "Check it first"), close ? h("button", { type: "button", class: "quiet", on: { click: close } }, "Cancel") : null],
    layout: [
      h("div", { class: "form-grid" }, person.el, place.el, profile.el), policy,
      h("fieldset", null, h("legend", null, "Window"), presets, h("div", { class: "form-grid" }, from.el, to.el)),
      h("details", { class: "more-terms", open: Boolean(values.schedule || values.days || values.uses) }, h("summary", null, "Narrow it: hours, uses, escort"),
        h("div", { class: "form-grid" }, schedule.el, days.el, between.el, uses.el, escort.el)),
      h("div", { class: "form-grid" }, ticket.el, reason.el), effect,
    ],
  });
  one.el.addEventListener("input", () => say());
  one.el.addEventListener("change", () => noted(current()));
  // A place, person and time from the address are said before anything is typed.
  if (!values.to) take("4h");
  say();

  const current = () => Object.fromEntries(["person", "place", "profile", "from", "to", "ticket", "reason"].map((name) => [name, all[name].value()]));

  function take(id) {
    const window = windowOf(id, serverNow(), site.zone);
    if (!window) {
      to.fail("That window is over for today.");
      return;
    }
    from.input.value = window.from ? dateTime(window.from.toISOString()).slice(0, 16) : "now";
    to.input.value = dateTime(window.to.toISOString()).slice(0, 16);
    say();
    noted(current());
  }

  function windowOfFields() {
    const text = from.value().toLowerCase();
    return { from: text === "" || text === "now" ? null : parseWhen(from.value()), to: parseWhen(to.value()) };
  }

  function say() {
    try {
      const window = windowOfFields();
      const begin = window.from ?? serverNow();
      const where = profile.value() ? `whatever the profile ${profile.value()} names` : place.value();
      replace(effect, person.value() && where ? `${person.value()} may pass ${where} from ${window.from ? dateTime(window.from.toISOString()) : "now"} until ${dateTime(window.to.toISOString())} (${lengthWords(window.to - begin)})${escort.value() ? ", with an escort" : ""}.` : "");
    } catch {
      replace(effect);
    }
  }

  function check() {
    const wrong = [];
    if (!place.value() && !profile.value()) wrong.push({ pointer: "#/doors", detail: "Name a rack, a door, or a profile." });
    for (const [at, pointer] of [[from, "#/from_at"], [to, "#/to_at"]]) {
      try {
        if (at.value() && at.value() !== "now") parseWhen(at.value());
      } catch (error) {
        wrong.push({ pointer, detail: error.message });
      }
    }
    if (wrong.length > 0 || !to.value()) return wrong;
    const { from: begin, to: end } = windowOfFields();
    const problem = windowProblem(begin, end, serverNow());
    return problem ? [{ pointer: "#/to_at", detail: problem }] : [];
  }

  const bodyNow = () => {
    const meant = placeOf(place.value(), doors.items);
    const named = Object.fromEntries(Object.entries(all).map(([name, each]) => [name, each.value()]));
    return grantBody({ ...named, place: meant?.place ?? place.value(), isRack: meant?.isRack ?? false, window: windowOfFields() });
  };

  async function run(_, key) {
    const answer = await post("grants", bodyNow(), { key });
    done(answer, toldOf(answer, answer.state === "requested" ? `${answer.id} is asked for` : `${answer.id ?? "The right"} is given`));
  }

  async function tryIt() {
    one.clear();
    const missing = [[person, !person.value()], [reason, !reason.value()], [to, !to.value()]].filter(([, is]) => is);
    missing.forEach(([each]) => each.fail("This is needed."));
    if (missing.length > 0 || check().length > 0) return;
    try {
      const answer = await post("grants", bodyNow(), { dryRun: true });
      const wanted = answer.approvals_wanted ?? 0;
      replace(effect, answer.state === "requested" ? `Would be taken, and waits for ${wanted} ${wanted === 1 ? "approval" : "approvals"} by others. Nothing was sent yet.` : "Would be given at once, without anybody's approval. Nothing was sent yet.");
    } catch (problem) {
      one.show(problem);
    }
  }

  return panel("Ask for a right", one.el);
}

function fieldsOf(values, signal, onPlace) {
  const profile = field({ label: "Or a profile", name: "profile", type: "select", value: values.profile ?? "", options: [{ value: "", words: "none" }, ...(values.profile ? [{ value: values.profile, words: values.profile }] : [])] });
  fill(profile, "profiles?limit=1000", values.profile, signal);
  const schedule = field({ label: "Schedule", name: "schedule", type: "select", options: [{ value: "", words: "at all times" }] });
  fill(schedule, "schedules?limit=1000", "", signal);
  return {
    person: personField({ value: values.person ?? "", signal }),
    place: placeField({ value: values.place ?? "", onPlace }),
    profile,
    from: field({ label: "From", name: "from", value: values.from || "now", hint: "now, tomorrow 08:00, or a date and time", pointers: ["#/from_at"], spellcheck: "false" }),
    to: field({ label: "Until", name: "to", value: values.to ?? "", required: true, hint: "+4h, today 18:00, or a date and time", pointers: ["#/to_at"], spellcheck: "false" }),
    schedule,
    days: field({ label: "Days", name: "days", hint: "such as Mon-Fri; every day if left out" }),
    between: field({ label: "Hours", name: "between", hint: "such as 08:00-18:00; all day if left out" }),
    uses: field({ label: "Uses", name: "uses", inputmode: "numeric", hint: "how often; without limit if left out" }),
    escort: field({ label: "Only with an escort", name: "escort", type: "checkbox" }),
    ticket: field({ label: "Change ticket", name: "ticket", value: values.ticket ?? "", maxlength: 64 }),
    reason: field({ label: "Reason", name: "reason", value: values.reason ?? "", required: true, maxlength: 256, hint: "goes into the journal" }),
  };
}

function fill(select, path, known, signal) {
  listAll(path, { signal }).then((items) => select.input.append(...items.filter((one) => one.name !== known).map((one) => h("option", { value: one.name }, one.name)))).catch(() => {});
}

// What the areas of the doors want of a right, in words.
async function policyOf(meant, signal) {
  if (!meant) return [];
  const areas = await listAll("areas?limit=1000", { signal });
  const wanted = new Set(meant.doors.map((door) => door.area));
  return areas.filter((area) => wanted.has(area.path) && (area.ticket_required || area.approvals > 0)).map((area) => {
    const asks = [area.ticket_required ? "a change ticket" : null, area.approvals > 0 ? `${area.approvals === 1 ? "one approval" : `${area.approvals} approvals`} by others` : null].filter(Boolean);
    return `${area.path} asks for ${asks.join(" and ")}.`;
  });
}
