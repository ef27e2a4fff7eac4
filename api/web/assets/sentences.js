// The sentences of an answer as they are released: text, verdict, citations.

import { sourceLink } from "./opening.js";
import { explain } from "./quotes.js";
import { element, glyph, line, unseen } from "./text.js";
import { marked, words } from "./verdicts.js";

/** Adds sentences to an element: a paragraph for each line break before one. */
export class Sentences {
  constructor(into) {
    this.into = into;
    this.paragraph = null;
    this.citations = new Map();
  }

  /** Learn of citations before a sentence names them. */
  learn(citations) {
    for (const citation of citations) this.citations.set(citation.number, citation);
  }

  /** Add a sentence; `lead` is what stands before it: white space, and the sign of a list item. */
  add(sentence, lead) {
    const breaks = (lead.match(/\n/g) ?? []).length;
    const sign = lead.trim();
    if (!this.paragraph || breaks) {
      const kind = sign ? "said item" : breaks > 1 || !this.paragraph ? "said" : "said close";
      this.paragraph = element("p", { class: kind, dir: "auto" });
      if (sign) this.paragraph.append(element("span", { class: "sign" }, line(sign)), " ");
      this.into.append(this.paragraph);
    } else {
      this.paragraph.append(" ");
    }
    this.paragraph.append(this.view(sentence));
  }

  view(sentence) {
    const { sign, label } = words(sentence.verdict);
    const shown = element("span", { class: `sentence ${sentence.verdict}` }, element("span", { class: "words" }, marked(sentence.text, sentence.unsupported)));
    const quiet = sentence.verdict === "supported" || sentence.verdict === "not_a_claim";
    // The mark and the citations stay together where a line breaks.
    const marks = element("span", { class: "marks" });
    if (sentence.verdict === "supported") marks.append(element("span", { class: "verdict", title: label }, glyph(sign), unseen(` ${label}`)));
    marks.append(...sentence.citations.map((number) => this.chip(number)));
    if (marks.childElementCount) shown.append(marks);
    if (!quiet) {
      const problem = sentence.problem ? `: ${line(sentence.problem)}` : "";
      shown.append(" ", element("span", { class: "verdict told" }, glyph(sign), ` ${label}${problem}`));
    }
    for (const expression of sentence.computed ?? []) {
      shown.append(" ", element("span", { class: "computed" }, glyph("∑"), ` Computed: ${line(expression)}`));
    }
    return shown;
  }

  /** Return the link of a citation. */
  chip(number) {
    const citation = this.citations.get(number);
    if (!citation) return element("span", { class: "chip lost" }, String(number));
    return chipOf(citation);
  }
}

/** Return the link of a citation: it opens its source. */
export function chipOf(citation) {
  const removed = citation.state === "removed";
  const told = [`Source ${citation.number}: ${line(citation.title || citation.source)}`, line(citation.place), removed ? "replaced or deleted since" : ""];
  const attributes = { class: removed ? "chip removed" : "chip", "aria-label": told.filter(Boolean).join(", ") };
  const link = sourceLink(citation.url, attributes, citation.number, String(citation.number));
  explain(link, citation);
  return link;
}
