// The people around an alarm: who may open its door now and who may next, and who was last there before it came, as a card. The
// list of persons is asked and not a record of theirs, because a look at a record is recorded; their page is one click away.

import { get, listAll, queryOf, segment } from "../api.js";
import { bdi, h } from "../dom.js";
import { facts } from "../list_view.js";
import { may } from "../site.js";
import { elapsed, timeEl } from "../time.js";
import { namesFor } from "../people/named.js";
import { nameOf, statusWords } from "../people/words.js";
import { nextRights } from "./around.js";
import { LastHere } from "./last_here.js";
import { quoted } from "./searches.js";

const LOOKED_BACK = 20; // so many accesses at a door are looked through for the last one before the alarm
const NOT_BEGUN_MOST = 500;

// Who may open the door now, by which right, and whose right begins next.
export const loadWho = (alarm) => async (signal) => {
  const next = `grants${queryOf({ filter: `door:${quoted(alarm.door)} standing:not_begun`, limit: NOT_BEGUN_MOST })}`;
  const [now, grants] = await Promise.all([get(`doors/${segment(alarm.door)}/who?limit=50`, { signal }), listAll(next, { signal, most: NOT_BEGUN_MOST })]);
  return { now: now.items, more: Boolean(now.next_cursor), next: nextRights(grants) };
};

export const drawWho = (signal) => ({ now, more, next }) => {
  const names = namesFor(signal);
  return h("div", { class: "who-here" },
    now.length > 0 ? h("ul", { class: "alarm-who" }, now.map((one) => line(h("a", { href: `/people/${segment(one.person.id)}` }, bdi(one.person.name ?? one.person.id)), one, ["until ", timeEl(one.until_at)])))
      : h("p", { class: "aside" }, "Nobody has a right to this door now."),
    more && h("p", { class: "aside" }, "These are the first fifty."),
    h("p", { class: "sub" }, "Next"),
    next.length > 0 ? h("ul", { class: "alarm-who" }, next.map((one) => line(names.node(one.person), { ...one, grant: one.id }, ["from ", timeEl(one.from_at), " until ", timeEl(one.to_at)])))
      : h("p", { class: "aside" }, "No right that names this door is to begin."));
};

const line = (who, { grant, reason, ticket }, when) => h("li", null, who, " ",
  h("span", { class: "aside" }, `${grant}, `, when, ticket ? [", ", ticketLink(ticket)] : "", ": ", bdi(reason)));

// A ticket, with the way to everything that was recorded under it.
export const ticketLink = (ticket) => (may("view_journal") ? h("a", { class: "ticket", href: `/events${queryOf({ q: quoted(ticket), from: "-30d" })}` }, bdi(ticket)) : h("code", null, bdi(ticket)));

// Who used a card last at the door before the alarm: {person, did, beforeMs, row}; null where nobody did.
export const loadLast = (alarm) => async (signal) => {
  const to = new Date(Date.parse(alarm.raised_at) + 2_000).toISOString();
  const filter = `door:${quoted(alarm.door)} type:access.granted,access.denied,access.taken to:${quoted(to)}`;
  const here = new LastHere();
  for (const event of (await get(`events${queryOf({ filter, sort: "-at", limit: LOOKED_BACK })}`, { signal })).items) here.take(event);
  const last = here.of(alarm);
  if (!last) return { items: [] };
  const { items } = await get(`people${queryOf({ filter: `id:${last.person}`, limit: 1 })}`, { signal });
  return { ...last, row: items[0] ?? null, items: [last] };
};

export const drawLast = ({ person, did, beforeMs, row }) => h("div", { class: "person-here", dataset: { person } },
  h("p", null, h("a", { href: `/people/${segment(person)}` }, h("strong", null, bdi(row ? nameOf(row) : person))), row?.name && !row.name.includes(person) && h("span", { class: "aside" }, ` ${person}`)),
  facts([
    ["At this door", `${did} ${beforeMs < 1000 ? "right" : elapsed(beforeMs)} before`],
    ["Status", row && statusWords(row.status)], ["Organisation", row && bdi(row.organisation)], ["Clearance", row?.clearance && bdi(row.clearance)],
    ["Now in", row?.place && [bdi(row.place), row.since_at ? [", since ", timeEl(row.since_at)] : null]],
  ]));
