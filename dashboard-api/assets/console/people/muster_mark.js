// What is said of one person in a muster in more words than a key: how, where, who says so. It works without the link like every
// mark.

import { open } from "../dialog.js";
import { bdi, h } from "../dom.js";
import { field, form } from "./form.js";
import { STATUSES, STATUS_WORDS } from "./marks.js";

export function markDialog(person, place, mark) {
  const { said } = person;
  const fields = [
    field({ label: "How they are", name: "status", type: "select", value: person.status === "missing" ? "safe" : person.status, options: STATUSES.map((status) => ({ value: status, words: STATUS_WORDS[status] })) }),
    field({ label: "Where they were seen", name: "where", value: said?.where || place, maxlength: 256 }),
    field({ label: "Who says so, and what", name: "note", maxlength: 256, value: said?.note ?? "" }),
  ];
  const cancel = h("button", { type: "button", on: { click: () => dialog.close() } }, "Cancel");
  const { el } = form({ fields, words: "Mark", label: `Mark ${person.id}`, acts: false, extra: [cancel], run: async ({ status, where, note }) => {
    mark(status, { where, note });
    await dialog.close();
  } });
  const who = h("p", { class: "request-statement" }, bdi(person.name ?? person.id), h("span", { class: "aside" }, ` ${person.id}, ${person.area}`));
  const dialog = open({ title: "Mark somebody", content: h("div", { class: "mark-dialog", worksOffline: true }, who, el) });
  fields[0].input.focus();
}
