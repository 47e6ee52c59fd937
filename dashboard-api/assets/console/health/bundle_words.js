// What is said of a support bundle before it is saved: each file with its size, what is redacted in it and what it has no place
// for. The facts are the daemon's. No DOM.

import { count } from "../words.js";

const kilobytes = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

export function outline(listed) {
  const files = listed.files.map((file) => ({
    name: file.name,
    what: file.what,
    size: kilobytes(file.bytes),
    notes: [
      file.untold ? `Not told: ${file.untold}.` : null,
      !file.untold && file.left_out.length ? `Left out: ${file.left_out.join(", ")}.` : null,
      file.redacted ? `Redacted in ${count(file.redacted, "place")}, each of which says so.` : null,
    ].filter(Boolean),
  }));
  const redacted = listed.redacted ? `, redacted in ${count(listed.redacted, "place")}` : "";
  const summary = `${count(files.length, "file")}, about ${kilobytes(listed.bytes)}${redacted}. Nothing is saved or sent before you say so.`;
  return { files, summary, never: listed.never };
}
