// One request beside the list: what is asked, the chain of approval with its clock, and the answer. Who may answer is the
// daemon's to say; a button that would be refused for one's own request says so instead.

import { get, queryOf } from "../api.js";
import { bdi, h, replace } from "../dom.js";
import { facts } from "../list_view.js";
import { may, site } from "../site.js";
import { dateTime, elapsed, serverNow, timeEl } from "../time.js";
import { REASONS, act } from "./acts.js";
import { chainOf, clockOf, isOwn } from "./chain.js";
import { windowNode } from "./grants.js";
import { agoWord, pathNode } from "./places_node.js";
import { actorWords, rightWords, standingWords, weekWords } from "./words.js";

/** The node of a request; `names` gives links to persons. */
export function requestDetail(grant, { names, line, changed, signal }) {
  const chain = h("ol", { class: "chain" });
  const draw = (events) => replace(chain, chainOf(grant, events).map(stepNode));
  draw([]);
  get(`events${queryOf({ filter: `grant:${grant.id} type:grant.*`, sort: "-at", limit: 50 })}`, { signal }).then((page) => draw(page.items)).catch(() => {});
  return h("section", { class: "request-detail", "aria-labelledby": "request-title" },
    h("h2", { id: "request-title" }, `Request ${grant.id}`),
    h("p", { class: "request-statement" }, names.node(grant.person), " may pass ", grant.profile ? ["profile ", bdi(grant.profile)] : pathNode(rightWords(grant)), "."),
    clockNode(grant),
    facts([
      ["Window", windowNode(grant)],
      ["In the week", weekWords(grant)],
      ["Doors", grant.doors.length > 0 ? h("ul", { class: "doors" }, grant.doors.map((door) => h("li", null, pathNode(door)))) : null],
      ["Ticket", grant.ticket ? bdi(grant.ticket) : "none"],
      ["Reason", bdi(grant.reason)],
      ["Uses", grant.uses_left === null ? null : String(grant.uses_left)],
      ["Escort", grant.escort ? "needed" : null],
      ["Stands", standingWords(grant.standing)],
    ]),
    h("h3", null, "Approval"), chain, answers(grant, { line, changed }),
    h("p", { class: "request-links" }, h("a", { href: `/people/${encodeURIComponent(grant.person)}#grants` }, "What else this person may do"),
      grant.doors[0] ? h("a", { href: `/explain${queryOf({ person: grant.person, point: grant.doors[0] })}` }, "What a door says now") : null));
}

function clockNode(grant) {
  if (grant.standing !== "requested") return null;
  const { state, ms } = clockOf(grant, serverNow().getTime());
  const words = {
    ahead: `The window begins in ${elapsed(ms)}.`, running: `The window is running: ${elapsed(ms)} of it are left, and nobody passes yet.`, over: `The window is over since ${elapsed(ms)}.`,
  };
  return h("p", { class: `clock-line clock-${state}` }, words[state]);
}

function stepNode(step) {
  const who = step.by ? [" by ", bdi(actorWords(step.by, site.operatorId))] : null;
  return h("li", { class: `chain-${step.state}` },
    h("span", { class: "chain-mark", "aria-hidden": "true" }),
    h("span", null, step.state === "waits" ? `waits for ${step.what}` : step.what, who, step.at ? [", ", timeEl(step.at, { relative: true }), agoWord()] : null,
      step.why ? h("span", { class: "aside below" }, bdi(step.why)) : null));
}

function answers(grant, { line, changed }) {
  if (grant.standing !== "requested") return null;
  if (!may("give_rights")) return h("p", { class: "aside" }, "Your role answers no requests; an admin does.");
  const path = (what) => `grants/${encodeURIComponent(grant.id)}/${what}`;
  const what = `${grant.person} at ${rightWords(grant)} until ${dateTime(grant.to_at)}`;
  const last = grant.approvals_wanted - grant.approved_by.length <= 1;
  const approve = () => act({
    title: `Approve ${grant.id}`, confirmLabel: "Approve", line, after: changed, done: `${grant.id} is approved`, path: path("approve"), reason: { phrases: REASONS.approve },
    effect: last ? `The right counts at once: ${what}.` : `One more approval is wanted after yours before it counts: ${what}.`,
  });
  const deny = () => act({
    title: `Deny ${grant.id}`, confirmLabel: "Deny", danger: true, line, after: changed, done: `${grant.id} is denied`, path: path("deny"), reason: { phrases: REASONS.deny },
    effect: `Nobody will pass by ${grant.id}: ${what}. It must be asked for anew.`,
  });
  const cancel = () => act({
    title: `Take ${grant.id} back`, confirmLabel: "Take it back", danger: true, line, after: changed, done: `${grant.id} is taken back`, path: path("revoke"), effect: `Nobody will pass by ${grant.id}: ${what}.`,
  });
  const button = (words, fn, strong) => h("button", { type: "button", class: strong ? "strong" : null, acts: true, on: { click: fn } }, words);
  if (isOwn(grant.requested_by, site.operatorId)) {
    return h("div", { class: "acts" }, h("p", { class: "aside" }, "You asked for this yourself; somebody else must approve it."), button("Take it back…", cancel));
  }
  if (grant.approved_by.includes(site.operatorId)) return h("div", { class: "acts" }, h("p", { class: "aside" }, "You have approved this already; somebody else must as well."), button("Deny…", deny));
  return h("div", { class: "acts" }, button("Approve…", approve, true), button("Deny…", deny));
}
