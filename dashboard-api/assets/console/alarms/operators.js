// What operators are called, for those who may see it; everybody else is shown ids. Fetched once a page, and again where an id
// is met that nobody knew.

import { listAll } from "../api.js";
import { bdi } from "../dom.js";
import { may, site } from "../site.js";

const LOOK_AGAIN_MS = 30_000;

let loading = null;
let loadedAt = 0;
const byId = new Map();

// Every operator as far as this one may see them: [{id, name, role, state}].
export function operators() {
  if (!may("view_operators")) return Promise.resolve([]);
  if (!loading) {
    loadedAt = Date.now();
    loading = listAll("operators?limit=1000&fields=id,name,role,state").then((items) => {
      for (const one of items) byId.set(one.id, one);
      return items;
    }).catch(() => {
      loading = null;
      return [];
    });
  }
  return loading;
}

// Whoever did something, as they are called here.
export function nameOf(actor) {
  if (!actor) return "nobody";
  if (actor === site.operatorId) return "you";
  if (actor === "system") return "Rackward";
  if (byId.has(actor)) return byId.get(actor).name ?? actor;
  if (actor.startsWith("opr-") && Date.now() - loadedAt > LOOK_AGAIN_MS) {
    loading = null;
    operators();
  }
  return actor;
}

export const person = (actor) => bdi(nameOf(actor));
