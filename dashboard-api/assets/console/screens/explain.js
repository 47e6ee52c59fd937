// Why somebody would or would not pass: who, where and when as a form and in the address, and the daemon's decision step by step.
// The same rules as at the door ran; nothing is decided or guessed here.

import { get, listAll, queryOf } from "../api.js";
import { h, replace } from "../dom.js";
import { empty, head, panel } from "../list_view.js";
import { pane } from "../pane.js";
import { field, form } from "../people/form.js";
import { personField, pointField } from "../people/pick.js";
import { pointOf } from "../people/places.js";
import { explanation, outcomeWords } from "../people/steps.js";
import { tellStatus } from "../announce.js";
import { query, setQuery } from "../router.js";
import { parseWhen, toUrl } from "../time.js";

export const title = () => "Explain";

export function mount(root, params, ctx) {
  const { signal } = ctx;
  let points = null;
  const loadPoints = () => (points ??= listAll("points?limit=1000", { signal }));
  const box = h("div", { class: "explain-found" });
  let shown = null;

  function ask(now) {
    const [person, point, at] = ["person", "point", "at"].map((name) => now.get(name) ?? "");
    const fields = [
      personField({ value: person, signal, pointers: ["?person", "#/person"] }),
      pointField({ value: point, points: loadPoints }),
      field({ label: "When", name: "at", value: at, hint: "now, tomorrow 08:00, -2h, or a date and time; now if left out", pointers: ["?at"], spellcheck: "false" }),
    ];
    const one = form({ fields, words: "Explain", label: "Explain a decision", acts: false, check: ({ at: when }) => whenWrong(when), run: (values) => run(values) });
    replace(root, head("Explain"), panel("Would this person be let through, and if not, which rule objects?", one.el), box);
    if (person && point) show(one, { person, point, at });
    else replace(box, empty("Nothing was asked yet.", "Name a person and a point. The rules that run are those of the door, in the same order."));

    async function run(values) {
      const point_ = pointOf(values.point, await loadPoints());
      const when = values.at ? toUrl(parseWhen(values.at)) : "";
      setQuery({ person: values.person, point: point_, at: when }, { replace: false });
      show(one, { person: values.person, point: point_, at: when });
    }
  }

  function show(one, { person, point, at }) {
    shown = pane(box, async (stop) => {
      const asked = at ? toUrl(parseWhen(at)) : "";
      const found = await get(`explain${queryOf({ person, point: pointOf(point, await loadPoints()), at: asked })}`, { signal: stop });
      return { found, name: await nameFor(found.person, stop) };
    }, ({ found, name }) => {
      tellStatus(outcomeWords(found));
      return explanation(found, name);
    }, { what: "the decision", signal });
  }

  ask(query());
  return { onQuery: ask, unmount: () => { shown = null; } };
}

function whenWrong(text) {
  try {
    if (text) parseWhen(text);
    return [];
  } catch (error) {
    return [{ pointer: "?at", detail: error.message }];
  }
}

async function nameFor(id, signal) {
  const page = await get(`people${queryOf({ filter: `id:${id}`, limit: 1 })}`, { signal }).catch(() => ({ items: [] }));
  return page.items[0]?.name ?? null;
}
