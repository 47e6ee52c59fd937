// The server's clock as this page knows it, and times that go on by themselves. How they are worded is moments.js.

import { h, setText } from "./dom.js";
import * as moments from "./moments.js";
import { site } from "./site.js";

let aheadMs = 0; // how far the server's clock is ahead of this computer's

export function setServerTime(rfc3339) {
  const at = Date.parse(rfc3339);
  if (!Number.isNaN(at)) aheadMs = at - Date.now();
}

setServerTime(site.serverAt);

export const serverNow = () => new Date(Date.now() + aheadMs);
export const skewMs = () => aheadMs;
export const elapsed = moments.elapsed;
export const toUrl = moments.toUrl;
export const localTime = (rfc3339) => (rfc3339 ? moments.shortTime(new Date(rfc3339), site.zone, serverNow()) : "");
export const dateTime = (rfc3339) => (rfc3339 ? moments.dateAndTime(new Date(rfc3339), site.zone) : "");
export const clockNow = () => moments.clockTime(serverNow(), site.zone);
export const zoneNow = () => moments.zoneWord(serverNow(), site.zone);
export const clockAt = (date) => moments.clockTime(date, site.zone);
export const ago = (rfc3339) => elapsed(serverNow().getTime() - Date.parse(rfc3339));
export const parseWhen = (text) => moments.parseWhen(text, site.zone, serverNow());

// A time; with `relative`, how long ago it was, with the time itself on hover, on focus and in print. One `inRow` of a list that is
// gone through by keys takes no focus of its own: it is said with its row.
export function timeEl(rfc3339, { relative = false, inRow = false } = {}) {
  if (!rfc3339) return h("time", null, "-");
  const whole = `${dateTime(rfc3339)} ${site.zone}`;
  if (!relative) return h("time", { datetime: rfc3339, title: whole }, localTime(rfc3339));
  return h("time", { datetime: rfc3339, title: whole, dataset: { relative: "", printed: dateTime(rfc3339) }, tabindex: inRow ? "-1" : "0" }, sinceWords(rfc3339));
}

function sinceWords(rfc3339) {
  const ms = serverNow().getTime() - Date.parse(rfc3339);
  return ms < 0 ? `in ${elapsed(-ms)}` : elapsed(ms);
}

export function tickTimes() {
  for (const node of document.querySelectorAll("time[data-relative]")) setText(node, sinceWords(node.dateTime));
}
