// Dialogs: the second step of what cannot be taken back, notes, and plain information. Cancel, Esc and the back button leave
// nothing done; what is sent is sent once under one key. What an order does is the daemon's to say.

import { Problem, get, mayHaveHappened, newKey, segment } from "./api.js";
import { h, replace, unseen } from "./dom.js";
import { problemView } from "./pane.js";
import { guardBack } from "./router.js";
import { localTime } from "./time.js";
import { waitsWords } from "./waits.js";

let top = null; // the dialog that is open, if any

guardBack(() => {
  if (!top) return false;
  top.popped();
  return true;
});

// Opens `content` as a modal dialog: {el, close()}; `done` is called once it is closed, however. The back button closes it.
export function open({ title, content, wide = false, danger = false, done = () => {} }) {
  const before = document.activeElement;
  const id = `dlg-${newKey().slice(0, 8)}`;
  const el = h("dialog", { class: [wide ? "wide" : "", danger ? "danger" : ""].join(" ").trim(), "aria-labelledby": id }, h("h2", { id }, title), content);
  const outer = top;
  let isOpen = true;
  const finish = () => {
    isOpen = false;
    top = outer;
    el.close();
    el.remove();
    before?.isConnected && before.focus({ preventScroll: true });
    document.dispatchEvent(new Event("dialogclosed"));
    done();
  };
  const self = {
    el,
    mayClose: () => true,
    // Takes the step back that opening it took forward; resolves when the history stands where it stood.
    close: () => new Promise((closed) => {
      if (!isOpen) {
        closed();
        return;
      }
      self.popped = () => {
        finish();
        closed();
      };
      history.back();
    }),
    popped: () => {
      if (self.mayClose()) finish();
      else history.pushState({ ...history.state, dialog: true }, "");
    },
  };
  el.addEventListener("cancel", (event) => {
    event.preventDefault();
    if (self.mayClose()) self.close();
  });
  document.body.append(el);
  history.pushState({ ...history.state, dialog: true }, "");
  top = self;
  el.showModal();
  return self;
}

// The second step. `submit(values, key)` sends; `key` is the intention's and stays the same while its outcome is not known.
// Resolves with what submit gave, or null where nothing was done: it was cancelled, or waits for a second operator, which is said.
//   reason: {required, min, max, phrases: [..], label, value}; ticket: {required, label, value};
//   fields: [{name, label, type: "text" | "textarea" | "select" | "checkbox" | "datetime" | ..., options: [[value, words]], required,
//   value, help, node}] or ready nodes with a `name`. A problem's pointer `#/name` is shown by the field of that name.
export async function confirm(question) {
  const outcome = await ask(question);
  if (!outcome?.proposal) return outcome;
  await tellWaiting(question.title, [outcome]);
  return null;
}

// Says that orders wait, each an answer with its `proposal`. Those whose answer has no place for the end are asked for it.
export async function tellWaiting(title, answers, more = null) {
  const untilOf = ({ proposal }) => get(`proposals/${segment(proposal)}`).then((row) => row.until_at, () => null);
  const known = await Promise.all(answers.map(async (answer) => ({ ...answer, until_at: answer.until_at ?? (await untilOf(answer)) })));
  await tell(`${title}: not done yet`, h("div", { class: "waits" }, h("p", null, h("strong", null, waitsWords(known, localTime))),
    h("p", { class: "aside" }, "Another operator who may do it confirms it under Requests, or it lapses."), more));
}

function ask({ title, effect, statement = null, reason = null, ticket = null, fields = [], danger = false, confirmLabel = title, cancelLabel = "Cancel", foot = null, submit }) {
  return new Promise((settled) => {
    let outcome = null;
    const form = new Form({ reason, ticket, fields });
    const send = h("button", { type: "submit", class: danger ? "strong danger" : "strong", acts: true }, confirmLabel);
    const cancel = h("button", { type: "button", on: { click: () => dialog.close() } }, cancelLabel);
    const errors = h("div", { class: "errors", role: "alert" });
    const box = h("form", { novalidate: true }, statement, effect && h("p", { class: "effect" }, effect), form.nodes, errors,
      h("p", { class: "buttons" }, send, cancel), foot && h("p", { class: "aside" }, foot));
    const dialog = open({ title, content: box, danger, done: () => settled(outcome) });
    let key = newKey();
    let isSending = false;
    dialog.mayClose = () => !isSending;
    box.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (isSending || !form.check()) return;
      isSending = true;
      send.disabled = cancel.disabled = true;
      replace(errors);
      try {
        outcome = (await submit(form.values(), key)) ?? {};
        isSending = false;
        await dialog.close();
      } catch (error) {
        isSending = false;
        send.disabled = cancel.disabled = false;
        // A refusal is kept under its key: what is sent next is another intention. An unknown outcome is asked for again.
        if (!mayHaveHappened(error)) key = newKey();
        // On the revision that was seen it can never succeed.
        if (error.status === 412) send.hidden = true;
        form.showErrors(error, errors);
        if (send.hidden) replace(cancel, "Close");
        (send.hidden ? cancel : send).focus();
      }
    });
    (form.first() ?? cancel).focus();
  });
}

class Form {
  constructor({ reason, ticket, fields }) {
    this.inputs = new Map();
    this.nodes = [
      reason && this.field("reason", reason, reason.rows === 1 ? "input" : "textarea"),
      ticket && this.field("ticket", { label: "Change ticket", max: 64, ...ticket }, "input"),
      ...fields.filter(Boolean).map((field) => (field instanceof Node ? this.ready(field) : this.other(field))),
    ];
  }

  ready(node) {
    for (const input of node.querySelectorAll("[name]")) this.inputs.set(input.name, { input, note: noteOf(input), rule: {} });
    return node;
  }

  other({ name, label, type = "text", options = [], required = false, value = "", help = null, node = null, ...rest }) {
    const input = node ?? inputOf(name, type, options, value, rest);
    const id = input.id || `f-${name}-${newKey().slice(0, 6)}`;
    input.id = id;
    if (!input.name) input.setAttribute("name", name);
    if (required) input.setAttribute("aria-required", "true");
    const note = h("p", { class: "error" });
    this.inputs.set(name, { input, note, rule: { required, min: 1 } });
    if (type === "checkbox") return h("div", { class: "field" }, h("label", { class: "choice" }, input, label), help && h("p", { class: "aside" }, help), note);
    return h("div", { class: "field" }, h("label", { for: id }, label), help && h("p", { class: "aside" }, help), input, note);
  }

  field(name, rule, tag) {
    const id = `f-${name}-${newKey().slice(0, 6)}`;
    const needs = rule.required ? (rule.min > 1 ? `at least ${rule.min} characters` : "required") : "optional";
    const input = h(tag, {
      id, name, maxlength: rule.max ?? 256, rows: tag === "textarea" ? 3 : null, value: rule.value ?? "", autocomplete: "off",
      "aria-required": rule.required ? "true" : null, "aria-describedby": `${id}-note`,
    });
    const note = h("p", { class: "error", id: `${id}-note` });
    this.inputs.set(name, { input, note, rule });
    const phrases = rule.phrases?.length > 0 && h("p", { class: "phrases" }, rule.phrases.map((phrase) =>
      h("button", { type: "button", on: { click: () => { input.value = phrase; input.focus(); } } }, phrase)));
    return h("div", { class: "field" }, h("label", { for: id }, rule.label ?? "Reason", " ", h("span", { class: "aside" }, `(${needs})`)), phrases, input, note);
  }

  first() {
    return this.inputs.values().next().value?.input ?? null;
  }

  values() {
    const values = {};
    for (const [name, { input }] of this.inputs) {
      if (input.type === "radio" && !input.checked) continue;
      values[name] = input.type === "radio" ? input.value : input.type === "checkbox" ? input.checked : input.value.trim();
    }
    return values;
  }

  check() {
    let wrong = null;
    for (const { input, note, rule } of this.inputs.values()) {
      if (input.type === "checkbox" || input.type === "radio") continue;
      const length = [...input.value.trim()].length;
      const least = rule.required ? Math.max(1, rule.min ?? 1) : 0;
      const words = length < least ? (least > 1 ? `Write at least ${least} characters, or choose a phrase.` : "This is needed.") : "";
      this.say(input, note, words);
      if (words) wrong ??= input;
    }
    wrong?.focus();
    return !wrong;
  }

  say(input, note, words) {
    if (note) note.textContent = words;
    if (words) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  // Each part of a problem by its field; the rest above the buttons.
  showErrors(error, box) {
    for (const { input, note } of this.inputs.values()) this.say(input, note, "");
    const rest = [];
    for (const one of error.errors ?? []) {
      const known = this.inputs.get(one.pointer.replace(/^#\//, ""));
      if (known?.note) this.say(known.input, known.note, one.detail);
      else rest.push(one);
    }
    const all = error.errors?.length > 0;
    if (all && rest.length === 0) replace(box, h("p", { class: "error" }, error.title));
    else if (error instanceof Problem) {
      // Who was first says what the detail says.
      const told = Object.assign(error, { errors: rest, detail: error.meanwhile?.done ? "" : error.detail });
      replace(box, meanwhileWords(error), problemView(told));
    } else replace(box, problemView(error));
  }
}

function inputOf(name, type, options, value, rest) {
  if (type === "select") {
    return h("select", { name, ...rest }, options.map((option) => {
      const [code, words] = Array.isArray(option) ? option : [option, option];
      return h("option", { value: code, selected: String(code) === String(value) }, words);
    }));
  }
  if (type === "textarea") return h("textarea", { name, rows: 3, value, ...rest });
  if (type === "checkbox") return h("input", { name, type, checked: Boolean(value), ...rest });
  const isTime = type === "datetime";
  return h("input", { name, type: isTime ? "text" : type, value, autocomplete: "off", placeholder: isTime ? "today 14:00, -2h, 2026-07-24 14:00" : null, ...rest });
}

const noteOf = (input) => input.closest(".field")?.querySelector(".error") ?? null;

// Who was first, where somebody was.
export function meanwhileWords(problem) {
  const { name, by, done } = problem.meanwhile ?? {};
  return done ? h("p", null, h("strong", null, h("bdi", null, name ?? by ?? "Somebody else")), ` was first: ${done}`) : null;
}

// A field of a screen's own for `fields`: label, input, its error line.
export function field(label, input, { note = null } = {}) {
  const id = input.id || `f-${newKey().slice(0, 8)}`;
  input.id = id;
  const error = h("p", { class: "error" });
  return h("div", { class: "field" }, h("label", { for: id }, label), note && h("p", { class: "aside" }, note), input, error);
}

// A note: text and nothing else.
export function note({ title = "Note", label = "Note", effect = null, required = true, min = 1, phrases = [], value = "", submit, confirmLabel = "Save the note" }) {
  return confirm({ title, effect, reason: { required, min, phrases, label, value, max: 1000 }, confirmLabel, submit: ({ reason }, key) => submit(reason, key) });
}

// Something to read.
export function tell(title, content, { wide = false } = {}) {
  return new Promise((done) => {
    const button = h("button", { type: "button", class: "strong", on: { click: () => dialog.close() } }, "Close");
    const dialog = open({ title, wide, done, content: h("div", { class: "told" }, content, h("p", { class: "buttons" }, button)) });
    button.focus();
  });
}

export { unseen };
