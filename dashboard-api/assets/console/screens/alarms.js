// Screen 2: the alarm desk, `/alarms?view=&prio=&area=&sel=&behind=`. The list is alarms/desk.js, what stands beside it
// alarms/detail.js; here both come together with their keys.

import { h } from "../dom.js";
import { segment } from "../api.js";
import { go } from "../router.js";
import { stepKeys } from "./alarm.js";
import { beat } from "../alarms/beat.js";
import { Desk, NARROW } from "../alarms/desk.js";
import { openDetail } from "../alarms/detail.js";

export const title = () => "Alarms";

export function mount(root, _params, ctx) {
  let detail = null;
  const desk = new Desk(root, ctx, { open: (id) => open(id), opened: () => detail?.opened.alarm() ?? null });

  function open(id) {
    if (detail?.id === id) return;
    detail?.gone.abort();
    detail = null;
    ctx.detail(null);
    if (!id) return;
    if (matchMedia(NARROW).matches) {
      // Where there is no room beside the list, an alarm has the screen for itself; the list is one step back.
      setTimeout(() => !ctx.signal.aborted && go(`/alarms/${segment(id)}`, { replace: true }));
      return;
    }
    detail = beside(id);
    ctx.detail(detail.el);
  }

  function beside(id) {
    const gone = new AbortController();
    const signal = AbortSignal.any([ctx.signal, gone.signal]);
    const opened = openDetail(id, { signal, level: 2 });
    const el = h("div", { class: "alarm-beside" },
      h("p", { class: "beside-head" },
        h("a", { href: `/alarms/${segment(id)}` }, "Open on a page of its own"),
        h("button", { type: "button", class: "quiet", "aria-label": "Close the alarm beside the list", on: { click: () => desk.back() } }, "Close")),
      opened.el);
    beat(el, signal);
    return { id, gone, el, opened };
  }

  return {
    onQuery: (query) => desk.onQuery(query),
    keys: {
      ...desk.keys(),
      ...stepKeys((step) => detail?.opened.tick(step)),
      c: [() => detail?.opened.cycle(), "cycle cameras"],
      Escape: [() => desk.back(), "close the alarm beside the list"],
    },
    unmount: () => detail?.gone.abort(),
  };
}
