// Fields that name a person or a place: suggestions while typing, and what the typed text was understood as. A name that fits
// several is never guessed at; the daemon says so when the form is sent.

import { get, queryOf, segment } from "../api.js";
import { bdi, h, replace } from "../dom.js";
import { doors } from "../live.js";
import { field } from "./form.js";
import { meantWords, placeOf, placesOf } from "./places.js";
import { nameOf, statusWords } from "./words.js";

const PAUSE_MS = 250;
const MOST = 20;

/** A field for a person: an id, or a part of a name. */
export function personField({ value = "", signal, label = "Person", ...more }) {
  const found = new Map();
  const one = suggesting({ label, name: "person", value, required: true, hint: "Name or id, such as p-7", pointers: ["#/person", "?person"], ...more }, find);

  async function find(text) {
    if (/^p-\d+$/.test(text)) await known(text);
    else if (text) await named(text);
    const person = found.get(text);
    one.hint(person ? [bdi(nameOf(person)), `, ${person.organisation}, ${statusWords(person.status)}`] : "Name or id, such as p-7");
    return [...found.values()].slice(-MOST).map((row) => ({ value: row.id, words: `${nameOf(row)}, ${row.organisation}` }));
  }

  async function known(id) {
    if (!found.has(id)) found.set(id, await get(`people/${segment(id)}`, { signal }));
  }

  async function named(text) {
    const page = await get(`people${queryOf({ name: text, limit: MOST })}`, { signal });
    for (const row of page.items) found.set(row.id, row);
  }

  return one;
}

/** A field for a place: a rack or a door, by path or the end of one. `onPlace({place, isRack, doors})` is told what it means. */
export function placeField({ value = "", label = "Place", onPlace, ...more }) {
  const one = suggesting({ label, name: "place", value, hint: "Path of a rack or door, or the end of one", pointers: ["#/rack", "#/doors"], ...more }, async (text) => {
    await doors.ready();
    const meant = placeOf(text, doors.items);
    one.hint(meantWords(text, meant));
    onPlace?.(meant);
    const wanted = text.toLowerCase();
    return placesOf(doors.items).filter((place) => place.toLowerCase().includes(wanted)).slice(0, MOST).map((place) => ({ value: place, words: "" }));
  });
  return one;
}

/** A field for an access point. */
export function pointField({ value = "", points, ...more }) {
  return suggesting({ label: "Point", name: "point", value, required: true, hint: "Path of a reader's way, or the end of it", pointers: ["?point"], ...more }, async (text) => {
    const all = await points();
    const wanted = text.toLowerCase();
    return all.filter((point) => point.path.toLowerCase().includes(wanted)).slice(0, MOST).map((point) => ({ value: point.path, words: point.level }));
  });
}

let lists = 0;

function suggesting(props, find) {
  lists += 1;
  const options = h("datalist", { id: `suggested-${lists}` });
  const one = field({ ...props, list: options.id, spellcheck: "false" });
  one.el.append(options);
  let timer = 0;
  let turn = 0;
  const look = async () => {
    turn += 1;
    const mine = turn;
    try {
      const rows = await find(one.input.value.trim());
      if (mine === turn) replace(options, rows.map((row) => h("option", { value: row.value, label: row.words || null })));
    } catch {
      // Suggestions are a convenience; the form itself says what is wrong with what was typed.
    }
  };
  one.input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });
  // Asked after the field was handed out, because what it was understood as is written into its hint.
  queueMicrotask(look);
  return one;
}
