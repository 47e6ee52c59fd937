// When credentials and grants were last used, as far as the newest uses in the journal tell; beyond them it says "not lately"
// rather than "never".

import { get, queryOf } from "../api.js";
import { h, replace } from "../dom.js";
import { may } from "../site.js";
import { timeEl } from "../time.js";
import { lastUses } from "./access.js";
import { agoWord, pathNode } from "./places_node.js";

const LOOKED_AT = 500;

/** What fills in, once loaded, when each credential and grant of a person was last used. */
export function usesOf(person, signal) {
  const nodes = new Map();
  let newest = null;
  let looked = 0;
  let failed = !may("view_journal");

  async function load() {
    if (failed) return;
    try {
      const page = await get(`events${queryOf({ filter: `person:${person} type:access.granted`, sort: "-at", limit: LOOKED_AT })}`, { signal });
      newest = lastUses(page.items);
      looked = page.items.length;
    } catch {
      failed = true;
    }
    for (const [id, all] of nodes) for (const node of all) replace(node, words(id));
  }

  function words(id) {
    if (failed) return "not told";
    if (!newest) return "…";
    const event = newest.get(id);
    if (!event) return looked < LOOKED_AT ? "never" : `not in the last ${LOOKED_AT} uses`;
    return [timeEl(event.time, { relative: true }), agoWord(), h("span", { class: "used-at" }, pathNode(event.subject))];
  }

  function node(id) {
    const one = h("span", { class: "last-used" }, words(id));
    nodes.set(id, [...(nodes.get(id) ?? []).filter((known) => known.isConnected), one]);
    return one;
  }

  load();
  return { card: node, grant: node, reload: load };
}
