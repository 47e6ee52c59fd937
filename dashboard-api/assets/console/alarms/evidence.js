// The evidence pack of an alarm. It is the daemon's: the alarm, its events, its stills, a manifest and the proof of the chain.

import { getRaw, isUntold, segment } from "../api.js";
import { h, replace } from "../dom.js";
import { problemView } from "../pane.js";

// A button that fetches the pack and hands it to the browser as a file.
export function evidence(alarm) {
  const told = h("div", { "aria-live": "polite" });
  const button = h("button", { type: "button", dataset: { order: "evidence" }, on: { click: () => fetchPack(alarm, button, told) } }, "Download the evidence pack");
  return h("div", { class: "evidence" },
    h("p", { class: "aside" }, "A zip with the alarm, its events, its stills, a manifest with their SHA-256, and the proof of the chain."), button, told);
}

async function fetchPack(alarm, button, told) {
  button.disabled = true;
  replace(told, h("p", { class: "aside" }, "The pack is being made."));
  try {
    const answer = await getRaw(`alarms/${segment(alarm.id)}/evidence`, { accept: "application/zip" });
    save(await answer.blob(), `${alarm.id}-evidence.zip`);
    replace(told, h("p", null, `${alarm.id}-evidence.zip was handed to the browser.`));
  } catch (problem) {
    replace(told, isUntold(problem) ? h("p", { class: "aside" }, "This version of the daemon makes no evidence packs.") : problemView(problem));
  } finally {
    button.disabled = false;
  }
}

function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
