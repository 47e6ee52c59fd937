// The words for persons, what they present, their rights and why a door refuses them. The API's words are the keys, and a
// word that is not known here is shown as it came. What a state means for somebody at a door is decided by the daemon.

const PERSON_STATUSES = {
  enabled: "enabled",
  suspended: "disabled",
  expected: "expected",
  left: "left",
};

const PERSON_MEANINGS = {
  enabled: "Rights count.",
  suspended: "No right counts until somebody enables this person again.",
  expected: "Rights may be prepared and do not count yet.",
  left: "Every right has ended and every credential is out of use.",
};

// ONVIF knows two facts, enabled or not, and a reason (vocabulary, E.2).
const CREDENTIAL_STATES = {
  enabled: { words: "in use", onvif: "Enabled" },
  disabled: { words: "disabled", onvif: "CredentialNotEnabled" },
  lost: { words: "reported lost", onvif: "pt:CredentialLost" },
  stolen: { words: "reported stolen", onvif: "pt:CredentialStolen" },
  damaged: { words: "damaged", onvif: "pt:CredentialDamaged" },
  returned: { words: "returned", onvif: "pt:CredentialUnassigned" },
  destroyed: { words: "destroyed", onvif: "pt:CredentialDestroyed" },
  locked_out: { words: "locked out", onvif: "pt:CredentialLockedOut" },
  not_yet: { words: "not valid yet", onvif: "CredentialNotActive" },
  expired: { words: "expired", onvif: "CredentialExpired" },
};

const STANDINGS = {
  requested: "waits for approval",
  not_begun: "not begun",
  active: "counts now",
  over: "over",
  used_up: "used up",
  revoked: "taken away",
  denied: "denied",
};

const END_CAUSES = {
  ticket_closed: "its ticket was closed",
  person_left: "the person left",
  person_moved: "the person changed organisation",
  agreement_ended: "the agreement ended",
  profile_removed: "the profile was removed",
};

const DENIALS = {
  credential_unknown: "nobody holds this card",
  credential_disabled: "the card is disabled",
  credential_lost: "the card was reported lost",
  credential_stolen: "the card was reported stolen",
  credential_damaged: "the card is damaged",
  credential_destroyed: "the card was destroyed",
  credential_unassigned: "the card is with nobody",
  credential_inactive_too_long: "the card was not used for too long",
  credential_locked_out: "the card is locked out after wrong tries",
  renewal_needed: "the card must be renewed",
  person_disabled: "the person is disabled",
  pin_wrong: "the PIN is wrong",
  second_factor_mismatch: "the second factor does not belong to the card",
  factor_timeout: "the second factor came too late",
  not_authorised_point: "no right names this point",
  not_authorised_area: "no right reaches into this area",
  passback: "already inside: must leave before entering again",
  second_person_missing: "a second person is missing",
  second_person_wrong: "the second person is not one who counts",
  verification_failed: "an outside check failed",
  credential_not_yet_valid: "the card is not valid yet",
  credential_expired: "the card has expired",
  not_permitted_at_this_time: "not at this time",
  grant_not_approved: "the right still waits for approval",
  uses_exhausted: "the right is used up",
  point_disabled: "the point is out of service",
  blocked: "the door is blocked",
  locked_down: "locked down",
  interlock: "another door of the interlock is open",
  occupancy_limit: "too many people are inside",
  armed_state: "the area is armed",
  no_decision: "no decision could be made",
  device_untrusted: "the reader or lock is not trusted far enough",
};

const RULES = {
  credential: "Credential",
  lockout: "Lock-out after wrong tries",
  door: "Door",
  device_trust: "Trust in the devices",
  lockdown: "Lockdown and mode of the door",
  entitlement: "Right",
  antipassback: "Anti-passback",
  path: "Way in",
  occupancy: "Number of people inside",
  interlock: "Interlock",
  factors: "Factors",
  two_person: "Second person",
  escort: "Escort",
};

const ROLES = {
  wall_screen: "wall screen",
  auditor: "auditor",
  facilities: "facilities",
  security: "security",
  security_supervisor: "security supervisor",
  admin: "admin",
};

const spaced = (word) => String(word ?? "").replaceAll("_", " ");

export const statusWords = (status) => PERSON_STATUSES[status] ?? spaced(status);
export const statusMeaning = (status) => PERSON_MEANINGS[status] ?? "";
export const denialWords = (reason) => DENIALS[reason] ?? spaced(reason);
export const ruleWords = (rule) => RULES[rule] ?? spaced(rule);
export const roleWords = (role) => ROLES[role] ?? spaced(role);

/** What holds for a credential at a moment: its state, or what time and wrong tries have made of it. */
export function credentialStanding(credential, nowMs) {
  if (credential.state !== "enabled") return credential.state;
  if (credential.locked_out_until_at && Date.parse(credential.locked_out_until_at) > nowMs) return "locked_out";
  if (Date.parse(credential.valid_from_at) > nowMs) return "not_yet";
  if (Date.parse(credential.valid_to_at) <= nowMs) return "expired";
  return "enabled";
}

/** The words and the ONVIF name of what `credentialStanding` says. */
export function credentialWords(standing) {
  return CREDENTIAL_STATES[standing] ?? { words: spaced(standing), onvif: "" };
}

/** How a grant stands, in words. */
export function standingWords(standing) {
  const [state, cause] = String(standing ?? "").split(":");
  if (state === "ended") return `ended: ${END_CAUSES[cause] ?? spaced(cause)}`;
  return STANDINGS[state] ?? spaced(state);
}

/** When in the week a grant counts. */
export function weekWords(grant) {
  if (grant.schedule) return `by the schedule ${grant.schedule}`;
  if (grant.profile) return "as the profile says";
  return stretchWords(grant.weekly) || "at all times";
}

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

// Days in a row with the same hours are said once: "Mon-Fri 08:00-18:00".
export function stretchWords(weekly) {
  const runs = [];
  for (const { from, to } of weekly ?? []) {
    const [day, begin] = from.split(" ");
    const [endDay, end] = to.split(" ");
    const hours = day === endDay ? `${begin}-${end}` : null;
    const last = runs.at(-1);
    if (hours && last?.hours === hours && DAYS.indexOf(day) === DAYS.indexOf(last.to) + 1) last.to = day;
    else runs.push({ from: day, to: day, hours, whole: `${from} to ${to}` });
  }
  return runs.map((run) => (run.hours ? `${run.from === run.to ? run.from : `${run.from}-${run.to}`} ${run.hours}` : run.whole)).join(", ");
}

/** What a grant is for: places with the doors of one rack together, or a profile. */
export function rightWords(grant) {
  if (grant.profile) return `profile ${grant.profile}`;
  return placesWords(grant.doors ?? []);
}

/** Places with the doors of one rack together: those to show, and how many more there are. */
export function placeList(doors, most) {
  const racks = new Map();
  for (const door of doors) {
    const cut = door.lastIndexOf("/");
    const [parent, leaf] = [door.slice(0, cut), door.slice(cut + 1)];
    const isFace = leaf === "front" || leaf === "rear";
    const key = isFace ? parent : door;
    racks.set(key, isFace ? [...(racks.get(key) ?? []), leaf] : []);
  }
  const words = [...racks].map(([place, faces]) => (faces.length === 1 ? `${place}/${faces[0]}` : place));
  return { shown: words.slice(0, most), rest: Math.max(0, words.length - most) };
}

export function placesWords(doors, most = 3) {
  const { shown, rest } = placeList(doors, most);
  return rest > 0 ? `${shown.join(", ")} and ${rest} more` : shown.join(", ");
}

/** A letter of confidence with what it means (console, screen 8). */
export function confidenceWords(letter) {
  const means = {
    a: "controlled exit on all sides",
    b: "free exit: may have left unseen",
    c: "inferred, or older than 12 h",
  };
  return means[letter] ?? "not known how sure this is";
}
export const enteredWords = (by) => ({ card: "card", escort: "an escort", hand: "hand", unknown: "unknown means" })[by] ?? spaced(by);

/** Whether a name stands for a person whose name is hidden. */
export const isPseudonym = (name, id) => name === `person ${id}`;

/** What a person is called where there may be no name any more. */
export const nameOf = (person) => person.name ?? `${person.id} (name erased)`;

/** Who asked or approved, for somebody who reads it: `opr-3` is an operator, `uid:0` somebody at the machine. */
export function actorWords(actor, own) {
  if (actor === own && own) return "you";
  if (actor === "system") return "the daemon";
  if (/^uid:/.test(actor)) return `local user ${actor.slice(4)}`;
  if (/^session:/.test(actor)) return `session ${actor.slice(8)}`;
  return actor;
}
