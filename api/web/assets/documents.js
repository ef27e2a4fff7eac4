// The documents: a list to look through, to open and to delete from.

import { confirmDeletion } from "./deleting.js";
import { get, query } from "./server.js";
import { choices, collectionName } from "./state.js";
import { count, day, element, glyph, line, moment, shorten } from "./text.js";
import { uploadArea } from "./upload.js";

const PAGE = 500;
const SHOWN = 300;
const FACT_CHARACTERS = 120;
const body = document.getElementById("documents-body");
const NAMES = new Intl.Collator("en", { numeric: true });
const ORDERS = {
  source: { label: "File name", compare: (one, other) => NAMES.compare(one.source, other.source) },
  title: { label: "Title", compare: (one, other) => NAMES.compare(one.title, other.title) },
  date: { label: "Date, latest first", compare: (one, other) => NAMES.compare(dateOf(other), dateOf(one)) || NAMES.compare(one.source, other.source) },
  added: { label: "Added, latest first", compare: (one, other) => NAMES.compare(other.added_at, one.added_at) || NAMES.compare(one.source, other.source) },
  size: { label: "Size, largest first", compare: (one, other) => other.size_bytes - one.size_bytes },
};
/** What is said of a date that the file does not state itself. */
const DATE_FROM = { name: "(by its name)", text: "(by its text)", file: "(by its properties)" };
let held = [];

/** Fill the view of documents. */
export async function showDocuments() {
  const list = element("div", { id: "documents-list" });
  const told = element("p", { id: "documents-told", class: "told", role: "status" });
  const filter = element("input", { type: "search", id: "documents-filter", placeholder: "Name, author or folder", autocomplete: "off" });
  const order = element("select", { id: "documents-order" }, Object.entries(ORDERS).map(([value, { label }]) => element("option", { value }, label)));
  const view = { filter, order, list, told, renew };
  async function renew() {
    held = await readAll();
    fill(view);
  }
  filter.addEventListener("input", () => fill(view));
  order.addEventListener("change", () => fill(view));
  body.replaceChildren(
    uploadArea(renew),
    element("div", { class: "filter" },
      element("div", {}, element("label", { for: "documents-filter" }, "Filter"), filter),
      element("div", {}, element("label", { for: "documents-order" }, "Order"), order)),
    told,
    list,
  );
  list.append(element("p", { class: "quiet" }, "Reading the list …"));
  await renew();
}

async function readAll() {
  const found = [];
  for (;;) {
    const page = await get(`v1/documents${query({ limit: PAGE, offset: found.length, collection: choices.collection })}`);
    found.push(...page.documents);
    if (!page.documents.length || found.length >= page.total) return found;
  }
}

function fill(view) {
  const { list } = view;
  if (!held.length) {
    list.replaceChildren(element("p", { class: "quiet" }, `The collection “${collectionName()}” holds no document yet.`));
    return;
  }
  const words = view.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = held.filter((each) => words.every((word) => searched(each).includes(word))).sort(ORDERS[view.order.value].compare);
  const shown = matching.slice(0, SHOWN);
  const number = words.length ? `${matching.length.toLocaleString("en")} of ${count(held.length, "document")}` : count(held.length, "document");
  const rest = matching.length > shown.length ? `; the first ${shown.length} are shown, filter for the others` : "";
  list.replaceChildren(
    element("p", { class: "small quiet", role: "status" }, `${number}${rest}`),
    element("ul", { class: "rows documents" }, shown.map((each) => item(each, view))),
  );
}

/** Return what the words of the filter are looked for in. */
function searched({ source, title, metadata }) {
  return [source, title, metadata.author, metadata.date].filter(Boolean).join(" ").toLowerCase();
}

function item(each, view) {
  const address = `sources/${encodeURIComponent(each.document_id)}${query({ collection: choices.collection })}`;
  const original = `v1/documents/${encodeURIComponent(each.document_id)}/original${query({ collection: choices.collection })}`;
  const deletion = { type: "button", class: "danger", "aria-label": `Delete ${line(each.source)}`, on: { click: () => remove(each, view) } };
  return element(
    "li",
    {},
    element("div", {},
      element("a", { href: address, dir: "auto" }, line(each.title)),
      line(each.title) !== line(each.source) && element("p", { class: "small", dir: "auto" }, line(each.source)),
      factsOf(each)),
    element("div", { class: "actions" },
      element("a", { class: "button", href: original, download: true, "aria-label": `Download ${line(each.source)}` }, "Download"),
      element("button", deletion, "Delete")),
  );
}

/** Return what is known of a document: what it says of itself, then how large it is and when it came. */
function factsOf({ title, metadata, size_bytes, characters, added_at }) {
  const further = Object.entries(metadata).filter(([name, value]) => !["date", "date_from", "author"].includes(name) && !(name === "title" && line(value) === line(title)));
  const facts = [
    ["Date", metadata.date && [day(metadata.date), DATE_FROM[metadata.date_from]].filter(Boolean).join(" ")],
    ["Author", metadata.author && shorten(metadata.author, FACT_CHARACTERS)],
    ["Size", `${size(size_bytes)}, ${count(characters, "character")}`],
    ["Added", moment(added_at)],
    ...further.map(([name, value]) => [capitalised(name), shorten(value, FACT_CHARACTERS)]),
  ];
  return element("dl", { class: "facts" }, facts.filter(([, value]) => value).map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", { dir: "auto" }, value))));
}

function capitalised(name) {
  const words = line(name).replace(/_/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function dateOf({ metadata }) {
  return String(metadata.date ?? "");
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

async function remove(each, view) {
  const gone = await confirmDeletion({
    name: line(each.source),
    told: "Nothing will cite it again. Answers that did keep its name and lose its words. The file on your disk stays.",
    path: `v1/documents/${encodeURIComponent(each.document_id)}`,
  });
  if (!gone) return;
  await view.renew();
  view.told.replaceChildren(glyph("✓"), ` Deleted ${line(each.source)}.`);
  document.getElementById("documents-heading").focus();
}
