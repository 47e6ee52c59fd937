// Screen 3: one alarm on a page of its own, `/alarms/{id}`. What it shows and does is alarms/detail.js and alarms/bar.js; here
// are its address, its keys and the way back to the list.

import { h, replace } from "../dom.js";
import { go } from "../router.js";
import { actionKeys } from "../alarms/bar.js";
import { beat } from "../alarms/beat.js";
import { openDetail } from "../alarms/detail.js";
import { statement } from "../alarms/state.js";

export const title = ({ id }) => `Alarm ${id}`;

export function mount(root, { id }, ctx) {
  const detail = openDetail(id, { signal: ctx.signal, onAlarm: (alarm) => ctx.setTitle(statement(alarm)) });
  replace(root, h("div", { class: "alarm-page" },
    h("p", { class: "back" }, h("a", { href: "/alarms" }, "All alarms")), detail.el));
  beat(root, ctx.signal);
  return {
    keys: {
      ...actionKeys(() => detail.alarm()),
      ...stepKeys((step) => detail.tick(step)),
      c: [() => detail.cycle(), "cycle cameras"],
      Escape: [() => go("/alarms"), "back to the list"],
    },
    unmount: () => detail.close(),
  };
}

// 1 to 9 tick the steps; only the first says so in the help.
export function stepKeys(tick) {
  const keys = {};
  for (let step = 1; step <= 9; step += 1) {
    const fn = () => {
      tick(step);
      return true;
    };
    keys[String(step)] = step === 1 ? [fn, "tick step 1, and so on to 9"] : fn;
  }
  return keys;
}
