// The documents: a list to look through, to open and to delete from.

import { get, Problem, query, request } from "./server.js";
import { choices, collectionName, server } from "./state.js";
import { count, element, line, moment } from "./text.js";
import { uploadArea } from "./upload.js";

const PAGE = 500;
const SHOWN = 300;
const body = document.getElementById("documents-body");
let held = [];

/** Fill the view of documents. */
export async function showDocuments() {
  const list = element("div", { id: "documents-list" });
  const filter = element("input", { type: "search", id: "documents-filter", placeholder: "Name, title or folder", autocomplete: "off" });
  filter.addEventListener("input", () => fill(list, filter.value));
  const renew = async () => {
    held = await readAll();
    fill(list, filter.value, renew);
  };
  body.replaceChildren(
    server.settings.abilities.upload
      ? uploadArea(renew)
      : element("p", { class: "notice quiet-notice" }, "Add files and folders with ", element("code", {}, "vouch ingest PATH"), "; they can be asked at once."),
    element("div", { class: "filter" }, element("label", { for: "documents-filter" }, "Filter"), filter),
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

function fill(list, wanted, renew = fill.renew) {
  fill.renew = renew;
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = held.filter((each) => words.every((word) => `${each.source} ${each.title}`.toLowerCase().includes(word)));
  if (!held.length) {
    list.replaceChildren(element("p", { class: "quiet" }, `The collection “${collectionName()}” holds no document yet.`));
    return;
  }
  const shown = matching.slice(0, SHOWN);
  const told = wanted ? `${matching.length.toLocaleString("en")} of ${count(held.length, "document")}` : count(held.length, "document");
  const rest = matching.length > shown.length ? `; the first ${shown.length} are shown, filter for the others` : "";
  list.replaceChildren(
    element("p", { class: "small quiet", role: "status" }, `${told}${rest}`),
    element("ul", { class: "rows documents" }, shown.map((each) => item(each, renew))),
  );
}

function item(each, renew) {
  const address = `sources/${encodeURIComponent(each.document_id)}${query({ collection: choices.collection })}`;
  const original = `v1/documents/${encodeURIComponent(each.document_id)}/original${query({ collection: choices.collection })}`;
  const facts = [line(each.source), size(each.size_bytes), `${each.characters.toLocaleString("en")} characters`, moment(each.added_at)];
  const remove = element("button", { type: "button", class: "plain remove", "aria-label": `Delete ${line(each.source)}` }, "Delete");
  remove.addEventListener("click", () => confirmDeletion(each, renew));
  return element(
    "li",
    {},
    element("div", {}, element("a", { href: address, dir: "auto" }, line(each.title)), element("p", { class: "small quiet", dir: "auto" }, facts.join(" · "))),
    element(
      "div",
      { class: "actions" },
      element("a", { href: original, download: true, "aria-label": `Download ${line(each.source)}` }, "Download"),
      server.settings.abilities.delete && remove,
    ),
  );
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function confirmDeletion(each, renew) {
  const trouble = element("p", { class: "notice failed", role: "alert", hidden: true });
  const sure = element("button", { type: "button", class: "danger" }, "Delete");
  const dialog = element(
    "dialog",
    { "aria-labelledby": "deletion-title" },
    element("h2", { id: "deletion-title", dir: "auto" }, `Delete ${line(each.source)}?`),
    element("p", {}, "Nothing will cite it again. Answers that did keep its name and lose its words. The file on your disk stays."),
    trouble,
    element("div", { class: "choices" }, element("button", { type: "button", autofocus: true, on: { click: () => dialog.close() } }, "Keep it"), sure),
  );
  sure.addEventListener("click", async () => {
    sure.disabled = true;
    try {
      await request(`v1/documents/${encodeURIComponent(each.document_id)}${query({ collection: choices.collection })}`, { method: "DELETE" });
      dialog.close("deleted");
    } catch (problem) {
      sure.disabled = false;
      trouble.hidden = false;
      trouble.textContent = problem instanceof Problem ? `${problem.message} ${problem.remedy}` : "It could not be deleted.";
    }
  });
  dialog.addEventListener("close", async () => {
    dialog.remove();
    // Closed otherwise, a dialog gives the focus back by itself.
    if (dialog.returnValue !== "deleted") return;
    await renew();
    document.getElementById("documents-heading").focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}

