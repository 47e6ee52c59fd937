// The sheet of paper of a muster: big type, by area and then by name, boxes to tick, lines for whom no list has. It is drawn into
// the page and shown in print only.

import { bdi, h } from "../dom.js";
import { clockAt, dateTime } from "../time.js";
import { groupByArea } from "./areas.js";
import { STATUS_WORDS } from "./marks.js";

const BLANK_LINES = 4;

export function musterSheet(muster, asOf) {
  const groups = groupByArea(muster.persons);
  const all = groups.length > 0 ? groups : [[muster.area, []]];
  return h("section", { class: "muster-sheet print-only", "aria-hidden": "true" },
    h("h1", null, muster.kind === "real" ? "MUSTER" : "Muster drill", `: ${muster.area}`),
    h("p", null, `${muster.id}, started ${dateTime(muster.started_at)}. ${muster.persons.length} on the list${asOf ? `, as of ${clockAt(new Date(asOf))}` : ""}. Reason: `, bdi(muster.reason)),
    all.map(([area, persons]) => h("section", { class: "sheet-area" },
      h("h2", null, area, h("span", null, ` ${persons.length}`), doubtOf(muster, area)),
      h("table", null,
        h("thead", null, h("tr", null, ["Seen", "Name", "Company", "Stands", "Where, by"].map((words) => h("th", { scope: "col" }, words)))),
        h("tbody", null, persons.map(personLine), Array.from({ length: BLANK_LINES }, () => h("tr", { class: "blank" }, [0, 1, 2, 3, 4].map((cell) => h("td", null, cell === 0 ? h("span", { class: "tick-box" }) : null)))))))));
}

function personLine(person) {
  const { said } = person;
  return h("tr", null,
    h("td", null, h("span", { class: "tick-box" })),
    h("td", { class: "sheet-name" }, bdi(person.name ?? person.id), person.disabled ? h("span", null, " (card disabled)") : null, person.escort ? h("span", null, " with ", bdi(person.escort.name ?? person.escort.id)) : null),
    h("td", null, bdi(person.company ?? person.organisation ?? "")),
    h("td", null, STATUS_WORDS[person.status]),
    h("td", null, said ? [said.where ? [bdi(said.where), ", "] : "", said.by ?? ""] : ""));
}

function doubtOf(muster, area) {
  const row = muster.areas.find((one) => one.area === area);
  return row?.wrong_since_at ? h("span", { class: "sheet-doubt" }, ` count may be wrong since ${clockAt(new Date(row.wrong_since_at))}`) : null;
}
