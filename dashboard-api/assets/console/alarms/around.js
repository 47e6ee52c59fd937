// What the facts around an alarm come to in words: covers that stand open, tickets that were named, rights that begin next. What is
// not known is said to be unknown. No DOM here.

import { ticketOf } from "../tickets.js";

const NEXT_MOST = 5;

// The covers of the devices at a door: `device.tamper` is null where the device has not said, or cannot be asked.
export function tamperWords(devices) {
  if (devices.length === 0) return "no device reports it";
  const named = (fits) => devices.filter(fits).map(({ name }) => name).join(", ");
  const [open, unknown] = [named(({ tamper }) => tamper === true), named(({ tamper }) => tamper === null)];
  if (open) return `detected: ${open}${unknown ? `; unknown: ${unknown}` : ""}`;
  return unknown ? `unknown: ${unknown}` : "not detected";
}

// The tickets that people named with an alarm, the newest first.
export function ticketsOf(alarm) {
  const texts = [...(alarm.notes ?? []).map(({ note }) => note).reverse(), alarm.acked?.note];
  return [...new Set(texts.map(ticketOf).filter(Boolean))];
}

// Of rights that have not begun, those that do so first.
export const nextRights = (grants) => [...grants].sort((a, b) => (a.from_at < b.from_at ? -1 : 1)).slice(0, NEXT_MOST);
