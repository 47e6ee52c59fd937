// The credentials of one person: their states, when they count, when they were last used, and what can be said of them. A
// credential is disabled with one key and a reason; which states it may have is the daemon's.

import { post } from "../api.js";
import { confirm, field } from "../dialog.js";
import { h, replace } from "../dom.js";
import { empty } from "../list_view.js";
import { may } from "../site.js";
import { liveTable } from "../table.js";
import { serverNow, timeEl } from "../time.js";
import { REASONS, act } from "./acts.js";
import { credentialStanding, credentialWords } from "./words.js";

const LATER_STATES = [
  ["enabled", "in use", "give_rights"], ["damaged", "damaged", "guard"], ["returned", "returned", "guard"], ["destroyed", "destroyed", "guard"],
];

/** The table of credentials; `changed` is called after each change. */
export function cardsTable({ line, changed, uses }) {
  const actions = cardActions({ line, changed });
  const table = liveTable({
    caption: "Credentials", id: (card) => card.id, label: (card) => card.id, columns: columns(uses, actions),
    keys: { D: [(card) => actions.disable(card), "disable this credential now"], d: (card) => actions.disable(card) },
    rowClass: (card) => (standing(card) === "enabled" ? "" : "quiet-row"),
  });
  const el = h("div");
  return {
    el, actions,
    set(cards) {
      replace(el, cards.length > 0 ? table.el : empty("No credential was ever given to this person.", "Give one with “Assign a card”."));
      table.set(cards);
    },
  };
}

const standing = (card) => credentialStanding(card, serverNow().getTime());

function columns(uses, actions) {
  return [
    { key: "id", title: "Credential", class: "id", draw: (card) => h("a", { href: `/credentials/${encodeURIComponent(card.id)}`, tabindex: "-1" }, card.id) },
    { key: "state", title: "State", class: "state", draw: (card) => stateNode(card) },
    { key: "from", title: "Valid from", class: "time", draw: (card) => timeEl(card.valid_from_at) },
    { key: "to", title: "Valid until", class: "time", draw: (card) => timeEl(card.valid_to_at) },
    { key: "used", title: "Last used", class: "used", draw: (card) => uses.card(card.id) },
    { key: "acts", title: "Actions", hidden: true, class: "row-acts", draw: (card) => actions.buttons(card) },
  ];
}

/** State in words, with the ONVIF name of it. */
export function stateNode(card) {
  const { words, onvif } = credentialWords(standing(card));
  const until = standing(card) === "locked_out" ? [" until ", timeEl(card.locked_out_until_at)] : null;
  return h("span", { class: `card-state${standing(card) === "enabled" ? "" : " card-out"}` }, h("span", null, words, until), onvif ? h("code", { class: "onvif" }, onvif) : null);
}

/** What can be done with a credential, each with its dialog. */
export function cardActions({ line, changed }) {
  const setState = (card, state, words, more) => act({
    path: `credentials/${encodeURIComponent(card.id)}/state`, body: ({ reason }) => ({ state, reason }), line, after: changed,
    done: `${card.id} is ${words}`, danger: true, ...more,
  });
  const disable = (card) => {
    if (!may("guard") || card.state !== "enabled") return false;
    setState(card, "disabled", "disabled", {
      title: `Disable ${card.id} now`, confirmLabel: "Disable now", reason: { phrases: REASONS.disable },
      effect: `${card.id} of ${card.person} is refused at every door from now on. Devices with rights of their own are told at once; until they answer they are listed as pending.`,
    });
    return true;
  };
  const report = (card, state) => setState(card, state, `reported ${state}`, {
    title: `Report ${card.id} ${state}`, confirmLabel: `Report ${state}`, reason: { phrases: REASONS[state] },
    effect: `${card.id} of ${card.person} is refused at every door from now on as reported ${state}; whoever presents it is named in the journal.`,
  });
  const endLockout = (card) => confirm({
    title: `End the lock-out of ${card.id}`, effect: `${card.id} counts again at once; wrong tries are counted anew.`, confirmLabel: "End the lock-out",
    submit: (values, key) => post(`credentials/${encodeURIComponent(card.id)}/end-lockout`, {}, { key }),
  }).then((answer) => {
    if (!answer) return;
    line.say(`The lock-out of ${card.id} has ended.`);
    changed();
  });
  const other = (card) => act({
    path: `credentials/${encodeURIComponent(card.id)}/state`, line, after: changed, title: `Set the state of ${card.id}`, confirmLabel: "Set the state",
    effect: `Only “in use” lets ${card.id} count at doors, with every right of ${card.person}; each other state refuses it everywhere.`,
    fields: [stateField(card)], done: `The state of ${card.id} is set`,
  });
  const button = (words, fn, more) => h("button", { type: "button", tabindex: "-1", acts: true, ...more, on: { click: fn } }, words);
  const buttons = (card) => {
    const isIn = card.state === "enabled";
    return h("span", { class: "acts" },
      may("guard") && isIn ? button("Disable…", () => disable(card), { title: "D" }) : null,
      may("guard") && (isIn || card.state === "disabled") ? [button("Lost…", () => report(card, "lost")), button("Stolen…", () => report(card, "stolen"))] : null,
      may("guard") && standing(card) === "locked_out" ? button("End lock-out…", () => endLockout(card)) : null,
      may("guard") || may("give_rights") ? button("Other…", () => other(card)) : null);
  };
  return { disable, report, buttons, other };
}

function stateField(card) {
  const choices = LATER_STATES.filter(([state, , right]) => state !== card.state && may(right));
  return field("State", h("select", { name: "state" }, choices.map(([state, words]) => h("option", { value: state }, words))));
}
