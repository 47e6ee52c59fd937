// Patterns of light, sound and text as they are chosen from. The table is the daemon's. No DOM.

export const patternTitle = (one) => `${one.id}  ${one.outcome}`;

// What it means to whoever stands there, what they see, and for how long.
export function lookWords(patterns, id) {
  const one = patterns.find((pattern) => pattern.id === id);
  if (!one) return "";
  const means = one.means ? `Means: ${one.means} ` : "";
  return `${means}Looks: ${one.looks}. Shown for ${one.test_ms / 1000} s.`;
}
