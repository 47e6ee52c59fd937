// What the devices at a place say of themselves, by the place they work at. A place of many devices is asked for by a pattern.

import { listAll } from "../api.js";
import { parent } from "./places.js";

/** Devices at places that fit a filter value such as `lon1/hall-a/r01/*`. */
export const devicesAt = (places, signal) => listAll(`devices?limit=1000&filter=${encodeURIComponent(`place:${places}`)}`, { signal, most: 4_000 });

/** Devices by the path of their door; several at one door are a list. */
export function byDoor(devices) {
  const found = new Map();
  for (const device of devices) {
    for (const place of device.places) {
      // A reader works at a point, which lies one step inside its door.
      for (const path of device.role === "reader" ? [place, parent(place)] : [place]) found.set(path, [...(found.get(path) ?? []), device]);
    }
  }
  return found;
}

/** Devices of a row, by door. */
export const temperatures = async (places, signal) => byDoor(await devicesAt(places, signal));

// What a device said before it fell silent is not how things are.
const answering = (device) => device.state === "online";

/** `21.4 °C`; null where nothing is measured now. */
export function temperatureWords(devices) {
  const measured = devices.filter(answering).map((device) => device.measurements?.temperature_c10).filter((value) => value !== null && value !== undefined);
  return measured.length ? `${(Math.max(...measured) / 10).toFixed(1)} \u00b0C` : null;
}

/** Whether the cover is open, in words. */
export const coverWords = (device) => (!answering(device) || device.tamper === null ? "unknown" : device.tamper ? "open" : "closed");

/** What is measured besides, in words. */
export function measuredFacts(device) {
  if (!answering(device)) return [];
  const { supply_mv: supply, humidity_percent: humidity, motor_ma: motor } = device.measurements ?? {};
  return [
    ["Temperature", temperatureWords([device])],
    ["Humidity", humidity === null || humidity === undefined ? null : `${humidity} %`],
    ["Supply", supply === null || supply === undefined ? null : `${(supply / 1000).toFixed(1)} V`],
    ["Motor, highest current", motor === null || motor === undefined ? null : `${motor} mA`],
  ];
}
