// A query as it is typed: where its terms begin and end, which word is being written, how a term is added, turned round or
// taken out, and where the server says that one is wrong. What a query means is the server's alone (`src/query/`): nothing
// here judges one. No DOM.

// The words that a term can begin with, in the order of the server's own list, each with what it asks for.
export const FIELDS = [
  ["type", "event by name, such as access.denied or access.*"],
  ["person", "person by id or a part of the name"],
  ["door", "door by path, by the end of one, or with *"],
  ["area", "area, with all that lies in it"],
  ["point", "access point"],
  ["device", "reader, lock or handle"],
  ["reason", "why somebody was refused, or the reason given"],
  ["kind", "alarms by their condition"],
  ["by", "who did it: an operator, or system"],
  ["ticket", "change ticket"],
  ["credential", "one credential by id"],
  ["grant", "one grant by id"],
  ["alarm", "one alarm by id"],
  ["zone", "perimeter zone"],
  ["note", "words of a note"],
  ["during", "night, weekend, monday, 18:00-07:30"],
  ["from", "from a moment on: -24h, today 14:00"],
  ["to", "until before a moment"],
];

export const TIMES_OF_DAY = ["night", "day", "weekday", "weekend", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

// The terms of a query from left to right, cut as the server cuts them: at spaces that are not inside quotation marks.
export function terms(text) {
  const found = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at])) {
      at += 1;
      continue;
    }
    const start = at;
    let quoted = false;
    for (; at < text.length && (quoted || !/\s/.test(text[at])); at += 1) {
      if (quoted && text[at] === "\\") at += 1;
      else if (text[at] === '"') quoted = !quoted;
    }
    at = Math.min(at, text.length);
    found.push(termOf(text.slice(start, at), start));
  }
  return found;
}

function termOf(text, start) {
  const negated = text.startsWith("-");
  const rest = negated ? text.slice(1) : text;
  const colon = rest.search(/[:"]/);
  const hasField = colon > 0 && rest[colon] === ":";
  const field = hasField ? rest.slice(0, colon).toLowerCase() : null;
  const valueStart = start + (negated ? 1 : 0) + (hasField ? colon + 1 : 0);
  return { start, end: start + text.length, text, negated, field, valueStart, values: hasField ? values(rest.slice(colon + 1)) : [] };
}

// Values joined by commas, each as it was meant, without its quotation marks.
function values(text) {
  const all = [];
  let value = "",
    quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const c = text[at];
    if (quoted && c === "\\" && at + 1 < text.length) {
      at += 1;
      value += text[at];
    } else if (c === '"') quoted = !quoted;
    else if (c === "," && !quoted) {
      all.push(value);
      value = "";
    } else value += c;
  }
  return [...all, value];
}

// A value as it must be written to be read as it is.
export function quoted(value) {
  return value !== "" && !/[\s",*]/.test(value) ? value : `"${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
}

const written = (term) => `${term.negated ? "-" : ""}${term.field}:${term.values.map(kept).join(",")}`;
// A star that somebody typed stands for any text and must not come to stand for itself.
const kept = (value) => (/^[^\s",]+$/.test(value) ? value : quoted(value));

// Whether a value is asked for ("with"), ruled out ("without"), or not named by the query (null).
export function standing(text, field, value) {
  const naming = terms(text).find((term) => term.field === field && term.values.includes(value));
  return naming ? (naming.negated ? "without" : "with") : null;
}

// The query that also asks for a value, or rules it out. Values of one field are alternatives, so they are joined; a value
// stands in a query once.
export function withValue(text, field, value, negated = false) {
  const bare = withoutValue(text, field, value);
  const joins = terms(bare).find((term) => term.field === field && term.negated === negated && field !== "from" && field !== "to");
  if (!joins) return `${bare}${bare ? " " : ""}${negated ? "-" : ""}${field}:${quoted(value)}`;
  return `${bare.slice(0, joins.start)}${written(joins)},${quoted(value)}${bare.slice(joins.end)}`;
}

// The query without a value, whether it was asked for or ruled out.
export function withoutValue(text, field, value) {
  const rest = terms(text).flatMap((term) => {
    if (term.field !== field || !term.values.includes(value)) return [term.text];
    const left = term.values.filter((one) => one !== value);
    return left.length === 0 ? [] : [written({ ...term, values: left })];
  });
  return rest.join(" ");
}

// The query without the terms that limit its time, for looking beyond them.
export function withoutTimes(text) {
  return terms(text)
    .filter((term) => term.field !== "from" && term.field !== "to")
    .map((term) => term.text)
    .join(" ");
}

// Whether the query limits its time by itself.
export const namesTime = (text) => terms(text).some((term) => term.field === "from" || term.field === "to");

// What is being written at the caret: a field's word, or a value of a field, with where it begins and ends.
export function wordAt(text, caret) {
  const term = terms(text).find((one) => one.start <= caret && caret <= one.end);
  if (!term) return { kind: "field", field: null, part: "", start: caret, end: caret };
  if (term.field === null || caret < term.valueStart) {
    const start = term.start + (term.negated ? 1 : 0);
    if (text[start] === '"') return null;
    return { kind: "field", field: null, part: text.slice(start, caret).toLowerCase(), start, end: term.end };
  }
  const before = text.slice(term.valueStart, caret);
  const start = term.valueStart + lastComma(before) + 1;
  const behind = text.slice(caret, term.end).search(/,/);
  const end = behind < 0 ? term.end : caret + behind;
  return { kind: "value", field: term.field, part: text.slice(start, caret).replace(/"/g, ""), start, end };
}

function lastComma(text) {
  let quoted = false,
    last = -1;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') quoted = !quoted;
    else if (text[at] === "," && !quoted) last = at;
  }
  return last;
}

// The query with the word at the caret completed, and where the caret stands then.
export function completed(text, word, choice) {
  const field = word.kind === "field";
  const insert = field ? `${choice}:` : quoted(choice);
  const rest = text.slice(word.end);
  const space = !field && !/^[\s,]/.test(rest) ? " " : "";
  return { text: text.slice(0, word.start) + insert + space + rest, caret: word.start + insert.length + space.length };
}

// What is wrong with a query by the server's answer: columns count characters from 1; null where it says no column.
export function mistakes(problem) {
  const about = (problem.errors ?? []).filter((one) => /^\?(filter|q|from|to)$/.test(one.pointer));
  return about.map((one) => {
    const said = /^column (\d+): ([^]*)$/.exec(one.detail);
    return { parameter: one.pointer.slice(1), column: said ? Number(said[1]) : null, words: said ? said[2] : one.detail };
  });
}

// A daemon without one of the newer routes of the journal takes its name for an entry's number, and knows none of its parameters.
export const isUnbuilt = (problem) => problem.status === 400 && (problem.errors ?? []).some((one) => one.detail.startsWith("no parameter is called so"));

// The query cut into pieces, of which those that a mistake is in are marked: from its column to the end of its term, or the term
// behind it where the column is at a space.
export function marked(text, columns) {
  const units = unitsOf(text);
  const wrong = new Set();
  for (const column of columns) {
    const at = units[Math.min(column - 1, units.length - 1)];
    const term = terms(text).find((one) => at < one.end);
    const start = Math.max(at, term?.start ?? at);
    for (let unit = start; unit < (term?.end ?? start + 1); unit += 1) wrong.add(unit);
  }
  const pieces = [];
  for (let at = 0; at < text.length; at += 1) {
    const isWrong = wrong.has(at),
      last = pieces.at(-1);
    if (last && last.wrong === isWrong) last.text += text[at];
    else pieces.push({ text: text[at], wrong: isWrong });
  }
  return pieces;
}

// Where each character begins, in the units of a string: what lies beyond the basic plane takes two.
function unitsOf(text) {
  const starts = [];
  let at = 0;
  for (const character of text) {
    starts.push(at);
    at += character.length;
  }
  return [...starts, at];
}

export const unitOf = (text, column) => unitsOf(text)[Math.min(Math.max(column - 1, 0), Array.from(text).length)];
