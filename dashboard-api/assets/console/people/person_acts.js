// What can be done with a person as a whole: stop, let pass again, let go, change details, set a PIN, give a card, show what is
// kept hidden. Each says exactly what happens first; what it takes of an operator is the daemon's table.

import { etagOf, get, listAll, post } from "../api.js";
import { confirm, field, tell } from "../dialog.js";
import { bdi, h } from "../dom.js";
import { facts } from "../list_view.js";
import { may } from "../site.js";
import { REASONS, act } from "./acts.js";
import { cardBody } from "./bodies.js";
import { toldOf } from "./told.js";
import { nameOf } from "./words.js";

const CLEARANCES = ["normal", "guarded", "high", "severe"];

/** Buttons for a person, as far as this operator may press them. */
export function personButtons(person, { line, changed }) {
  const base = `people/${encodeURIComponent(person.id)}`;
  const is = (status) => person.status === status;
  const step = (what, dialog) => act({ path: `${base}/${what}`, line, after: changed, ...dialog });
  const all = [
    ["guard", !is("suspended") && !is("left"), "Disable…", () => step("disable", {
      title: `Disable ${person.id}`, confirmLabel: "Disable now", danger: true, reason: { phrases: REASONS.disable }, done: `${person.id} is disabled`,
      effect: `${nameOf(person)} (${person.id}) is refused at every door from now on, with every card. Rights stay as they are and count again once enabled.`,
    })],
    ["give_rights", is("suspended") || is("expected"), "Enable…", () => step("enable", {
      title: `Enable ${person.id}`, confirmLabel: "Enable", done: `${person.id} is enabled`, effect: `Every right of ${nameOf(person)} (${person.id}) counts from now on.`,
    })],
    ["give_rights", true, "Assign a card…", () => assignCard(person, { line, changed })],
    ["give_rights", true, "Set the PIN…", () => setPin(person, "pin", { line, changed })],
    ["give_rights", true, "Set the duress PIN…", () => setPin(person, "duress-pin", { line, changed })],
    ["give_rights", true, "Change details…", () => changeDetails(person, { line, changed })],
    ["reveal", true, "Show what is hidden…", () => reveal(person)],
    ["give_rights", !is("left"), "Has left…", () => step("status", {
      title: `${person.id} has left`, confirmLabel: "Has left", danger: true, done: `${person.id} has left`, body: ({ reason }) => ({ status: "left", reason }),
      effect: `Every right of ${nameOf(person)} (${person.id}) ends and every credential goes out of use. Rights do not come back by enabling.`,
    })],
  ];
  return all.filter(([right, applies]) => applies && may(right)).map(([, , words, fn]) => h("button", { type: "button", acts: true, on: { click: fn } }, words));
}

async function changeDetails(person, { line, changed }) {
  const organisations = await listAll("organisations?limit=1000").catch(() => []);
  const select = (name, words, value) => h("select", { name }, words.map((word) => h("option", { value: word, selected: word === value }, word)));
  const names = organisations.some((one) => one.name === person.organisation) ? organisations.map((one) => one.name) : [person.organisation, ...organisations.map((one) => one.name)];
  await act({
    title: `Change ${person.id}`, confirmLabel: "Change", effect: "Another organisation ends every right that was given in the old one.", line, after: changed, done: `${person.id} is changed`,
    path: `people/${encodeURIComponent(person.id)}/details`, method: "PUT", ifMatch: etagOf(person),
    fields: [
      field("Organisation", select("organisation", names, person.organisation)),
      field("Clearance", select("clearance", CLEARANCES, person.clearance), { note: "Up to which threat level the person is admitted everywhere" }),
      field("Longer times at doors", h("input", { type: "checkbox", name: "extended_time", checked: person.extended_time })),
    ],
  });
}

async function setPin(person, route, { line, changed }) {
  const isDuress = route === "duress-pin";
  const words = isDuress ? "duress PIN" : "PIN";
  const path = `people/${encodeURIComponent(person.id)}`;
  // Read again, so that the change rests on what is there now.
  const now = await get(path);
  const answer = await confirm({
    title: `Set the ${words} of ${person.id}`, confirmLabel: `Set the ${words}`,
    effect: isDuress ? "It opens exactly as the usual one and raises a silent alarm. It must differ from the usual one." : `The PIN of ${nameOf(person)} (${person.id}) until now counts no more. It is never shown again.`,
    fields: [field(`New ${words}`, h("input", { type: "password", name: "pin", inputmode: "numeric", autocomplete: "new-password" }), { note: "Digits only" })],
    submit: ({ pin }, key) => post(`${path}/${route}`, { pin }, { key, method: "PUT", ifMatch: etagOf(now) }),
  });
  if (!answer) return;
  line.say(toldOf(answer, `The ${words} of ${person.id} is set`));
  changed();
}

async function assignCard(person, { line, changed }) {
  const formats = await listAll("card-formats?limit=1000").catch(() => []);
  const text = (name, more) => h("input", { name, autocomplete: "off", spellcheck: "false", ...more });
  const answer = await confirm({
    title: `Assign a card to ${person.id}`, confirmLabel: "Assign the card",
    effect: `The card counts for ${nameOf(person)} (${person.id}) at once, for two years. Its number is not stored.`,
    fields: [
      field("Card format", h("select", { name: "format" }, h("option", { value: "" }, "none: the card is given whole"), formats.map((one) => h("option", { value: one.name }, `${one.name} (${one.bits} bits)`)))),
      field("Facility code", text("facility", { inputmode: "numeric" })),
      field("Number on the card", text("number", { inputmode: "numeric" })),
      field("Or the whole card", text("card"), { note: "26:FACILITY:NUMBER or raw:BITS:HEX" }),
    ],
    submit: (values, key) => post("credentials", cardBody({ ...values, person: person.id }), { key }),
  });
  if (!answer) return;
  line.say(toldOf(answer, answer.id ? `${answer.id} (card ${answer.card ?? "hidden"}) is with ${person.id}` : "The card is assigned"));
  changed();
}

async function reveal(person) {
  const answer = await confirm({
    title: `Show what is hidden of ${person.id}`, confirmLabel: "Show it", effect: "Shows the name and whether a duress PIN is set. That you looked, and why, is recorded before it is shown.",
    reason: { required: true, min: 1 }, submit: ({ reason }, key) => post(`people/${encodeURIComponent(person.id)}/reveal`, { reason }, { key }),
  });
  if (!answer) return;
  await tell(`Hidden data of ${person.id}`, facts([["Name", bdi(nameOf(answer))], ["Duress PIN", answer.duress_pin_set ? "set" : "not set"]]));
}
