// The public API and nothing else.

const BASE = "/api/v1";

export class Failure extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** Reads one resource. */
export async function get(path, { signal, etag } = {}) {
  const headers = { accept: "application/json" };
  if (etag) headers["if-none-match"] = etag;
  const response = await fetch(BASE + path, { headers, signal, cache: "no-store", credentials: "same-origin" });
  if (response.status === 304) return { unchanged: true, etag };
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Failure(problem.detail ?? problem.title ?? `The server answered ${response.status}.`, response.status);
  }
  return { value: await response.json(), etag: response.headers.get("etag") };
}

export const pipelines = () => get("/pipelines?limit=100").then(({ value }) => value.items);

const query = (parameters) => new URLSearchParams(Object.entries(parameters).filter(([, value]) => value)).toString();

/** The windows of an edge in the given states, newest first. */
export const verdicts = (edge, states, cursor, options) =>
  get(`/edges/${encodeURIComponent(edge)}/verdicts?${query({ state: states.join(","), limit: "50", cursor })}`, options);

/** The records that a verdict names. */
export const records = (verdict, cursor, options) =>
  get(`/verdicts/${encodeURIComponent(verdict)}/records?${query({ limit: "100", cursor })}`, options);

export const pipelinePath = (name) => `/pipelines/${encodeURIComponent(name)}`;
export const alertsPath = (name) => `/alerts?${query({ pipeline: name, state: "all", limit: "50" })}`;

/**
 * Reads a resource again and again while the page is visible, and hands on what changed. After a failure it waits
 * longer each time. Returns a function that ends it.
 */
export function follow(path, every, onValue, onFailure) {
  const abort = new AbortController();
  let etag = null;
  let timer = null;
  let failures = 0;
  let busy = false;
  async function turn() {
    clearTimeout(timer);
    if (busy || document.hidden || abort.signal.aborted) return;
    busy = true;
    try {
      const answer = await get(path, { etag, signal: abort.signal });
      failures = 0;
      etag = answer.etag;
      onValue(answer.unchanged ? null : answer.value);
    } catch (error) {
      if (abort.signal.aborted) return;
      failures += 1;
      onFailure(error);
    } finally {
      busy = false;
    }
    timer = setTimeout(turn, Math.min(every * 2 ** failures, 15000));
  }
  document.addEventListener("visibilitychange", turn, { signal: abort.signal });
  turn();
  return () => {
    abort.abort();
    clearTimeout(timer);
  };
}
