// Forms of the people screens: fields with labels and hints, and what the daemon found wrong beside the field it is about. What
// is right is the daemon's to say; nothing is sent twice while an answer is awaited.

import { Problem, mayHaveHappened, newKey } from "../api.js";
import { h, replace } from "../dom.js";
import { problemView } from "../pane.js";

let made = 0;

/** A labelled field. `pointers` are those of the problem's errors that belong to it, such as "#/ticket". */
export function field({ label, name, type = "text", hint = "", value = "", options, required = false, pointers = [`#/${name}`], ...more }) {
  made += 1;
  const id = `field-${name}-${made}`;
  const input = inputOf(type, { id, name, value, options, "aria-required": required ? "true" : null, "aria-describedby": `${id}-hint ${id}-wrong`, autocomplete: "off", ...more });
  const wrong = h("p", { class: "error", id: `${id}-wrong` });
  const note = h("p", { class: "aside hint", id: `${id}-hint` }, hint);
  const isBox = type === "checkbox";
  const title = h("label", { for: id }, label, required ? h("span", { class: "aside" }, " (required)") : null);
  const el = h("div", { class: `field${isBox ? " field-box" : ""}` }, isBox ? [input, title] : [title, input], note, wrong);
  return {
    el, input, name, pointers, required,
    value: () => (isBox ? input.checked : input.value.trim()),
    hint: (...words) => replace(note, ...words),
    fail(text) {
      wrong.textContent = text ?? "";
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    },
  };
}

function inputOf(type, { options, value, ...props }) {
  if (type === "select") return h("select", props, options.map((one) => h("option", { value: one.value, selected: one.value === value }, one.words)));
  if (type === "textarea") return h("textarea", { rows: 3, maxlength: 256, ...props, value });
  if (type === "checkbox") return h("input", { ...props, type, checked: Boolean(value) });
  return h("input", { ...props, type, value });
}

/**
 * A form that submits once at a time. `run(values, key)` answers a promise; what it throws is shown. `check(values)` gives what
 * is wrong before anything is sent, as `[{pointer, detail}]`. `acts` is false for one that only asks.
 */
export function form({ fields, words, run, check = () => [], label, extra = [], acts = true, layout = [] }) {
  const trouble = h("div", { class: "errors", role: "alert", tabindex: "-1" });
  const button = h("button", { type: "submit", class: "strong", acts }, words);
  const body = layout.length > 0 ? layout : fields.map((one) => one.el);
  const el = h("form", { class: "people-form", novalidate: true, "aria-label": label, on: { submit } }, body, trouble, h("div", { class: "buttons" }, button, extra));
  let key = newKey();
  let busy = false;

  async function submit(event) {
    event.preventDefault();
    if (busy || !isFilled()) return;
    busy = true;
    button.disabled = true;
    try {
      await run(values(), key);
      key = newKey();
    } catch (problem) {
      if (!mayHaveHappened(problem)) key = newKey();
      if (problem.name !== "AbortError") show(problem);
    } finally {
      busy = false;
      button.disabled = false;
    }
  }

  const values = () => Object.fromEntries(fields.map((one) => [one.name, one.value()]));

  // Whether it can be sent at all; what is missing is shown.
  function isFilled() {
    clear();
    const wrong = [...missing(), ...check(values())];
    if (wrong.length > 0) show(new Problem({ title: "Something is missing or wrong", detail: "Nothing was sent.", errors: wrong }, 0));
    return wrong.length === 0;
  }

  const missing = () => fields.filter((one) => one.required && !one.value()).map((one) => ({ pointer: one.pointers[0], detail: "This is needed." }));

  function clear() {
    replace(trouble);
    for (const one of fields) one.fail(null);
  }

  function show(problem) {
    const rest = [];
    for (const error of problem.errors ?? []) {
      const about = fields.find((one) => one.pointers.includes(error.pointer));
      if (about) about.fail(error.detail);
      else rest.push(error);
    }
    const isToldBeside = problem.errors?.length > 0 && rest.length === 0;
    const left = problem instanceof Problem ? Object.assign(new Problem({}, problem.status), problem, { errors: rest }) : problem;
    replace(trouble, isToldBeside ? h("p", { class: "error" }, `${problem.title}: see beside the fields.`) : problemView(left), candidates(problem));
    const first = fields.find((one) => one.input.getAttribute("aria-invalid"));
    (first?.input ?? trouble).focus();
  }

  return { el, show, isFilled };
}

// What an ambiguous name could have meant.
function candidates(problem) {
  if (!problem.candidates?.length) return null;
  return h("div", null, h("p", null, "It could mean:"),
    h("ul", null, problem.candidates.map((one) => h("li", null, one.id, one.name ? [" ", h("bdi", null, one.name)] : null))));
}
