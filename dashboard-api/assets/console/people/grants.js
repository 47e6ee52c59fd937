// The grants of one person as a table, and what can be done with one: end it now, let it end at another time. What policy
// allows is the daemon's to say; its refusals are shown in the dialog.

import { Problem } from "../api.js";
import { field } from "../dialog.js";
import { bdi, h, unseen } from "../dom.js";
import { may, site } from "../site.js";
import { dateTime, parseWhen, serverNow, timeEl } from "../time.js";
import { REASONS, act } from "./acts.js";
import { placesNode } from "./places_node.js";
import { lengthWords } from "./windows.js";
import { actorWords, rightWords, standingWords, weekWords } from "./words.js";

const LIVING = new Set(["active", "not_begun", "requested", "used_up"]);

export const isLiving = (grant) => LIVING.has(grant.standing);

/** A table of grants. `actions` is null where they are history. */
export function grantsTable(grants, { caption, uses, actions = null }) {
  const headings = ["Grant", "Right", "Window", "Why", "Approval", "Used", "Stands", actions ? "" : null].filter((one) => one !== null);
  return h("div", { class: "scroll-x", tabindex: "0", role: "region", "aria-label": caption },
    h("table", { class: "grants cards" }, h("caption", { class: "unseen" }, caption),
      h("thead", null, h("tr", null, headings.map((words) => h("th", { scope: "col", class: words ? null : "row-acts" }, words || unseen("Actions"))))),
      h("tbody", null, grants.map((grant) => row(grant, uses, actions)))));
}

function row(grant, uses, actions) {
  return h("tr", { id: grant.id, class: isLiving(grant) ? null : "quiet-row" },
    h("th", { scope: "row", class: "id" }, grant.id, grant.kind === "break_glass" ? h("span", { class: "tag" }, "emergency") : null),
    h("td", { class: "right", dataset: { title: "Right" } }, rightNode(grant)),
    h("td", { class: "window", dataset: { title: "Window" } }, windowNode(grant)),
    h("td", { class: "why", dataset: { title: "Why" } }, whyNode(grant)),
    h("td", { class: "approval", dataset: { title: "Approval" } }, approvalWords(grant)),
    h("td", { class: "used", dataset: { title: "Used" } }, usesNode(grant, uses)),
    h("td", { class: "state", dataset: { title: "Stands" } }, standingWords(grant.standing)),
    actions ? h("td", { class: "row-acts" }, h("span", { class: "acts" }, actions(grant))) : null);
}

/** What a grant is for: places or a profile, and when in the week. */
export function rightNode(grant) {
  const what = grant.profile ? ["profile ", bdi(grant.profile)] : placesNode(grant.doors);
  return [what, h("span", { class: "aside below" }, weekWords(grant), grant.escort ? ", with an escort" : "")];
}

/** From when to when, and how long is left. */
export function windowNode(grant) {
  const now = serverNow().getTime();
  const [from, to] = [Date.parse(grant.from_at), Date.parse(grant.to_at)];
  const left = from > now ? `begins in ${lengthWords(from - now)}` : to > now ? `${lengthWords(to - now)} left` : "over";
  return [h("span", { class: "from-to" }, timeEl(grant.from_at), " to ", timeEl(grant.to_at)), h("span", { class: "aside below" }, left)];
}

export const whyNode = (grant) => [
  grant.ticket ? h("b", { class: "ticket" }, grant.ticket) : h("span", { class: "aside" }, "no ticket"),
  h("span", { class: "below" }, bdi(grant.reason)),
];

/** Who asked, who approved, who is still wanted. */
export function approvalWords(grant) {
  const own = site.operatorId;
  const asked = `asked by ${actorWords(grant.requested_by, own)}`;
  if (grant.approvals_wanted === 0) return [asked, h("span", { class: "aside below" }, "no approval wanted")];
  const by = grant.approved_by.map((actor) => actorWords(actor, own)).join(", ");
  return [asked, h("span", { class: "aside below" }, `${grant.approved_by.length} of ${grant.approvals_wanted} approved${by ? `: ${by}` : ""}`)];
}

function usesNode(grant, uses) {
  const left = grant.uses_left === null ? null : h("span", { class: "aside below" }, `${grant.uses_left} ${grant.uses_left === 1 ? "use" : "uses"} left`);
  return [uses ? uses.grant(grant.id) : null, left];
}

/** Buttons for a grant, each with its dialog. */
export function grantActions({ line, changed }) {
  const path = (grant, what) => `grants/${encodeURIComponent(grant.id)}/${what}`;
  const end = (grant) => act({
    title: `End ${grant.id} now`, confirmLabel: "End it now", danger: true, line, after: changed, done: `${grant.id} is taken away`,
    effect: `${grant.person} may no longer pass by ${grant.id}: ${rightWords(grant)}. It cannot be given back; a new right must be asked for.`,
    reason: { phrases: REASONS.end }, path: path(grant, "revoke"),
  });
  const move = (grant) => act({
    title: `Change the end of ${grant.id}`, confirmLabel: "Change the end", line, after: changed, done: `The end of ${grant.id} is changed`,
    effect: `${grant.id} ends at ${dateTime(grant.to_at)} now. A later end may want an approval again, as the area's policy says.`,
    fields: [endField(grant)], path: path(grant, "end"), body: ({ to_at: to, reason }) => ({ to_at: moment(to), reason }),
  });
  return (grant) => {
    if (!may("give_rights")) return null;
    const button = (words, fn) => h("button", { type: "button", acts: true, on: { click: () => fn(grant) } }, words);
    if (grant.standing === "requested") return h("a", { href: `/requests?state=pending&sel=${encodeURIComponent(grant.id)}` }, "decide");
    return isLiving(grant) ? [button("Change end…", move), button("End now…", end)] : null;
  };
}

function endField(grant) {
  const input = h("input", { name: "to_at", value: dateTime(grant.to_at).slice(0, 16), spellcheck: "false" });
  return field("New end", input, { note: "today 20:00, tomorrow 08:00, +4h, or a date and time; local to the site" });
}

function moment(text) {
  try {
    return parseWhen(text).toISOString();
  } catch (error) {
    throw new Problem({ title: "The new end is not understood", errors: [{ pointer: "#/to_at", detail: error.message }] }, 0);
  }
}
