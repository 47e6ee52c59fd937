// One face of a rack, or a door of none: how it stands, what its devices say of themselves, and what can be ordered of it. What is
// not known is said to be unknown, with its age where the journal has one.

import { get } from "../api.js";
import { cameraButtons } from "../cameras.js";
import { bdi, h, replace } from "../dom.js";
import { facts } from "../list_view.js";
import { glyph } from "../shapes.js";
import { may } from "../site.js";
import { timeEl } from "../time.js";
import { modeWords, plain } from "../words.js";
import { actionBar } from "./actions.js";
import { alarmList } from "./card.js";
import { commanded } from "./commanded.js";
import { coverWords, measuredFacts } from "./devices.js";

/** The panel of a door; `devices` are those that work at it, null while nobody has told them. */
export function doorPanel({ door, name, place, devices, isCurrent, offlineSince }) {
  const ordered = commanded.of(door.path);
  return h("section", { class: `panel door-panel ${isCurrent ? "current" : ""}`.trim(), "aria-label": name, dataset: { door: door.path } },
    h("div", { class: "title" }, h("h2", null, name), isCurrent && h("span", { class: "aside" }, "keys f, o act here")),
    h("div", { class: "inside" },
      h("div", { class: "door-state" }, glyph(ordered ? "commanded" : door),
        h("div", null, h("p", { class: "words" }, ordered ? `commanded: ${plain(ordered)}` : door.words),
          ordered && h("p", { class: "aside" }, `Not reported yet. The lock monitor last said: ${door.words}.`))),
      alarmList(place.alarms),
      actionBar({ doors: [door], place: door.path, ticketPlace: door.path }),
      cameraButtons([door]),
      h("div", { class: "fact-columns" },
        h("div", null, h("h3", null, "Sensors"), sensorFacts(door)),
        (devices ?? []).map((device) => deviceFacts(device, offlineSince))),
      devices && devices.length === 0 && h("p", { class: "aside" }, "No device works at this door.")));
}

const sensorFacts = (door) => facts([
  ["Contact", plain(door.contact)], ["Lock", plain(door.lock)], ["Handle", door.handle && plain(door.handle)],
  ["Key cylinder", door.key && plain(door.key)], ["Mode", modeWords(door.mode)], ["Secured", plain(door.secured)],
  ["Door alarm", door.alarm === "normal" ? null : plain(door.alarm)],
]);

function deviceFacts(device, offlineSince) {
  const state = h("span", null, plain(device.state));
  if (device.state !== "online") offlineSince(device).then((at) => at && replace(state, `${plain(device.state)} since `, timeEl(at)));
  return h("div", { class: "device-facts" }, h("h3", null, `${ROLES[device.role] ?? plain(device.role)} `, bdi(device.name)),
    facts([
      ["State", state],
      ["Cover", coverWords(device)],
      ...measuredFacts(device),
      ["Model", device.model && bdi(device.model)], ["Firmware", device.firmware && bdi(device.firmware)],
      ["Trust", device.grade_words],
      ["Rights held until", device.rights?.held && timeEl(device.rights.held.until_at)],
    ]));
}

const ROLES = { handle: "Handle", lock: "Lock", reader: "Reader", inputs: "Inputs" };

/** Since when a device does not answer, as the journal has it; null where it does not say. */
export function offlineSinceOf(signal) {
  const known = new Map();
  return (device) => {
    if (!may("view_journal")) return Promise.resolve(null);
    if (!known.has(device.name)) {
      const filter = encodeURIComponent(`device:"${device.name}" type:device.offline`);
      known.set(device.name, get(`events?filter=${filter}&sort=-at&limit=1`, { signal }).then(({ items }) => items[0]?.time ?? null, () => null));
    }
    return known.get(device.name);
  };
}
