// Where the lists of who is inside come from: the routes of this version, or what an older daemon tells in their shape. It counts
// nothing itself.

import { isUntold, listAll, queryOf } from "../api.js";
import { areasOf, insideOf } from "./areas.js";

const MOST = 60_000;

export class InsideSource {
  isLess = false; // whether the daemon tells names, areas and times only

  async areas(signal) {
    try {
      return await listAll("inside/areas?limit=1000", { signal });
    } catch (problem) {
      if (!isUntold(problem)) throw problem;
      this.isLess = true;
      return areasOf(await listAll("areas?limit=1000", { signal }));
    }
  }

  async persons(area, signal) {
    try {
      return await listAll(`inside${queryOf({ area, limit: 1000 })}`, { signal, most: MOST });
    } catch (problem) {
      if (!isUntold(problem)) throw problem;
      this.isLess = true;
      return this.#occupants(area, signal);
    }
  }

  // The occupants of an area hold those of the areas within it, so the outermost ones are enough for the site.
  async #occupants(area, signal) {
    const all = areasOf(await listAll("areas?limit=1000", { signal }));
    const outermost = all.filter((one) => !all.some((other) => other.area === one.parent)).map((one) => one.area);
    const found = await Promise.all((area ? [area] : outermost).map((one) => listAll(`areas/occupancy${queryOf({ area: one, limit: 1000 })}`, { signal, most: MOST })));
    return insideOf(found.flat());
  }
}
