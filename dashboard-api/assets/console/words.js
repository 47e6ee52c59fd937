// Words for what the daemon tells by a code, where it does not send the words itself. Nothing is judged here.

import { timesIn } from "./moments.js";

let zone = "UTC";

// The zone in which sentences say their times.
export function setZone(name) {
  zone = name;
}

const REASONS = {
  credential_unknown: "card not known here", credential_disabled: "card disabled", credential_lost: "card reported lost",
  credential_stolen: "card reported stolen", credential_damaged: "card damaged", credential_destroyed: "card destroyed",
  credential_unassigned: "card belongs to nobody", credential_inactive_too_long: "card not used for too long",
  credential_locked_out: "card locked out after wrong tries", renewal_needed: "card must be renewed", person_disabled: "person stopped",
  pin_wrong: "wrong PIN", second_factor_mismatch: "second factor did not fit", factor_timeout: "second factor did not come in time",
  not_authorised_point: "no right at this point", not_authorised_area: "no right to this area", passback: "has not left before entering again",
  second_person_missing: "second person did not come", second_person_wrong: "second person has no right", verification_failed: "verification failed",
  credential_not_yet_valid: "card not valid yet", credential_expired: "card expired", not_permitted_at_this_time: "not permitted at this time",
  grant_not_approved: "right not approved yet", uses_exhausted: "right used up", point_disabled: "point out of service", blocked: "door blocked",
  locked_down: "area locked down", interlock: "another door of the interlock is open", occupancy_limit: "as many inside as may be",
  armed_state: "area armed", no_decision: "no decision could be made",
};

const MODES = {
  locked: "locked", unlocked: "held unlocked", accessed: "in use by a grant", blocked: "blocked", locked_down: "locked down",
  locked_open: "locked open", double_locked: "double locked", unknown: "mode unknown",
};

const LEVELS = { desk: "desk", second_desk: "second desk", duty_manager: "duty manager", external: "external station", supervisor: "supervisor" };

// A code without words of its own, readable all the same.
export const plain = (code) => String(code ?? "").replaceAll("_", " ");

export const reasonWords = (reason) => REASONS[reason] ?? plain(reason);
export const modeWords = (mode) => MODES[mode] ?? plain(mode);
export const levelWords = (level) => LEVELS[level] ?? plain(level);
export const reasonCodes = Object.keys(REASONS);

export function stateWords(alarm) {
  if (alarm.state) return alarm.state;
  if (alarm.active) return alarm.acked ? "active, acked" : "active, unacked";
  return alarm.acked ? "returned, to be judged" : "returned, unacked";
}

// The daemon's sentence, with times of the site; for whoever may not see persons there is none, and the event's name and place stand for it.
export function sentence(event) {
  const name = event.name ?? String(event.type ?? "").replace(/^rackward\.|\.v\d+$/g, "");
  return event.data?.sentence ? timesIn(event.data.sentence, zone) : `${name.replace(/[._-]/g, " ")}: ${event.subject ?? ""}`;
}

export const capital = (text) => (text ? text[0].toUpperCase() + text.slice(1) : "");
export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
