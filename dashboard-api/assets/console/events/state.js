// What an address of the events screen means, and the address that means it: query, range, chosen event, lanes, pins, tail. No
// DOM; times in an address are RFC 3339 UTC or relative, as somebody chose them.

import { USUAL } from "./range.js";

// {q, from, to, sel, lane, pins, tail} of a query string.
export function stateOf(search) {
  const params = new URLSearchParams(search);
  const number = (text) => (/^\d{1,15}$/.test(text ?? "") ? Number(text) : null);
  return {
    q: (params.get("q") ?? "").trim(),
    from: params.get("from") ?? "",
    to: params.get("to") ?? "",
    sel: number(params.get("sel")),
    lane: params.get("lane") ?? "",
    pins: (params.get("pins") ?? "")
      .split(",")
      .map(number)
      .filter((seq) => seq !== null)
      .slice(0, 2),
    tail: params.get("tail") !== "off",
  };
}

// The members of an address; null is left out of it.
export function membersOf(state) {
  return {
    q: state.q || null,
    from: state.from && state.from !== USUAL ? state.from : null,
    to: state.to || null,
    sel: state.sel,
    lane: state.lane || null,
    pins: state.pins.length ? state.pins.join(",") : null,
    tail: state.tail ? null : "off",
  };
}

// Only what was asked, for keeping under a name: not where somebody stood in it.
export function askedOf(state) {
  const params = new URLSearchParams();
  for (const name of ["q", "from", "to", "lane"]) if (state[name]) params.set(name, state[name]);
  const text = params.toString().replace(/%2C/gi, ",").replace(/%3A/gi, ":").replace(/%2F/gi, "/");
  return text ? `?${text}` : "";
}

// The address of a stretch: an end that is open is left out.
export function timesOf(range) {
  const text = (ms) => new Date(ms).toISOString().replace(/\.000Z$/, "Z");
  return { from: text(range.fromMs), to: range.open ? "" : text(range.toMs) };
}
