// The fields of a request for a right, and what the area's policy wants of one. What is right is the daemon's to say.

import { listAll } from "../api.js";
import { h } from "../dom.js";
import { field } from "./form.js";
import { personField, placeField } from "./pick.js";

/** The fields by name; `values` come from the address, `onPlace(meant)` is told what a place means. */
export function requestFields(values, signal, onPlace) {
  const chosen = values.profile ?? "";
  const profile = field({ label: "Or a profile", name: "profile", type: "select", value: chosen, options: [{ value: "", words: "none" }, ...(chosen ? [{ value: chosen, words: chosen }] : [])] });
  fill(profile, "profiles?limit=1000", chosen, signal);
  const schedule = field({ label: "Schedule", name: "schedule", type: "select", options: [{ value: "", words: "at all times" }] });
  fill(schedule, "schedules?limit=1000", "", signal);
  return {
    person: personField({ value: values.person ?? "", signal }),
    place: placeField({ value: values.place ?? "", onPlace }),
    profile,
    from: field({ label: "From", name: "from", value: values.from || "now", hint: "now, tomorrow 08:00, or a date and time", pointers: ["#/from_at"], spellcheck: "false" }),
    to: field({ label: "Until", name: "to", value: values.to ?? "", required: true, hint: "+4h, today 18:00, or a date and time", pointers: ["#/to_at"], spellcheck: "false" }),
    schedule,
    days: field({ label: "Days", name: "days", hint: "such as Mon-Fri; every day if left out" }),
    between: field({ label: "Hours", name: "between", hint: "such as 08:00-18:00; all day if left out" }),
    uses: field({ label: "Uses", name: "uses", inputmode: "numeric", hint: "how often; without limit if left out" }),
    escort: field({ label: "Only with an escort", name: "escort", type: "checkbox" }),
    ticket: field({ label: "Change ticket", name: "ticket", value: values.ticket ?? "", maxlength: 64 }),
    reason: field({ label: "Reason", name: "reason", value: values.reason ?? "", required: true, maxlength: 256, hint: "goes into the journal" }),
  };
}

function fill(select, path, known, signal) {
  listAll(path, { signal }).then((items) => select.input.append(...items.filter((one) => one.name !== known).map((one) => h("option", { value: one.name }, one.name)))).catch(() => {});
}

/** What the areas of the doors want of a right, a sentence each. */
export async function policyWords(meant, signal) {
  if (!meant) return [];
  const areas = await listAll("areas?limit=1000", { signal });
  const wanted = new Set(meant.doors.map((door) => door.area));
  return areas.filter((area) => wanted.has(area.path)).map((area) => {
    const approvals = area.approvals === 1 ? "one approval by somebody else" : `${area.approvals} approvals by others`;
    const asks = [area.ticket_required ? "a change ticket" : null, area.approvals > 0 ? approvals : null].filter(Boolean);
    return asks.length > 0 ? `${area.path} asks for ${asks.join(" and ")}.` : `${area.path} asks for neither ticket nor approval.`;
  });
}
