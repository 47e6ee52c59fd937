// Proving oneself again before what cannot be taken back, without leaving the screen. What counts as proof is the daemon's; what
// this form cannot do (a passkey, a provider) is on the page it links to.

import { post } from "./api.js";
import { confirm, field } from "./dialog.js";
import { h } from "./dom.js";

// True once it is proven.
export async function prove() {
  const code = h("input", { name: "code", autocomplete: "one-time-code", inputmode: "numeric", spellcheck: "false", maxlength: 40 });
  const password = h("input", { name: "password", type: "password", autocomplete: "current-password", maxlength: 1024 });
  const back = encodeURIComponent(location.pathname + location.search);
  const done = await confirm({
    title: "Prove yourself again",
    effect: "What cannot be taken back asks who you are once more, and so does anything after a desk has idled. For five minutes nothing more is asked then.",
    fields: [field("Code of the authenticator app", code), field("Or the password", password),
      h("p", { class: "aside" }, h("a", { href: `/account/prove?back=${back}` }, "Use a passkey or your provider instead"), " (what you have begun here is not kept)")],
    confirmLabel: "Go on",
    submit: async (values) => {
      const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
      return post("sessions/step-up", given);
    },
  });
  return done !== null;
}
