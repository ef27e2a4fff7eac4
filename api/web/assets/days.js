// Questions by the day on which they were asked.

import { line } from "./text.js";

/** Return items in order, those of one day together: [{day, items}]; `momentOf` gives the moment of an item. */
export function byDay(items, momentOf) {
  const days = new Map();
  for (const item of items) {
    const day = dayOf(momentOf(item));
    days.set(day, [...(days.get(day) ?? []), item]);
  }
  return [...days].map(([day, of]) => ({ day, items: of }));
}

/** Return a day as a person says it, beside today. */
export function dayOf(iso, now = new Date()) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return line(iso);
  const days = Math.round((startOf(now) - startOf(date)) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString("en", { weekday: "short", day: "numeric", month: "short", year });
}

function startOf(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}

/** Return the time of day. */
export function timeOf(iso) {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? "" : date.toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}
