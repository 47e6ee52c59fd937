// One credential: its state with the reason ONVIF knows for it, when it counts, whose it is, what happened with it. What became of
// a card is said here and decided by the daemon.

import { get, queryOf } from "../api.js";
import { bdi, h, replace } from "../dom.js";
import { empty, facts, head, panel } from "../list_view.js";
import { pane } from "../pane.js";
import { toldLine } from "../people/acts.js";
import { cardActions, stateNode } from "../people/cards.js";
import { follow } from "../people/follow.js";
import { nameOf } from "../people/words.js";
import { timeEl } from "../time.js";
import { sentence } from "../words.js";

export const title = ({ id }) => `Credential ${id}`;

export function mount(root, { id }, ctx) {
  const { signal } = ctx;
  const line = toldLine();
  const [box, story, standing] = [h("div"), h("div"), h("span")];
  let card = null;
  const reload = () => Promise.all([shown.reload(), past.reload()]);
  const actions = cardActions({ line, changed: reload });

  const shown = pane(box, async (stop) => {
    const found = await get(`credentials/${encodeURIComponent(id)}`, { signal: stop });
    const holder = await get(`people/${encodeURIComponent(found.person)}`, { signal: stop });
    return { found, holder };
  }, ({ found, holder }) => {
    card = found;
    replace(standing, stateNode(found));
    return cardView(found, holder, actions);
  }, { what: "the credential", signal });

  const past = pane(story, (stop) => get(`events${queryOf({ filter: `credential:${id}`, sort: "-at", limit: 50 })}`, { signal: stop }), (page) =>
    h("ol", { class: "story" }, page.items.map((event) => h("li", null, timeEl(event.time), h("span", null, sentence(event))))),
  { what: "events", signal, empty: (page) => (page.items.length > 0 ? null : empty("Nothing was recorded of this credential.")) });

  replace(root, line.el,
    h("section", { class: "person-card", "aria-label": "Credential" }, head(id, { aside: "credential", tools: [standing] }), box),
    panel("What happened with it", story, { aside: "the newest 50 events", tools: [h("a", { href: `/events?q=${encodeURIComponent(`credential:${id}`)}` }, "All events")] }));
  const off = follow(/^(credential|person|access)\./, reload, 2000);
  const disable = () => (card ? actions.disable(card) : false);
  return { unmount: off, keys: { D: [disable, "disable this credential now"], d: disable } };
}

function cardView(card, holder, actions) {
  const buttons = actions.buttons(card);
  for (const button of buttons.querySelectorAll("button")) button.removeAttribute("tabindex");
  return h("div", { class: "person-facts" },
    facts([
      ["Held by", h("a", { href: `/people/${encodeURIComponent(card.person)}` }, bdi(nameOf(holder)), ` (${card.person})`)],
      ["Valid from", timeEl(card.valid_from_at)],
      ["Valid until", timeEl(card.valid_to_at)],
      ["Locked out until", card.locked_out_until_at ? timeEl(card.locked_out_until_at) : null],
      ["Card number", "not stored; only a keyed hash of it is"],
    ]),
    h("div", { class: "acts person-acts" }, buttons));
}
