// Problem details (RFC 9457) as an error, and what can be told from them. It asks nothing.

export class Problem extends Error {
  constructor(body, status) {
    super(body.detail || body.title || "The daemon refused without a word.");
    this.name = "Problem";
    this.status = body.status ?? status;
    this.title = body.title ?? `The daemon answered ${status}`;
    this.detail = body.detail ?? "";
    this.code = body.code ?? "";
    this.errors = body.errors ?? [];
    this.traceId = body.trace_id ?? "";
    this.type = body.type ?? "";
    this.policy = body.policy ?? null;
    this.meanwhile = body.meanwhile ?? null;
    this.candidates = body.candidates ?? [];
    this.retryAfterS = body.retry_after_s ?? null;
  }

  is(slug) {
    return this.type.endsWith(`/${slug}`);
  }
}

// Nothing came back: of a change it is not known whether it was carried out.
export function noAnswer(isChange) {
  return new Problem({
    title: "The daemon did not answer", status: 0, code: "",
    detail: isChange ? "Nothing is known about whether it was carried out. Trying again does it once only." : "It can be asked again.",
  }, 0);
}

export function linkLost() {
  return new Problem({
    title: "The link is lost", status: 0, code: "",
    detail: "Nothing can be done from here until it is back. Nothing was sent.",
  }, 0);
}

// A route that this version of the daemon does not have; or one that it takes for another, which knows none of the parameters.
export function isUntold(problem) {
  if (!(problem instanceof Problem)) return false;
  if (problem.status === 400) return problem.errors.length > 0 && problem.errors.every((one) => one.detail.startsWith("no parameter is called so"));
  if (problem.status !== 404) return false;
  return problem.is("no-route") || problem.detail.startsWith("no route has this path");
}

// Whether sending the same again under the same key is the way to find out what became of it.
export function mayHaveHappened(problem) {
  return problem instanceof Problem && (problem.status === 0 || problem.is("timed-out") || problem.is("idempotency-key-running"));
}
