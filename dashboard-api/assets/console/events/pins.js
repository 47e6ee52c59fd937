// Which two moments are pinned, and in what two events differ. No DOM.

import { labelOf, membersOf, nameOf, valueWords } from "./looks.js";

export const LETTERS = ["A", "B"];

// The pins with one more or one less; a third takes the place of the one that was pinned last.
export function toggled(pins, seq) {
  if (pins.includes(seq)) return pins.filter((one) => one !== seq);
  return pins.length < 2 ? [...pins, seq] : [pins[0], seq];
}

// Members in which two events differ: [[label, one, other]].
export function differences(one, other) {
  const values = (event) => new Map([["event", nameOf(event)], ["place", event.subject], ...membersOf(event)]);
  const [first, second] = [values(one), values(other)];
  const names = [...new Set([...first.keys(), ...second.keys()])];
  const words = (map, name) => (map.has(name) ? valueWords(name, map.get(name)) : "-");
  return names.map((name) => [labelOf(name), words(first, name), words(second, name)]).filter(([, left, right]) => left !== right);
}
