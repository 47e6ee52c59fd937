// The form by which a person is added. What a name, a PIN and an organisation must be is the daemon's to say.

import { listAll, post } from "../api.js";
import { h } from "../dom.js";
import { panel } from "../list_view.js";
import { personBody } from "./bodies.js";
import { field, form } from "./form.js";

const CLEARANCES = ["normal", "guarded", "high", "severe"];

export function addForm({ signal, close, done }) {
  const organisations = h("datalist", { id: "organisations" });
  listAll("organisations?limit=1000", { signal }).then((items) => organisations.append(...items.map((one) => h("option", { value: one.name })))).catch(() => {});
  const fields = [
    field({ label: "Name", name: "name", required: true, maxlength: 64, hint: "1 to 64 characters" }),
    field({ label: "Organisation", name: "organisation", list: "organisations", hint: "Your own if left out" }),
    field({ label: "Status", name: "status", type: "select", value: "enabled", options: [{ value: "enabled", words: "enabled: rights count" }, { value: "expected", words: "expected: rights do not count yet" }] }),
    field({ label: "Clearance", name: "clearance", type: "select", value: "normal", options: CLEARANCES.map((word) => ({ value: word, words: word })), hint: "Up to which threat level somebody is admitted everywhere" }),
    field({ label: "PIN", name: "pin", type: "password", inputmode: "numeric", autocomplete: "new-password", hint: "May be set later; it is never shown again" }),
    field({ label: "Needs the doors' longer times", name: "extended_time", type: "checkbox" }),
  ];
  const cancel = h("button", { type: "button", on: { click: close } }, "Cancel");
  const { el } = form({
    fields, words: "Add the person", label: "Add a person", extra: [cancel],
    run: async (values, key) => done(await post("people", personBody({ ...values, extended: values.extended_time }), { key })),
  });
  return panel("Add a person", [organisations, el]);
}
