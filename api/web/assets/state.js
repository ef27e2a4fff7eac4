// What the page knows: what the server says of itself, and what this browser's reader prefers.

import { get } from "./server.js";

const KEPT = "vouch.choices";

export const server = { settings: null };

/** What is chosen in the settings; the server's own where nothing is. */
export const choices = { collection: null, strict: null, top_k: null };

/** Read the choices kept in this browser; one that keeps nothing does no harm. */
export function loadChoices() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "{}");
    for (const name of Object.keys(choices)) choices[name] = kept[name] ?? null;
  } catch {
    // A browser that forbids storage begins with the server's own settings each time.
    return;
  }
}

/** Change a choice and keep it. */
export function choose(name, value) {
  choices[name] = value;
  try {
    localStorage.setItem(KEPT, JSON.stringify(choices));
  } catch {
    // It then holds until the page is left.
    return;
  }
}

/** Ask the server what it is. */
export async function loadSettings() {
  server.settings = await get("v1/settings");
  if (choices.collection && !server.settings.collections.includes(choices.collection)) choose("collection", null);
  return server.settings;
}

/** Return the collection that is asked, by name. */
export function collectionName() {
  return choices.collection ?? server.settings?.collection ?? "";
}
