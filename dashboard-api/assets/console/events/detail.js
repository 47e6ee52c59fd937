// One event, whole: its sentence, what it names with a way to each, what lies around it in time, and the record as the journal
// gives it to every program. It decides nothing.

import { bdi, h } from "../dom.js";
import { doors } from "../live.js";
import { facts } from "../list_view.js";
import { pathSegments } from "../router.js";
import { may, site } from "../site.js";
import { dateTime } from "../time.js";
import { capital, plain, reasonWords, sentence } from "../words.js";
import { addressOf, fieldOf, labelOf, membersOf, nameOf, nameWords, valueWords } from "./looks.js";
import { seqOf } from "./pages.js";
import { eventStills } from "./stills.js";

const millis = (text) => /\.(\d{3})/.exec(text)?.[1] ?? "000";

// `actions`: {onQuery(field, value), onAround(ms), onPin(event), pinOf(seq), onLanes(text), onCopy(event), onClose()}
export function eventDetail(event, actions) {
  const name = nameOf(event),
    pin = actions.pinOf(seqOf(event));
  return h(
    "article",
    { class: "ev-detail", "aria-label": "Event" },
    h(
      "header",
      { class: "title" },
      h("h2", null, capital(nameWords(name))),
      h("button", { type: "button", class: "quiet close", on: { click: actions.onClose } }, "Close"),
    ),
    h("p", { class: "statement" }, bdi(sentence(event))),
    facts([
      ["When", h("time", { datetime: event.time }, `${dateTime(event.time)}.${millis(event.time)} ${site.zone}`)],
      ["Where", place(event.subject)],
      ["Entry", h("span", null, h("code", null, event.id), " of the journal")],
    ]),
    h(
      "p",
      { class: "buttons" },
      button("Around this moment", () => actions.onAround(Date.parse(event.time))),
      button(pin ? `Unpin ${pin}` : "Pin to compare", () => actions.onPin(event)),
      lanesButton(event, actions),
      button("Copy link", () => actions.onCopy(event)),
    ),
    members(event, actions),
    eventStills(event),
    h("details", { class: "raw" }, h("summary", null, "As the API tells it"), h("pre", null, JSON.stringify(event, null, 2))),
  );
}

const button = (words, fn) => h("button", { type: "button", on: { click: fn } }, words);

function lanesButton(event, actions) {
  const person = event.data?.person_id;
  const rack = rackOf(event.data?.door ?? event.subject);
  return [
    person && may("view_people") ? button(`Timeline of ${person}`, () => actions.onLanes(`person:${person}`)) : null,
    rack ? button("Timeline of this rack", () => actions.onLanes(`rack:${rack}`)) : null,
  ];
}

// The rack whose door a path is; null where it is no rack's.
export function rackOf(path) {
  const door = doors.byPath(path ?? "");
  return door?.kind === "rack_door" ? path.slice(0, path.lastIndexOf("/")) : null;
}

function place(path) {
  const rack = rackOf(path);
  const address = rack ? `/racks/${pathSegments(rack)}` : addressOf("", path);
  return address ? h("a", { href: address }, bdi(path)) : bdi(path);
}

function members(event, actions) {
  const rows = membersOf(event).map(([member, value]) => [labelOf(member), memberNode(event, member, value, actions)]);
  return rows.length === 0 ? null : h("section", { class: "members" }, h("h3", null, "What it says"), facts(rows));
}

function memberNode(event, member, value, actions) {
  const field = fieldOf(member);
  const words =
    member === "reason"
      ? reasonWords(String(value))
      : member === "kind"
        ? plain(value)
        : member.endsWith("_at")
          ? dateTime(String(value))
          : valueWords(member, value);
  const address = typeof value === "string" ? addressOf(member, value) : null;
  return h(
    "span",
    { class: "member" },
    address ? h("a", { href: address }, bdi(words)) : bdi(words),
    field && typeof value === "string"
      ? h(
          "button",
          { type: "button", class: "quiet more", title: `Events with ${field}:${value}`, on: { click: () => actions.onQuery(field, value) } },
          "only these",
        )
      : null,
  );
}
