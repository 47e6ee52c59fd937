// What stands where a tab has no alarms: why there are none, what was last and how many there were today. It asks the journal where the role reads it.

import { get, queryOf as addressOf } from "../api.js";
import { h, replace } from "../dom.js";
import { empty } from "../list_view.js";
import { localTime, serverNow } from "../time.js";
import { may } from "../site.js";
import { rateWords } from "./rates.js";
import { filterWords, queryOf } from "./views.js";

const NONE = {
  active: "No active alarms.", mine: "Nothing is assigned to you.", returned: "Nothing has returned unacknowledged.",
  verdict: "Nothing waits for a verdict.", shelved: "Nothing is on the shelf.", out_of_service: "Nothing is out of service.",
  closed_today: "Nothing was closed within the last day.",
};

const ADVICE = {
  mine: "Assign an alarm to yourself with o, or acknowledge it.", shelved: "Shelve an alarm with s; it comes back by itself.",
  out_of_service: "What an alarm is about can be taken out of service from its own page.",
};

// The words for a choice whose list is empty.
export function nothing(choice, isFiltered) {
  const tail = h("span", null);
  if (choice.view === "active") tell(tail);
  const box = empty(h("span", null, NONE[choice.view], " ", tail), ADVICE[choice.view] ?? null);
  if (isFiltered) {
    box.append(h("p", null, `The filter is: ${filterWords(choice)}. `,
      h("a", { href: `/alarms${addressOf(queryOf({ ...choice, prio: [], area: "", sel: "" }))}` }, "Show all of them")));
  }
  return box;
}

// "Last alarm: P3 at 09:12. Rate today 3/h."
async function tell(root) {
  if (!may("view_journal")) return;
  try {
    const [last, today] = await Promise.all([
      get(`events${addressOf({ filter: "type:alarm.raised", sort: "-at", limit: 1 })}`),
      get(`events${addressOf({ filter: 'type:alarm.raised from:"today 00:00"', limit: 1 })}`),
    ]);
    const [event] = last.items;
    if (!event) replace(root, "No alarm was ever raised here.");
    else replace(root, `Last alarm: P${event.data.priority} at ${localTime(event.time)}. `, rateWords(today.total_estimate, startOfToday(), serverNow()));
  } catch {
    // That there are none is said all the same.
  }
}

function startOfToday() {
  const [hours, minutes, seconds] = localTime(serverNow().toISOString()).split(":").map(Number);
  return new Date(serverNow().getTime() - ((hours * 60 + minutes) * 60 + seconds) * 1000);
}
