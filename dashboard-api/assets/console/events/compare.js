// Two moments that somebody pinned: how far apart they are, how many events of the query lie between them, and where two events
// of one kind differ. Pins are entries of the journal by their numbers, so that they stand in an address.

import { bdi, h, replace } from "../dom.js";
import { clockAt, dateTime, elapsed } from "../time.js";
import { count, sentence } from "../words.js";
import { seqOf } from "./pages.js";
import { LETTERS, differences } from "./pins.js";

// `events` are one or two pinned events in the order of their letters; `ask(fromIso, toIso)` gives how many lie between.
export function compareView(events, { between, onOnly, onClear, onShow }) {
  const chip = (event, index) =>
    h(
      "button",
      { type: "button", class: "ev-pin", on: { click: () => onShow(event) } },
      h("b", null, LETTERS[index]),
      h("span", null, dateTime(event.time)),
      h("span", { class: "words" }, bdi(sentence(event))),
    );
  const clear = h("button", { type: "button", class: "quiet", on: { click: onClear } }, "Clear pins");
  if (events.length < 2) {
    return h(
      "section",
      { class: "ev-compare", "aria-label": "Pinned moments" },
      h("div", { class: "pins" }, events.map(chip)),
      h("p", { class: "aside" }, "Pin a second moment (x) to compare."),
      clear,
    );
  }
  const [first, second] = [...events].sort((one, other) => seqOf(one) - seqOf(other));
  const number = h("span", null, "...");
  between(first, second).then(
    (total) => replace(number, total),
    () => replace(number, "not counted"),
  );
  const rows = differences(events[0], events[1]);
  return h(
    "section",
    { class: "ev-compare", "aria-label": "Pinned moments" },
    h("div", { class: "pins" }, events.map(chip)),
    h(
      "p",
      { class: "between" },
      h("strong", null, elapsed(Date.parse(second.time) - Date.parse(first.time))),
      " apart, ",
      number,
      " of this query between them.",
    ),
    h("p", { class: "buttons" }, h("button", { type: "button", on: { click: () => onOnly(first, second) } }, "Show only this stretch"), clear),
    rows.length === 0
      ? null
      : h(
          "details",
          null,
          h("summary", null, `${count(rows.length, "difference")} between ${clockAt(new Date(events[0].time))} and ${clockAt(new Date(events[1].time))}`),
          h(
            "table",
            { class: "plain" },
            h("thead", null, h("tr", null, h("th", { scope: "col" }, "What"), h("th", { scope: "col" }, "A"), h("th", { scope: "col" }, "B"))),
            h(
              "tbody",
              null,
              rows.map(([label, left, right]) => h("tr", null, h("th", { scope: "row" }, label), h("td", null, bdi(left)), h("td", null, bdi(right)))),
            ),
          ),
        ),
  );
}
