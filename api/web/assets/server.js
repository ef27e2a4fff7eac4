// What is asked of the server, and what goes wrong on the way.

/** An error in words, with what to do about it. */
export class Problem extends Error {
  constructor(detail, { remedy = "", code = "", status = 0 } = {}) {
    super(detail);
    this.remedy = remedy;
    this.code = code;
    this.status = status;
  }
}

const UNREACHABLE = new Problem("The server does not answer.", {
  remedy: "It may have been stopped: start it again with `vouch serve`, then try again.",
  code: "unreachable",
});

/** Make a request; a problem document is thrown, as is a server that is not there. */
export async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw UNREACHABLE;
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** Return what a response that is an error says. */
export async function problemOf(response) {
  const told = await response.json().catch(() => ({}));
  return new Problem(told.detail || `The server answered ${response.status}.`, { ...told, status: response.status });
}

/** Get JSON. */
export async function get(path) {
  return (await request(path)).json();
}

/** Post JSON and get JSON. */
export async function post(path, body, more = {}) {
  return (await request(path, jsonRequest(body, more))).json();
}

/** Return the options of a request that sends JSON. */
export function jsonRequest(body, more = {}) {
  return { method: "POST", body: JSON.stringify(body), ...more, headers: { "Content-Type": "application/json", ...more.headers } };
}

/** Yield the server-sent events of a response: {name, data}, the data read as JSON. */
export async function* events(path, options = {}) {
  const response = await request(path, { ...options, headers: { Accept: "text/event-stream", ...options.headers } });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  try {
    for (;;) {
      const { value, done } = await reader.read().catch((error) => {
        throw error.name === "AbortError" ? error : UNREACHABLE;
      });
      waiting += value ?? "";
      const blocks = waiting.split(/\r?\n\r?\n/);
      waiting = done ? "" : blocks.pop();
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event) yield event;
      }
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** Return the event of a block of lines; null for a comment. */
export function parseEvent(block) {
  let name = "message";
  const data = [];
  for (const each of block.split(/\r?\n/)) {
    const colon = each.indexOf(":");
    const field = colon < 0 ? each : each.slice(0, colon);
    const value = colon < 0 ? "" : each.slice(colon + 1).replace(/^ /, "");
    if (field === "event") name = value;
    if (field === "data") data.push(value);
  }
  return data.length ? { name, data: JSON.parse(data.join("\n")) } : null;
}

/** Return a query: `?a=1&b=2`; what is not given is left out. */
export function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}
