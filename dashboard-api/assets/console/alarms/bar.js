// The buttons for one alarm, each with its key, in the order in which they are reached for. A button is there where the alarm
// as it stands takes the order and the role has the right; the engine decides all the same.

import { h } from "../dom.js";
import { may } from "../site.js";
import * as actions from "./actions.js";
import { orders } from "./state.js";
import { areasAround, placeOf } from "./views.js";

// [order, words, key, permission, does(alarm), kind]
const BUTTONS = [
  ["acknowledge", "Acknowledge", "a", "answer_alarms", actions.acknowledge, "strong"],
  ["close", "Close with a verdict", "v", "answer_alarms", actions.close, "strong"],
  ["note", "Note", "n", "answer_alarms", actions.note, ""],
  ["escalate", "Escalate", "e", "answer_alarms", actions.escalate, ""],
  ["assign", "Assign", "o", "answer_alarms", actions.assign, ""],
  ["shelve", "Shelve", "s", "shelve_alarms", actions.shelve, ""],
  ["unshelve", "Bring back", "s", "shelve_alarms", actions.unshelve, ""],
  ["outOfService", "Out of service", "", "take_out_of_service", actions.takeOutOfService, ""],
  ["returnToService", "Return to service", "", "take_out_of_service", actions.returnToService, ""],
];

const isOffered = (alarm, [order, , , permission]) => orders(alarm)[order] && may(permission);

// The orders that an alarm takes, as buttons.
export function actionBar(alarm) {
  const place = placeOf(alarm);
  const offered = BUTTONS.filter((one) => isOffered(alarm, one));
  const strong = offered.find(([, , , , , kind]) => kind === "strong");
  const buttons = offered.map(([order, words, key, , does]) => h("button", {
    type: "button", class: order === strong?.[0] ? "strong" : null, acts: true, dataset: { order }, "aria-keyshortcuts": key || null, title: key ? `${words} (key ${key})` : null,
    on: { click: () => does(alarm) },
  }, words));
  if (place) {
    buttons.push(h("button", { type: "button", dataset: { order: "map" }, "aria-keyshortcuts": "m", title: "Open the map (key m)", on: { click: () => actions.openMap(place) } }, "Map"));
  }
  if (place && may("guard_site")) {
    buttons.push(h("button", { type: "button", class: "danger", acts: true, dataset: { order: "lockdown" }, on: { click: () => actions.lockDown(areasAround(place, alarm.source_kind)) } }, "Lock area down"));
  }
  buttons.push(h("button", { type: "button", dataset: { order: "print" }, on: { click: () => print() } }, "Print"));
  return h("div", { class: "alarm-acts", role: "toolbar", "aria-label": "What to do with this alarm" }, buttons);
}

// The keys of one alarm: {a: [fn, words]}. `alarmOf()` is the one that is meant, if there is one.
export function actionKeys(alarmOf) {
  const keys = {};
  const words = {
    a: "acknowledge", v: "close with a verdict", n: "note", e: "escalate", o: "assign", s: "shelve, or bring back from the shelf",
  };
  for (const key of Object.keys(words)) {
    keys[key] = [() => {
      const alarm = alarmOf();
      const button = alarm && BUTTONS.find((one) => one[2] === key && isOffered(alarm, one));
      if (!button) return false;
      button[4](alarm);
      return true;
    }, words[key]];
  }
  keys.m = [() => {
    const place = alarmOf() && placeOf(alarmOf());
    if (!place) return false;
    actions.openMap(place);
    return true;
  }, "open the map at its place"];
  return keys;
}
