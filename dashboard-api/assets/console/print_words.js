// What a sheet says beside the screen itself, in words: its title, its filter, and up to where the journal stands behind it. No DOM.

import { plain } from "./words.js";

// What says where somebody looks, and leaves nothing out.
const NO_FILTER = new Set(["sel", "face", "z", "layers", "tablet", "print", "edit", "tab"]);

// The query of an address, member by member.
export function queryWords(search) {
  const parts = [...new URLSearchParams(search)].filter(([name, value]) => value && !NO_FILTER.has(name)).map(([name, value]) => `${plain(name)} ${value}`);
  return parts.length > 0 ? parts.join("; ") : "none, everything";
}

// The title of a page without what counts in it and whose it is.
export function titleWords(title, siteName) {
  const suffix = `${siteName} - Rackward`;
  const own = title.endsWith(suffix) ? title.slice(0, -suffix.length) : title;
  return own.replace(/^\(\d+\) /, "").replace(/ - $/, "");
}

// The entry up to which the hash stands for everything is not always the newest one.
export function headWords(status) {
  if (!status) return "Journal head not known";
  return status.head_hash ? `Journal up to entry ${status.head_hash_of ?? status.head}, chain head ${status.head_hash}` : `Journal up to entry ${status.head}, chain head not read`;
}
