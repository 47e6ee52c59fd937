// The box in which a query is written: completion of fields and values as a combobox (WAI-ARIA 1.2), and what the server says is
// wrong with it, at its column. Which values there are, `suggest` says; what a query means is the server's.

import { h, replace } from "../dom.js";
import { FIELDS, completed, marked, unitOf, wordAt } from "./query.js";

const WAIT_MS = 150;
const MOST = 10;

export class QueryBox {
  #options = [];
  #active = -1;
  #word = null;
  #timer = 0;
  #asking = null;

  // `suggest(word, signal)` gives [{value, words}]; `onSubmit(text)`.
  constructor({ suggest, onSubmit, label }) {
    this.suggest = suggest;
    this.onSubmit = onSubmit;
    this.input = h("input", {
      type: "text",
      id: "ev-q",
      name: "q",
      class: "ev-input",
      role: "combobox",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      maxlength: "2000",
      "aria-label": label,
      "aria-expanded": "false",
      "aria-controls": "ev-options",
      "aria-autocomplete": "list",
      placeholder: 'type:access.denied door:hall-a/* during:night "lost card"',
    });
    this.list = h("ul", { id: "ev-options", class: "ev-options", role: "listbox", "aria-label": "Completions", hidden: true });
    this.wrong = h("div", { id: "ev-wrong", class: "ev-wrong", role: "alert", hidden: true });
    this.el = h("div", { class: "ev-box" }, this.input, this.list);
    this.#listen();
  }

  get text() {
    return this.input.value.trim();
  }

  set text(text) {
    this.input.value = text;
    this.#close();
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  #listen() {
    this.input.addEventListener("input", () => this.#later());
    this.input.addEventListener("click", () => this.#later());
    this.input.addEventListener("blur", () => this.#close());
    this.input.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event) {
    if (event.isComposing) return;
    const open = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!open) this.#ask();
      else this.#activate(this.#active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Tab" && open && this.#active >= 0) this.#take(this.#options[this.#active]);
    else if (event.key === "Enter" && open && this.#active >= 0) this.#take(this.#options[this.#active]);
    else if (event.key === "Enter") {
      this.#close();
      this.onSubmit(this.text);
    } else if (event.key === "Escape" && open) this.#close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), WAIT_MS);
  }

  async #ask() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const word = wordAt(this.input.value, this.input.selectionStart ?? this.input.value.length);
    if (!word || document.activeElement !== this.input) {
      this.#close();
      return;
    }
    try {
      const found = word.kind === "field" ? fieldsLike(word.part) : await this.suggest(word, signal);
      if (!signal.aborted) this.#show(word, found.slice(0, MOST));
    } catch {
      // Without completions a query is still written; what is wrong with it is said when it is asked.
      if (!signal.aborted) this.#close();
    }
  }

  #show(word, options) {
    if (options.length === 0 || (options.length === 1 && options[0].value === word.part)) {
      this.#close();
      return;
    }
    this.#word = word;
    this.#options = options;
    replace(
      this.list,
      options.map((option, index) =>
        h(
          "li",
          {
            id: `ev-option-${index}`,
            role: "option",
            "aria-selected": "false",
            // The input keeps the focus, so the list must not take it before the click comes.
            on: {
              pointerdown: (event) => {
                event.preventDefault();
                this.#take(option);
              },
            },
          },
          h("b", null, h("bdi", null, word.kind === "field" ? `${option.value}:` : option.value)),
          option.words ? h("span", null, option.words) : null,
        ),
      ),
    );
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.#activate(-1);
  }

  #activate(index) {
    const count = this.#options.length;
    this.#active = index < -1 ? count - 1 : index >= count ? -1 : index;
    [...this.list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === this.#active)));
    const active = this.list.children[this.#active];
    if (active) this.input.setAttribute("aria-activedescendant", active.id);
    else this.input.removeAttribute("aria-activedescendant");
    active?.scrollIntoView({ block: "nearest" });
  }

  #take(option) {
    const done = completed(this.input.value, this.#word, option.value);
    this.input.value = done.text;
    this.input.setSelectionRange(done.caret, done.caret);
    this.#close();
    if (this.#word.kind === "field") this.#ask();
  }

  #close() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#options = [];
    this.#active = -1;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  // What the server says is wrong: the query again with the place marked, and each mistake with a way to it.
  complain(found) {
    const columns = found.filter((one) => one.column !== null).map((one) => one.column);
    this.input.setAttribute("aria-invalid", String(found.length > 0));
    if (found.length) this.input.setAttribute("aria-describedby", "ev-wrong");
    else this.input.removeAttribute("aria-describedby");
    this.wrong.hidden = found.length === 0;
    if (found.length === 0) return;
    const echo =
      columns.length === 0
        ? null
        : h(
            "p",
            { class: "ev-echo" },
            marked(this.input.value, columns).map((piece) => (piece.wrong ? h("mark", null, piece.text) : piece.text)),
          );
    replace(
      this.wrong,
      echo,
      h(
        "ul",
        null,
        found.map((one) =>
          h(
            "li",
            null,
            one.column === null
              ? `${one.words} `
              : [h("button", { type: "button", class: "ev-column", on: { click: () => this.#goTo(one.column) } }, `Column ${one.column}`), ` ${one.words}`],
          ),
        ),
      ),
    );
  }

  #goTo(column) {
    const at = unitOf(this.input.value, column);
    const rest = this.input.value.slice(at).search(/\s/);
    this.input.focus();
    this.input.setSelectionRange(at, rest < 0 ? this.input.value.length : at + rest);
  }
}

function fieldsLike(part) {
  if (part === "") return FIELDS.slice(0, MOST).map(([value, words]) => ({ value, words }));
  return FIELDS.filter(([value]) => value.startsWith(part)).map(([value, words]) => ({ value, words }));
}
