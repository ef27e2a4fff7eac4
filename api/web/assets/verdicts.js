// Verdicts as they are shown: a sign and words, never colour alone. The report of an evaluation uses the same.

import { clean, element, glyph } from "./text.js";

export const VERDICTS = {
  supported: { sign: "✓", label: "Supported", told: "supported" },
  partial: { sign: "◐", label: "Partly supported", told: "partly supported" },
  unsupported: { sign: "✗", label: "Unsupported", told: "unsupported" },
  uncited: { sign: "?", label: "No source given", told: "without a source" },
  not_a_claim: { sign: "·", label: "No claim", told: "without a claim" },
  changed: { sign: "⚠", label: "Source changed since", told: "whose source has changed since" },
  not_checked: { sign: "○", label: "Not checked", told: "not checked" },
};

/** Return what is said of a verdict; one of a newer server is said to be not checked. */
export function words(verdict) {
  return VERDICTS[verdict] ?? VERDICTS.not_checked;
}

/** Return sentences with the verdicts that still say something: none does of what its source said before it changed. */
export function sentencesNow({ sentences, citations }) {
  const removed = new Set(citations.filter((citation) => citation.state === "removed").map((citation) => citation.number));
  const isChanged = ({ verdict, citations: numbers }) => ["supported", "partial"].includes(verdict) && numbers.some((number) => removed.has(number));
  return sentences.map((sentence) => (isChanged(sentence) ? { ...sentence, verdict: "changed", problem: null } : sentence));
}

/** Return how many sentences have which verdict, as a line. */
export function tally(sentences) {
  const list = element("ul", { class: "tally", "aria-label": "Verdicts" });
  for (const [verdict, { sign, told }] of Object.entries(VERDICTS)) {
    const number = sentences.filter((sentence) => sentence.verdict === verdict).length;
    if (number && verdict !== "not_a_claim") {
      list.append(element("li", { class: verdict }, glyph(sign), ` ${number.toLocaleString("en")} ${told}`));
    }
  }
  return list;
}

/** Return a sentence's text; the parts that no source bears out are underlined. */
export function marked(text, unsupported = []) {
  const parts = [];
  let done = 0;
  // Spans count code points, as Python does; a browser's strings count halves of pairs.
  const letters = Array.from(text);
  const spans = [...unsupported].sort((one, other) => one[0] - other[0]);
  for (const [start, end] of spans) {
    const from = Math.max(start, done);
    const to = Math.min(end, letters.length);
    if (to <= from) continue;
    if (from > done) parts.push(clean(letters.slice(done, from).join("")));
    parts.push(element("u", { title: "No source bears this out" }, clean(letters.slice(from, to).join(""))));
    done = to;
  }
  if (done < letters.length) parts.push(clean(letters.slice(done).join("")));
  return parts;
}

