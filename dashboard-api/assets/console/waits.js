// What waits for a second operator, in the words in which every screen says it: of an order that waits nothing was done, and it is
// never called done. No DOM here.

/**
 * A sentence about answers that are proposals, `{proposal, until_at}`; `clock` words a time. Of several it says the earliest end.
 */
export function waitsWords(answers, clock = null) {
  const ends = answers.map(({ until_at: until }) => until).filter(Boolean).sort();
  const until = clock && ends.length > 0 ? `, until ${clock(ends[0])}` : "";
  if (answers.length === 1) return `Nothing was done yet: ${answers[0].proposal} waits for a second operator${until}.`;
  return `${answers.length} orders wait for a second operator${until}: ${answers.map(({ proposal }) => proposal).join(", ")}.`;
}
