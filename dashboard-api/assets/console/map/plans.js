// Which plans there are, and which one an address means. A daemon that tells no plans has one for the whole site and one for each
// hall, made from the doors alone; so has one that tells some, for the whole site.

import { get, getRaw, isUntold } from "../api.js";
import { around, inOrder, label, siteIndex, siteTree } from "./places.js";
import { readPlan } from "./plan_svg.js";

/** The plan that is made from every door. */
export const WHOLE = { id: "-", name: "Whole site", area: "", generated: true, floor: null, fromDoors: true };

/** `{told, items}`: every plan in the order of floors, the whole site first. */
export async function loadPlans(doors, signal) {
  try {
    const { items } = await get("plans?limit=1000", { signal });
    // What is made from doors is drawn here, because then it follows them; a plan of one rack would show nothing more than its page.
    const isOfRack = (plan) => plan.generated && siteIndex(doors).kindOf(plan.area) === "rack";
    const shown = items.filter((plan) => !isOfRack(plan)).map((plan) => ({ ...plan, fromDoors: plan.generated }));
    return { told: true, items: [WHOLE, ...shown.sort(byFloor)] };
  } catch (problem) {
    if (!isUntold(problem)) throw problem;
    const halls = siteTree(doors).halls.map(({ path }) => ({ id: path.replaceAll("/", "."), name: label(path), area: path, generated: true, floor: null, fromDoors: true }));
    return { told: false, items: [WHOLE, ...halls] };
  }
}

const byFloor = (a, b) => (a.floor ?? 0) - (b.floor ?? 0) || inOrder(a.area ?? "", b.area ?? "") || inOrder(a.name, b.name);

/** The plan of an address: the one it names, else what fits best to what is selected, else an uploaded one, else the whole site. */
export function planFor(items, id, selected, inside) {
  if (id) return items.find((plan) => plan.id === id) ?? null;
  const drawn = items.filter((plan) => !plan.generated && (!selected || around(selected, inside).includes(plan.area)));
  const depth = (plan) => around(plan.area, inside).length;
  drawn.sort((a, b) => (selected ? depth(b) - depth(a) : depth(a) - depth(b)));
  return drawn[0] ?? items[0];
}

/** Plans of areas within that of this one, which are opened from it. */
export const childrenOf = (items, plan, inside) => items.filter((one) => one.id !== plan.id && one.area && one.area !== plan.area && (plan.area === "" || around(one.area, inside).includes(plan.area)));

/** The plan of an area. */
export const planOf = (items, area) => items.find((plan) => plan.area === area && !plan.generated) ?? items.find((plan) => plan.area === area) ?? null;

/** A plan with its drawing: `{plan, drawing, problem}`; without a drawing it is drawn from the doors. */
export async function loadPlan(plan, signal) {
  if (plan.fromDoors) return { plan, drawing: null, problem: null };
  const at = `plans/${encodeURIComponent(plan.id)}`;
  try {
    const [whole, answer] = await Promise.all([get(at, { signal }), getRaw(`${at}/svg`, { signal, accept: "image/svg+xml" })]);
    return { plan: { ...plan, ...whole }, drawing: readPlan(await answer.text()), problem: null };
  } catch (problem) {
    if (signal?.aborted) throw problem;
    return { plan, drawing: null, problem: isUntold(problem) ? null : problem };
  }
}
