// The chain of a request: who asked, who approved, who is still wanted, and the clock beside it. Pure; when each step was made
// comes from the journal where it is told.

/** The steps of a request, in order: `[{what, by, at, state}]` with state `done` or `waits`. */
export function chainOf(grant, events) {
  const at = (name, by) => events.find((event) => nameOf(event) === name && (!by || event.data?.by === by))?.time ?? null;
  const steps = [{ what: "asked", by: grant.requested_by, at: at("grant.requested") ?? at("grant.created"), state: "done", why: grant.reason }];
  for (const by of grant.approved_by) {
    const event = events.find((one) => nameOf(one) === "grant.approved" && one.data?.by === by);
    steps.push({ what: "approved", by, at: event?.time ?? null, state: "done", why: event?.data?.reason ?? null });
  }
  const denied = events.find((one) => nameOf(one) === "grant.denied");
  if (denied) return [...steps, { what: "denied", by: denied.data?.by ?? null, at: denied.time, state: "done", why: denied.data?.reason ?? null }];
  const left = grant.standing === "requested" ? grant.approvals_wanted - grant.approved_by.length : 0;
  for (let turn = 0; turn < left; turn += 1) {
    steps.push({ what: `approval ${grant.approved_by.length + turn + 1} of ${grant.approvals_wanted}`, by: null, at: null, state: "waits", why: null });
  }
  return steps;
}

const nameOf = (event) => event.name ?? String(event.type ?? "").replace(/^rackward\.|\.v\d+$/g, "");

/** How urgent a request is: what its clock says, and whether its window is already running out. */
export function clockOf(grant, nowMs) {
  const [from, to] = [Date.parse(grant.from_at), Date.parse(grant.to_at)];
  if (to <= nowMs) return { state: "over", ms: nowMs - to };
  if (from <= nowMs) return { state: "running", ms: to - nowMs };
  return { state: "ahead", ms: from - nowMs };
}

/** Requests in the order in which they want an answer: whose window ends first, those that are over last. */
export function byClock(nowMs) {
  const over = (grant) => (Date.parse(grant.to_at) <= nowMs ? 1 : 0);
  return (a, b) => over(a) - over(b) || Math.max(Date.parse(a.from_at), nowMs) - Math.max(Date.parse(b.from_at), nowMs) || Date.parse(a.to_at) - Date.parse(b.to_at) || (a.id < b.id ? -1 : 1);
}

/** Whether this operator asked for it: nobody approves their own request. */
export const isOwn = (actor, operatorId) => Boolean(operatorId) && actor === operatorId;
