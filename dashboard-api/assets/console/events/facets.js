// What the events of a query are made of: types, reasons, areas, persons and devices with their counts, each a way to narrow the
// query or to leave something out. Counting is the daemon's, and how far it counted is said.

import { bdi, h, unseen } from "../dom.js";
import { reasonWords } from "../words.js";
import { nameWords } from "./looks.js";
import { standing, withValue, withoutValue } from "./query.js";

// Where there is little room, the list matters more than what it can be narrowed by.
const isWide = () => matchMedia("(min-width: 901px) and (min-height: 621px)").matches;

const TITLES = { type: "Type", reason: "Reason", area: "Area", person: "Person", device: "Device" };
const WORDS = { type: nameWords, reason: reasonWords };

// `facets` is the daemon's answer, `onQuery(text)` is told the query that a choice makes.
export function facetView(answer, query, onQuery) {
  const groups = Object.entries(TITLES).map(([field, title]) => [field, title, answer.facets?.[field] ?? []]);
  const known = groups.filter(([, , values]) => values.length > 0);
  const note = answer.complete ? null : h("p", { class: "aside" }, `Counted over the newest ${answer.counted.toLocaleString("en-GB")} events.`);
  if (known.length === 0) return h("p", { class: "aside" }, "Nothing to narrow by.");
  return h(
    "div",
    { class: "ev-facets" },
    note,
    known.map(([field, title, values]) => group(field, title, values, query, onQuery)),
  );
}

function group(field, title, values, query, onQuery) {
  const most = Math.max(...values.map((one) => one.count));
  return h(
    "details",
    { open: isWide(), dataset: { field } },
    h("summary", null, title),
    h(
      "ul",
      null,
      values.map(({ value, count }) => row(field, value, count, most, query, onQuery)),
    ),
  );
}

function row(field, value, count, most, query, onQuery) {
  const how = standing(query, field, value);
  const words = WORDS[field]?.(value) ?? value;
  const bar = h("i", { "aria-hidden": "true" });
  bar.style.inlineSize = `${Math.max(2, (count / most) * 100)}%`;
  const only = h(
    "button",
    {
      type: "button",
      class: "value",
      "aria-pressed": String(how === "with"),
      title: `${field}:${value}`,
      on: { click: () => onQuery(how ? withoutValue(query, field, value) : withValue(query, field, value)) },
    },
    h("span", { class: "name" }, bdi(words)),
    h("span", { class: "n" }, count.toLocaleString("en-GB")),
    bar,
  );
  const not = h(
    "button",
    {
      type: "button",
      class: "not",
      "aria-pressed": String(how === "without"),
      title: `Leave out ${words}`,
      on: { click: () => onQuery(how === "without" ? withoutValue(query, field, value) : withValue(query, field, value, true)) },
    },
    h("span", { "aria-hidden": "true" }, "\u2212"),
    unseen(`Leave out ${words}`),
  );
  return h("li", { class: how ?? "" }, only, not);
}
