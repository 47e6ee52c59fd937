// Patterns of light, sound and text as they are chosen from. The table is the daemon's. No DOM.

export const patternTitle = (one) => `${one.id}  ${one.outcome}`;

// What whoever stands there sees, and for how long.
export function lookWords(patterns, id) {
  const one = patterns.find((pattern) => pattern.id === id);
  return one ? `Looks: ${one.looks}. Shown for ${one.test_ms / 1000} s.` : "";
}
