// The quote behind a citation, shown while its button is pointed at or has the focus.

import { clean, line } from "./text.js";

const PATIENCE_MS = 180;
const tip = document.getElementById("quote-tip");
let shownFor = null;
let leaving = 0;

/** Let a button show the quote of a citation. */
export function explain(button, citation) {
  const show = () => showQuote(button, citation);
  button.addEventListener("pointerenter", (event) => event.pointerType !== "touch" && show());
  button.addEventListener("pointerleave", hideSoon);
  button.addEventListener("focus", () => button.matches(":focus-visible") && show());
  button.addEventListener("blur", hideQuote);
  button.addEventListener("click", hideQuote);
}

function showQuote(button, citation) {
  clearTimeout(leaving);
  hideQuote();
  shownFor = button;
  const head = document.createElement("p");
  head.className = "tip-place";
  head.textContent = [line(citation.title), line(citation.place)].filter(Boolean).join(" · ");
  const words = document.createElement("blockquote");
  words.dir = "auto";
  words.textContent = citation.quote ? clean(citation.quote) : "Its words were erased with the document.";
  tip.replaceChildren(head, words);
  tip.hidden = false;
  button.setAttribute("aria-describedby", tip.id);
  const at = button.getBoundingClientRect();
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(Math.max(at.left + at.width / 2 - width / 2, 8), innerWidth - width - 8);
  const above = at.top - height - 8;
  tip.style.left = `${left}px`;
  tip.style.top = `${above > 8 ? above : at.bottom + 8}px`;
}

/** Hide the quote; return whether one was shown. */
export function hideQuote() {
  clearTimeout(leaving);
  const shown = shownFor !== null;
  shownFor?.removeAttribute("aria-describedby");
  shownFor = null;
  tip.hidden = true;
  return shown;
}

function hideSoon() {
  clearTimeout(leaving);
  leaving = setTimeout(hideQuote, PATIENCE_MS);
}

tip.addEventListener("pointerenter", () => clearTimeout(leaving));
tip.addEventListener("pointerleave", hideSoon);
addEventListener("scroll", hideQuote, { passive: true, capture: true });
