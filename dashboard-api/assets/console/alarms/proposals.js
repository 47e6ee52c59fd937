// What waits for a second operator of the alarms: which alarm it is about, who can confirm it, and the buttons for that. Who
// may confirm is the engine's to say; the roles shown are those of the table of permissions.

import { listAll, post, segment } from "../api.js";
import { bdi, h } from "../dom.js";
import { stream } from "../stream.js";
import { roleWords, site } from "../site.js";
import { timeEl } from "../time.js";
import { confirm } from "../dialog.js";
import { nameOf, person } from "./operators.js";
import { paced } from "./pace.js";

const LOOK_AGAIN_MS = 2_000;

const listeners = new Set();
let waiting = new Map();
let roles = null;
let begun = false;

const look = paced(async () => {
  try {
    const items = await listAll("proposals?limit=1000");
    waiting = new Map();
    for (const item of items) {
      for (const [id] of item.words.matchAll(/\balm-\d+\b/g)) waiting.set(id, item);
    }
    for (const fn of [...listeners]) fn();
  } catch {
    // What waits is looked for again after the next event that says so.
  }
}, LOOK_AGAIN_MS);

// Told whenever what waits has changed. Returns what ends it.
export function onProposals(fn) {
  listeners.add(fn);
  if (!begun) {
    begun = true;
    stream.watch(/^(proposal\.|alarm\.(shelved|out-of-service|closed|returned-to-service))/, look);
    look();
  }
  return () => listeners.delete(fn);
}

// What waits of this alarm; `null` where nothing does.
export const proposalOf = (alarm) => waiting.get(alarm) ?? null;

async function rolesFor(permission) {
  roles ??= listAll("permissions?limit=1000").then((rows) => new Map(rows.map((row) => [row.permission, row.roles])));
  try {
    return (await roles).get(permission) ?? [];
  } catch {
    roles = null;
    return [];
  }
}

// A band that says what waits, for whom and until when, with the word of the second operator.
export function proposalBand(proposal) {
  const who = h("span", null, "Another operator");
  rolesFor(proposal.permission).then((held) => {
    if (held.length) who.textContent = `Another operator (${held.map(roleWords).join(", ")})`;
  });
  const isMine = proposal.by === site.operatorId;
  return h("section", { class: "alarm-waits", "aria-label": "Waits for a second operator", dataset: { proposal: proposal.id } },
    h("p", null, h("strong", null, "Waits for a second operator: "), bdi(proposal.words), "."),
    h("p", { class: "aside" }, "Proposed by ", person(proposal.by), ": ", bdi(proposal.reason), ". ",
      who, " can confirm it until ", timeEl(proposal.until_at), " (", proposal.id, ")."),
    h("p", { class: "buttons" },
      isMine ? null : h("button", { type: "button", class: "strong", acts: true, on: { click: () => sayYes(proposal) } }, "Confirm as second operator"),
      h("button", { type: "button", acts: true, on: { click: () => drop(proposal) } }, "Drop the proposal")));
}

function sayYes(proposal) {
  return confirm({
    title: "Confirm as second operator",
    effect: `You answer for it as well: ${proposal.words}. ${nameOf(proposal.by)} proposed it: ${proposal.reason}.`,
    confirmLabel: "Confirm",
    danger: true,
    submit: async (_values, key) => {
      await post(`proposals/${segment(proposal.id)}/confirm`, {}, { notAfter: 30, key });
      look();
      return "Confirmed.";
    },
  });
}

function drop(proposal) {
  return confirm({
    title: "Drop the proposal",
    effect: `Nothing is done of this: ${proposal.words}.`,
    confirmLabel: "Drop it",
    submit: async (_values, key) => {
      await post(`proposals/${segment(proposal.id)}/drop`, {}, { key });
      look();
      return "Dropped.";
    },
  });
}
