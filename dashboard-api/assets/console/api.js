// Asks the daemon: reads, writes with a key each, problems as errors. It decides nothing about rights: a refusal is shown
// where it came, except that signing in again and proving oneself again are led through from here.

import { Problem, isUntold, linkLost, mayHaveHappened, noAnswer } from "./problem.js";
import { serverNow } from "./time.js";

export { Problem, isUntold, mayHaveHappened };

const ANSWER_MS = 30_000;
const hooks = { signedOut: () => {}, prove: async () => false, isLost: () => false };

// The shell says what happens on 401, on step-up, and whether the link is lost.
export function setHooks(given) {
  Object.assign(hooks, given);
}

export const newKey = () => (crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(""));

const addressOf = (path) => (path.startsWith("/") ? path : `/api/v1/${path}`);

// A path segment or a query value, safely.
export const segment = (text) => encodeURIComponent(String(text));
export function queryOf(values) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  const text = query.toString();
  return text ? `?${text}` : "";
}

// JSON of `path` (below /api/v1/ unless it begins with a slash). `etagOf(answer)` is its revision for If-Match.
export async function get(path, { signal, accept = "application/json" } = {}) {
  const answer = await send(addressOf(path), { headers: { Accept: accept } }, signal);
  if (!answer.ok) throw await problemOf(answer);
  return marked(await answer.json(), answer);
}

// One page: {items, next_cursor, total_estimate}.
export const list = get;

// Every item of a list, page by page, at most `most`.
export async function listAll(path, { signal, most = 10_000 } = {}) {
  const items = [];
  let cursor = null;
  do {
    const more = cursor ? `${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(cursor)}` : "";
    const page = await get(path + more, { signal });
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor && items.length < most);
  return items;
}

// JSON with its revision, for If-Match: {body, etag}.
export async function getTagged(path, options) {
  const body = await get(path, options);
  return { body, etag: etagOf(body) };
}

export const text = async (path, options) => (await getRaw(path, options)).text();

// Text or a file: the answer itself, for svg and exports.
export async function getRaw(path, { signal, accept = "*/*" } = {}) {
  const answer = await send(addressOf(path), { headers: { Accept: accept } }, signal);
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}

// A change. `ifMatch` is the revision seen, `notAfter` how many seconds it may wait on its way, `key` the intention's key.
export async function post(path, body = {}, options = {}) {
  if (hooks.isLost()) throw linkLost();
  try {
    return await change(path, body, options);
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.status !== 403 || !problem.is("step-up-required")) throw problem;
    if (!(await hooks.prove(problem))) throw problem;
    // The refusal is kept under the old key.
    return change(path, body, { ...options, key: newKey() });
  }
}

async function change(path, body, { ifMatch, ifNoneMatch, dryRun, notAfter, key = newKey(), method = "POST", type = "application/json", signal } = {}) {
  const headers = { Accept: "application/json", "Idempotency-Key": `"${key}"` };
  if (ifMatch !== undefined && ifMatch !== null) headers["If-Match"] = quoted(ifMatch);
  if (ifNoneMatch) headers["If-None-Match"] = ifNoneMatch;
  const sent = notAfter ? { ...body, not_after_at: new Date(serverNow().getTime() + notAfter * 1000).toISOString() } : body;
  const isJson = type === "application/json";
  const content = method === "DELETE" && isJson && Object.keys(sent).length === 0 ? undefined : isJson ? JSON.stringify(sent) : sent;
  if (content !== undefined) headers["Content-Type"] = type;
  let address = addressOf(path);
  if (dryRun) address += `${address.includes("?") ? "&" : "?"}dry_run=true`;
  const answer = await send(address, { method, headers, body: content }, signal);
  if (!answer.ok) throw await problemOf(answer);
  if (answer.status === 204) return marked({}, answer);
  const text = await answer.text();
  return marked(text ? JSON.parse(text) : {}, answer);
}

const quoted = (revision) => (/^(W\/)?"|^\*$/.test(String(revision)) ? String(revision) : `"${revision}"`);

async function send(address, options, signal) {
  const late = AbortSignal.timeout(ANSWER_MS);
  try {
    const answer = await fetch(address, { cache: "no-store", ...options, signal: signal ? AbortSignal.any([signal, late]) : late });
    if (answer.status === 401) hooks.signedOut();
    return answer;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw noAnswer(Boolean(options.method));
  }
}

async function problemOf(answer) {
  const told = (answer.headers.get("Content-Type") ?? "").includes("json") ? await answer.json().catch(() => ({})) : {};
  return new Problem(told, answer.status);
}

const facts = new WeakMap();

function marked(body, answer) {
  if (body && typeof body === "object") facts.set(body, { status: answer.status, etag: answer.headers.get("ETag") });
  return body;
}

export const etagOf = (body) => facts.get(body)?.etag ?? null;
export const statusOf = (body) => facts.get(body)?.status ?? 200;
