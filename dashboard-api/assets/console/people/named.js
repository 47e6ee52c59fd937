// Names for ids in lists that have only ids, asked for together. The list of persons is asked and not their records, because a
// look at a record is recorded. Where names are hidden, the daemon answers pseudonyms.

import { listAll, queryOf } from "../api.js";
import { bdi, h, replace } from "../dom.js";
import { nameOf } from "./words.js";

const AT_ONCE = 50;

export function namesFor(signal) {
  const known = new Map();
  const nodes = new Map();
  let wanted = new Set();
  let timer = 0;

  async function load() {
    timer = 0;
    const ids = [...wanted];
    wanted = new Set();
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const some = ids.slice(at, at + AT_ONCE);
      try {
        for (const person of await listAll(`people${queryOf({ filter: `id:${some.join(",")}`, limit: 1000 })}`, { signal })) known.set(person.id, person);
      } catch {
        // An id without a name is still an id.
      }
    }
    for (const [id, all] of nodes) {
      for (const node of all) fill(node, id);
      nodes.set(id, all.filter((node) => node.isConnected));
    }
  }

  function fill(node, id) {
    const person = known.get(id);
    const name = person && nameOf(person);
    replace(node, name ? [bdi(name), !name.includes(id) && h("span", { class: "aside" }, ` ${id}`)] : id);
  }

  return {
    /** A link to a person, with the name as soon as it is known. */
    node(id) {
      const one = h("a", { href: `/people/${encodeURIComponent(id)}`, class: "person-link" });
      fill(one, id);
      nodes.set(id, [...(nodes.get(id) ?? []), one]);
      if (!known.has(id)) {
        wanted.add(id);
        timer ||= setTimeout(load, 0);
      }
      return one;
    },
    /** Asks for the names anew; those that are known stay until then. */
    refresh() {
      for (const [id, all] of nodes) {
        if (all.some((node) => node.isConnected)) wanted.add(id);
        else nodes.delete(id);
      }
      if (wanted.size > 0) timer ||= setTimeout(load, 0);
    },
  };
}
