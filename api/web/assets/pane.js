// The source beside the answer, opened at the cited words.

import { get, query } from "./server.js";
import { copyButton } from "./copying.js";
import { cellAsked, tablesOf } from "./grids.js";
import { pictureOf } from "./picture.js";
import { clean, count, element, glyph, line } from "./text.js";

const pane = document.getElementById("pane");
const main = document.getElementById("main");
const bar = document.querySelector(".bar");
const narrow = matchMedia("(max-width: 75rem)");
let openedBy = null;
let asked = 0;

/** Open a source at the words that its address names; closing gives the focus back to `button`. */
export async function openSource(url, button, number = null) {
  if (openedBy && openedBy !== button) openedBy.removeAttribute("aria-expanded");
  openedBy = button;
  openedBy?.setAttribute("aria-expanded", "true");
  pane.hidden = false;
  document.body.classList.add("pane-open");
  shieldRest();
  await showAt(url, number);
}

async function showAt(url, number) {
  const ticket = ++asked;
  pane.setAttribute("aria-busy", "true");
  fillPane(head("Source", ""), element("p", { class: "quiet pane-note" }, "Opening the document …"));
  pane.querySelector("h2").focus({ preventScroll: true });
  try {
    const address = new URL(url, location.href);
    const view = await get(`v1/sources/${address.pathname.split("/").pop()}${address.search}`);
    if (ticket === asked) showView(view, number);
  } catch (problem) {
    if (ticket === asked) showTrouble(problem);
  } finally {
    if (ticket === asked) pane.setAttribute("aria-busy", "false");
  }
}

function showView(view, number) {
  const notes = [];
  if (view.stale) {
    notes.push(note("The document has been replaced since it was cited. This is its present text, so nothing is marked."));
  }
  if (view.unseen) notes.push(note(`${count(view.unseen, "invisible character")} left out.`, "quiet-notice"));
  const text = view.blocks.length ? tablesOf(view.blocks) : textOf(view);
  const scroller = element(
    "div",
    { class: "pane-text", tabindex: "0", role: "region", "aria-label": "Text of the document" },
    view.page_url && pictureOf(view),
    view.earlier && turn("↑", "Earlier text", view.earlier, number),
    text,
    view.later && turn("↓", "Later text", view.later, number),
  );
  fillPane(
    head(view.title, view.source, view.where, number),
    ...notes,
    scroller,
    element("div", { class: "pane-foot" }, element("a", { href: view.url, target: "_blank", rel: "noopener" }, "Open as a page"),
      copyButton("Copy link", () => new URL(view.url, location.href).href),
      element("span", { class: "quiet" }, `revision ${view.revision.replace("sha256:", "").slice(0, 12)}`)),
  );
  pane.querySelector("h2").focus({ preventScroll: true });
  const cited = text.querySelector("#cite");
  // A page's picture shows the words by itself.
  if (!cited || view.page_url) return;
  bringIntoSight(cellAsked(cited, openedBy?.closest(".turn")?.querySelector(".question")?.textContent), cited.closest(".grid-box"));
  bringIntoSight(cited, scroller);
}

/** Scroll a box so that something within it is seen. */
function bringIntoSight(node, box) {
  if (!box) return;
  const [at, around] = [node.getBoundingClientRect(), box.getBoundingClientRect()];
  box.scrollTop += at.top - around.top - box.clientHeight / 3;
  if (at.right > around.right) box.scrollLeft += at.left - around.left - box.clientWidth / 3;
}

function textOf(view) {
  const text = element("pre", { class: ["source-text", view.prose && "prose", !view.numbered && "unnumbered"].filter(Boolean).join(" "), dir: "auto" });
  let mark = null;
  for (const piece of view.pieces) {
    const place = piece.place && element("span", { class: "place", "data-place": line(piece.place) });
    const opens = piece.cited && !mark;
    if (opens) text.append(place || "", (mark = element("mark", { id: "cite" })));
    const into = piece.cited ? mark : text;
    if (place && !opens) into.append(place);
    if (piece.line && view.numbered) into.append(element("span", { class: "line", "data-line": piece.line }));
    into.append(clean(piece.text));
  }
  return text;
}

function head(title, source, where = "", number = null) {
  const shown = line(title) === line(source) ? "" : line(source);
  return element(
    "header",
    { class: "pane-head" },
    element(
      "div",
      {},
      element("h2", { id: "pane-title", tabindex: "-1", dir: "auto" }, number ? `[${number}] ` : "", line(title)),
      element("p", { class: "small quiet", dir: "auto" }, [shown, where].filter(Boolean).join(" · ")),
    ),
    element("button", { type: "button", class: "close", "aria-label": "Close the source", on: { click: closePane } }, glyph("✕")),
  );
}

function turn(sign, label, url, number) {
  return element("p", { class: "turn" }, element("button", { type: "button", class: "plain", on: { click: () => showAt(url, number) } }, glyph(sign), label));
}

function note(words, kind = "") {
  return element("p", { class: `notice pane-note ${kind}` }, words);
}

function showTrouble(problem) {
  const gone = problem.status === 404;
  const words = gone ? "This document is not here any more: it was deleted after it was cited." : problem.message;
  fillPane(head(gone ? "Not here any more" : "The source cannot be shown", ""), note(`${words} ${gone ? "" : (problem.remedy ?? "")}`, gone ? "" : "failed"));
  pane.querySelector("h2").focus({ preventScroll: true });
}

function fillPane(...parts) {
  pane.replaceChildren(...parts.filter(Boolean));
}

/** Close the source and give the focus back; return whether it was open. */
export function closePane() {
  if (pane.hidden) return false;
  asked += 1;
  pane.hidden = true;
  pane.replaceChildren();
  document.body.classList.remove("pane-open");
  shieldRest();
  openedBy?.removeAttribute("aria-expanded");
  if (openedBy?.isConnected) openedBy.focus();
  openedBy = null;
  return true;
}

// Where the source covers the page, what lies under it is out of reach.
function shieldRest() {
  main.inert = bar.inert = !pane.hidden && narrow.matches;
}

narrow.addEventListener("change", shieldRest);
