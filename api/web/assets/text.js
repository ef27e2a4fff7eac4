// Text from documents and models on its way into the page: cleaned, and only ever as text.

// What nobody sees is left out, of what comes from the server's data as of what its pages show.
const UNSEEN = new RegExp(
  "[\\u0000-\\u0008\\u000e-\\u001f\\u007f-\\u0084\\u0086-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f" +
    "\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0d\\ufeff\\uffa0\\ufff0-\\uffff\\ud800-\\udfff" +
    "\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e0fff}]+",
  "gu",
);
const LINE_BREAK = /\r\n|[\r\v\f\u0085\u2028\u2029]/g;
const MARK_FLOOD = /(\p{Mn}{8})\p{Mn}+/gu;

/** Return text without what nobody sees, with plain line breaks. */
export function clean(text) {
  return String(text ?? "").replace(LINE_BREAK, "\n").replace(UNSEEN, "").replace(MARK_FLOOD, "$1");
}

/** Return text on one line. */
export function line(text) {
  return clean(text).replace(/\s+/g, " ").trim();
}

/** Return text on one line, cut at a word so that it has at most so many characters. */
export function shorten(text, characters) {
  const whole = line(text);
  if (whole.length <= characters) return whole;
  const cut = whole.slice(0, characters - 2);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), characters - 40))} …`;
}

/** Return an element: attributes by name, `on` with listeners, children as nodes or as text. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** Return a glyph that a screen reader passes over; the words beside it say the same. */
export function glyph(sign) {
  return element("span", { "aria-hidden": "true", class: "glyph" }, sign);
}

/** Return words that only a screen reader says. */
export function unseen(words) {
  return element("span", { class: "unseen" }, words);
}

/** Return a number with its noun, in the plural where it is not one. */
export function count(number, noun, plural = `${noun}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? noun : plural}`;
}

/** Return a moment as a person says it. */
export function moment(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return line(iso);
  return date.toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
}

/** Return a day, a month or a year as a person says it: `2023-05` is May 2023; what is none stays as it is. */
export function day(written) {
  const found = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(line(written));
  if (!found) return line(written);
  const [, year, month, date] = found;
  const moment = new Date(Date.UTC(Number(year), Number(month ?? 1) - 1, Number(date ?? 1)));
  if (Number.isNaN(moment.getTime())) return line(written);
  return moment.toLocaleDateString("en", { year: "numeric", month: month && "short", day: date && "numeric", timeZone: "UTC" });
}
