// The controls above a list of events: the range with its presets, moving and widening it, following the journal, queries kept
// under a name. It shows the state that it is given and says what somebody wants; the address is the screen's.

import { bdi, h, replace } from "../dom.js";
import { site } from "../site.js";
import { dateTime, parseWhen } from "../time.js";
import { PRESETS, USUAL } from "./range.js";
import { forget, save, savedQueries } from "./saved.js";

const isRelative = (text) => /^[-+]|^(now|today|yesterday)/.test(text);
const shown = (text) => (text && !isRelative(text) && !Number.isNaN(Date.parse(text)) ? dateTime(text) : text);

// `onRange({from, to})`, `onMove(part)`, `onOut()`, `onTail(on)`.
export class RangeBar {
  #state = { from: "", to: "", tail: true };

  constructor({ onRange, onMove, onOut, onTail }) {
    this.onRange = onRange;
    this.preset = h(
      "select",
      { "aria-label": "Range", on: { change: () => this.preset.value && onRange({ from: this.preset.value, to: "" }) } },
      PRESETS.map(([value, words]) => h("option", { value }, words)),
      h("option", { value: "" }, "Other range"),
    );
    this.from = this.#input("From", "from");
    this.to = this.#input("To", "to");
    this.tail = h(
      "button",
      { type: "button", class: "small ev-tail", "aria-pressed": "true", title: "Follow new events (T)", on: { click: () => onTail(!this.#state.tail) } },
      "Tail",
    );
    const step = (words, title, fn) => h("button", { type: "button", class: "small", title, on: { click: fn } }, words);
    this.error = h("p", { class: "error", role: "alert" });
    this.el = h(
      "div",
      { class: "ev-range", role: "group", "aria-label": "Range" },
      this.preset,
      this.from.label,
      this.to.label,
      h(
        "span",
        { class: "steps" },
        step("\u2190 Earlier", "Earlier by half the range (h)", () => onMove(-0.5)),
        step("Later \u2192", "Later by half the range (l)", () => onMove(0.5)),
        step("Zoom out", "Three times as long (-)", onOut),
        this.tail,
      ),
      this.error,
    );
  }

  #input(words, name) {
    const input = h("input", {
      type: "text",
      size: "19",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: name === "to" ? "now" : USUAL,
      title: "today 14:00, -2h, 2026-07-24 14:00, or RFC 3339",
      on: {
        change: () => this.#change(name, input),
        keydown: (event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            this.#change(name, input);
          }
        },
      },
    });
    return { input, label: h("label", null, h("span", null, words), input) };
  }

  #change(name, input) {
    const text = input.value.trim();
    if (text === shown(this.#state[name])) return;
    try {
      // What was written by the clock stands in the address as a moment; what is relative stays relative.
      const moment =
        text === ""
          ? ""
          : isRelative(text) && !/^(today|yesterday)/.test(text)
            ? (parseWhen(text), text)
            : parseWhen(text)
                .toISOString()
                .replace(/\.000Z$/, "Z");
      this.complain("");
      this.onRange({ from: this.#state.from, to: this.#state.to, [name]: moment === "now" ? "" : moment });
    } catch (error) {
      this.complain(error.message, input);
    }
  }

  complain(words, input = null) {
    this.error.textContent = words;
    for (const one of [this.from.input, this.to.input]) one.setAttribute("aria-invalid", String(one === input));
  }

  show(state, range) {
    this.#state = state;
    const from = state.from || USUAL;
    this.preset.value = !state.to && PRESETS.some(([value]) => value === from) ? from : "";
    this.from.input.value = shown(from);
    this.to.input.value = shown(state.to);
    this.from.input.title = range ? `${dateTime(new Date(range.fromMs).toISOString())} ${site.zone}` : "";
    this.tail.setAttribute("aria-pressed", String(state.tail && Boolean(range?.open)));
    this.tail.disabled = !range?.open;
    this.tail.title = range?.open ? "Follow new events (T)" : "Only a range that ends now can be followed";
    this.complain("");
  }
}

// Queries kept under a name: a menu with each as a link, and a field to keep the one that is shown.
export class SavedMenu {
  constructor({ asked }) {
    this.asked = asked;
    this.list = h("div");
    this.name = h("input", { type: "text", maxlength: "60", placeholder: "Name", "aria-label": "Name of the query" });
    this.error = h("p", { class: "error", role: "alert" });
    const form = h(
      "form",
      {
        on: {
          submit: (event) => {
            event.preventDefault();
            this.#keep();
          },
        },
      },
      this.name,
      h("button", { type: "submit", class: "small" }, "Save this query"),
    );
    this.el = h("details", { class: "ev-menu" }, h("summary", { class: "button" }, "Saved queries"), h("div", { class: "sheet" }, this.list, form, this.error));
    this.el.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.el.open) return;
      this.#close();
      event.stopPropagation();
    });
    this.el.addEventListener("focusout", (event) => {
      if (this.el.open && event.relatedTarget && !this.el.contains(event.relatedTarget)) this.el.open = false;
    });
    this.el.addEventListener("toggle", () => this.el.open && this.#draw());
  }

  #close() {
    this.el.open = false;
    this.el.querySelector("summary").focus();
  }

  #keep() {
    this.#try(() => save(localStorage, site.operatorId || site.operator, this.name.value, this.asked()));
    if (!this.error.textContent) this.name.value = "";
  }

  #try(fn) {
    try {
      fn();
      this.error.textContent = "";
    } catch (error) {
      this.error.textContent = error.message;
    }
    this.#draw();
  }

  #draw() {
    const kept = savedQueries(localStorage, site.operatorId || site.operator);
    replace(
      this.list,
      kept.length === 0
        ? h("p", { class: "aside" }, "None yet. They are kept in this browser, for you.")
        : h(
            "ul",
            null,
            kept.map((one) =>
              h(
                "li",
                null,
                h(
                  "a",
                  {
                    href: `/events${one.search}`,
                    on: {
                      click: () => {
                        this.el.open = false;
                      },
                    },
                  },
                  bdi(one.name),
                  h("span", { class: "aside" }, bdi(new URLSearchParams(one.search).get("q") || "every event")),
                ),
                h(
                  "button",
                  {
                    type: "button",
                    class: "quiet small",
                    "aria-label": `Forget ${one.name}`,
                    on: { click: () => this.#try(() => forget(localStorage, site.operatorId || site.operator, one.name)) },
                  },
                  "Forget",
                ),
              ),
            ),
          ),
    );
  }
}
