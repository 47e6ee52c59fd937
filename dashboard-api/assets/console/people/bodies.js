// What forms send: only members that were filled in, trimmed. Whether they are right is the daemon's to say.

const filled = (pairs) => Object.fromEntries(pairs.map(([name, value]) => [name, typeof value === "string" ? value.trim() : value]).filter(([, value]) => value !== "" && value != null));

/** The times of a window; the beginning is left out where it is now. */
export const windowBody = ({ from, to }) => filled([["from_at", from?.toISOString()], ["to_at", to.toISOString()]]);

/** The body of `POST /api/v1/credentials`. */
export const cardBody = ({ person, card, format, facility, number, validTo }) => filled([
  ["person", person], ["card", card], ["format", format], ["facility", facility], ["number", number], ["valid_to_at", validTo?.toISOString()],
]);

/** The body of `POST /api/v1/people`. */
export const personBody = ({ name, organisation, status, clearance, pin, extended }) => filled([
  ["name", name], ["organisation", organisation], ["status", status], ["clearance", clearance], ["pin", pin], ["extended_time", extended || null],
]);

/** The body of `POST /api/v1/grants`; a rack is named as one, other places are doors. */
export function grantBody({ person, place, isRack, profile, window, schedule, days, between, uses, escort, reason, ticket }) {
  const where = profile ? [["profile", profile]] : isRack ? [["rack", place]] : [["doors", place?.trim() ? [place.trim()] : null]];
  const when = profile ? [] : [["schedule", schedule], ["days", schedule ? null : days], ["between", schedule ? null : between]];
  const count = String(uses ?? "").trim() === "" ? null : Number(uses);
  return { ...filled([["person", person], ...where, ...when, ["uses", count], ["escort", escort || null], ["reason", reason], ["ticket", ticket]]), ...windowBody(window) };
}
