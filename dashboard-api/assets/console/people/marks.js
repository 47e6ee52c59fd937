// Marks of a muster on one tablet: which of two counts, which wait for the link, and how the board reads with them. The daemon
// merges by the same rule, the later `at` wins; nothing here decides what a mark means for anybody's rights: it never means any.

export const STATUSES = ["missing", "safe", "unsure", "not_on_site"];

export const STATUS_WORDS = { missing: "missing", safe: "safe", unsure: "unsure", not_on_site: "not on site" };

/** More waiting marks than anybody makes in one muster; the oldest person's is not dropped, further ones are refused. */
export const MAX_WAITING = 5000;

const MAX_TEXT = 256;

const later = (one, other) => Date.parse(one.at) >= Date.parse(other.at);

/** The waiting marks with one more: one a person, the later one. */
export function withMark(waiting, mark) {
  const before = waiting.find((one) => one.person === mark.person);
  if (before && !later(mark, before)) return waiting;
  const rest = waiting.filter((one) => one.person !== mark.person);
  return rest.length >= MAX_WAITING ? waiting : [...rest, mark];
}

/** A text as a mark can carry it: one line, without what nobody sees, as long as the daemon takes. */
export function oneLine(text) {
  const line = String(text ?? "").replace(/[\p{C}\p{Z}\s]+/gu, " ").trim();
  return [...line].slice(0, MAX_TEXT).join("").trim();
}

/** What still waits after these were taken: a mark made anew while they were on their way stays. */
export function withoutSent(waiting, sent) {
  return waiting.filter((one) => !sent.some((mark) => mark.person === one.person && mark.at === one.at));
}

/** The muster as it stands with the marks that still wait for the link. */
export function merged(muster, waiting, by) {
  const marks = new Map(waiting.map((mark) => [mark.person, mark]));
  const persons = muster.persons.map((person) => {
    const mark = marks.get(person.id);
    if (!mark || (person.said && Date.parse(person.said.at) > Date.parse(mark.at))) return { ...person, waits: false };
    const { status, where, note, at } = mark;
    return { ...person, status, said: status === "missing" ? null : { by, where, note, at }, waits: true };
  });
  return { ...muster, persons, counts: countsOf(persons) };
}

export function countsOf(persons) {
  const counts = { missing: 0, safe: 0, unsure: 0, not_on_site: 0 };
  for (const person of persons) counts[person.status] += 1;
  return counts;
}

/** Areas with what was counted on the board, so that the table agrees with the columns while marks wait. */
export function areasWith(areas, persons) {
  return areas.map((area) => ({ ...area, ...countsOf(persons.filter((person) => person.area === area.area)) }));
}

/** What is to be said of the link: null while nothing waits. */
export function waitingWords(count, isLive) {
  if (count === 0) return isLive ? null : "No link. Marks are kept on this device and sent when it is back.";
  const marks = count === 1 ? "1 mark waits" : `${count} marks wait`;
  return isLive ? `${marks} to be sent.` : `${marks} for the link, kept on this device.`;
}

/** One sentence of what ending does now. */
export function endWords(muster, elapsedWords) {
  const { missing, safe, unsure, not_on_site: away } = muster.counts;
  const kind = muster.kind === "real" ? "real muster" : "drill";
  const named = missing + unsure > 0 ? " Whoever is missing or unsure is recorded with the end." : "";
  return `Ends the ${kind} of ${muster.area} after ${elapsedWords}: ${safe} safe, ${unsure} unsure, ${missing} missing, ${away} not on site.${named} It cannot be taken up again.`;
}
