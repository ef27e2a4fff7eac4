// What stands around an answer: its sources, what was searched, what is missing, who disagrees.

import { copyButton } from "./copying.js";
import { sourceLink } from "./opening.js";
import { chipOf } from "./sentences.js";
import { query, request } from "./server.js";
import { choices } from "./state.js";
import { clean, count, element, glyph, line, shorten } from "./text.js";

const SHOWN_CHARACTERS = 240;

/** Return the list of an answer's citations. */
export function sourcesOf(citations) {
  if (!citations.length) return null;
  const items = citations.map((citation) =>
    element(
      "li",
      {},
      chipOf(citation),
      element(
        "div",
        {},
        element("p", { class: "source-name", dir: "auto" }, line(citation.title || citation.source), element("span", { class: "quiet" }, ` ${[line(citation.source) === line(citation.title) ? "" : line(citation.source), line(citation.place)].filter(Boolean).join(", ")}`)),
        citation.state === "removed" && element("p", { class: "small stale" }, glyph("⚠"), citation.quote ? " Replaced since this answer was given" : " Deleted since; its words were erased"),
        citation.quote && element("p", { class: "source-quote", dir: "auto" }, `“${shorten(citation.quote, SHOWN_CHARACTERS)}”`),
      ),
    ),
  );
  return element("section", { class: "sources" }, element("h3", {}, "Sources"), element("ol", {}, items));
}

/** Return passages, each with a link that opens its document there. */
export function passagesOf(passages) {
  const items = passages.map((passage) => {
    const link = passage.url && sourceLink(passage.url, { class: "open" }, null, "Open", element("span", { class: "unseen" }, ` ${line(passage.title || passage.source)}`));
    return element(
      "li",
      {},
      element("p", { class: "source-name", dir: "auto" }, line(passage.title || passage.source), element("span", { class: "quiet" }, ` ${line(passage.place)}`), " ", link),
      element("p", { class: "source-quote", dir: "auto" }, shorten(passage.text, SHOWN_CHARACTERS * 1.5)),
    );
  });
  return element("ol", { class: "passages" }, items);
}

/** Return the passages that were searched, closed until someone looks. */
export function searchedOf(answer) {
  if (!answer.passages.length) return null;
  const documents = new Set(answer.passages.map((passage) => passage.document_id)).size;
  return element(
    "details",
    { class: "searched" },
    element("summary", {}, `${count(answer.passages.length, "passage")} read in ${count(documents, "document")}`),
    passagesOf(answer.passages),
  );
}

/** Return the state in which the documents do not say: the reason, and what is nearest. */
export function abstentionOf(answer) {
  return element(
    "section",
    { class: "abstained" },
    element("h3", {}, glyph("∅"), " Not in your documents"),
    element("p", {}, line(answer.reason) || "The documents do not answer this question."),
    answer.passages.length
      ? element("div", {}, element("h4", {}, "Nearest in the documents"), passagesOf(answer.passages.slice(0, 4)))
      : element("p", { class: "quiet" }, "Nothing in them comes near it."),
  );
}

/** Return what a reader must know besides: missing parts, wrong premises, disagreeing sources, warnings. */
export function notesOf(answer) {
  const told = new Set((answer.disagreements ?? []).map((each) => each.told));
  const notes = [
    ...answer.false_premises.map((premise) => noteOf("⚑", "The documents say otherwise", clean(premise))),
    ...(answer.abstained ? [] : answer.missing.map((part) => noteOf("∅", "Not in the documents", clean(part)))),
    ...answer.conflicts.map((group, index) => conflictOf(group, answer.citations, answer.disagreements?.[index])),
    ...(answer.status === "incomplete" ? [noteOf("⚠", "Cut off", "The model stopped before the end.")] : []),
    ...(answer.status === "source_removed" ? [noteOf("⚠", "Source removed", "A document that this answer cites was deleted or replaced.")] : []),
    ...answer.warnings.filter((warning) => !told.has(warning)).map((warning) => noteOf("⚠", "Note", clean(warning))),
  ];
  return notes.length ? element("ul", { class: "notes", "aria-label": "Notes" }, notes) : null;
}

function noteOf(sign, name, ...content) {
  return element("li", {}, glyph(sign), element("div", {}, element("strong", {}, name), " ", ...content));
}

/** Return places that disagree, in the order of their dates; without `disagreement` (an older answer) as they come. */
function conflictOf(group, citations, disagreement) {
  const dates = new Map(group.map((number, index) => [number, disagreement?.dates[index] ?? ""]));
  const found = citations.filter((citation) => group.includes(citation.number));
  if (group.every((number) => dates.get(number))) found.sort((one, other) => dates.get(one.number).localeCompare(dates.get(other.number)));
  const quotes = found.map((citation) =>
    element("li", { dir: "auto" }, chipOf(citation), ` ${whenOf(dates.get(citation.number), citation.number === disagreement?.latest)}${shorten(citation.quote, SHOWN_CHARACTERS)}`),
  );
  return noteOf("⇄", headingOf(disagreement), element("ul", { class: "disagreeing" }, quotes));
}

function whenOf(date, isLatest) {
  const words = [line(date), isLatest ? "the latest" : ""].filter(Boolean).join(", ");
  return words ? `(${words}) ` : "";
}

function headingOf(disagreement) {
  if (disagreement?.kind === "replaced") return "Replaced by a later document";
  return disagreement?.only_before ? "Earlier, the sources said otherwise" : "Sources disagree";
}

/** Return who answered, judged, and how long it took. */
export function footOf(answer) {
  const seconds = (answer.timings_ms.total ?? 0) / 1000;
  const parts = [`${seconds.toFixed(1)} s`, line(answer.model), `checked by ${line(answer.verifier.name)}`];
  if (answer.usage.llm_calls) parts.push(count(answer.usage.input_tokens + answer.usage.output_tokens, "token"));
  if (answer.usage.cost_usd) parts.push(`$${answer.usage.cost_usd.toFixed(4)}`);
  return element("div", { class: "foot quiet small" }, element("p", {}, parts.join(" · ")), copiesOf(answer));
}

/** Return what copies an answer with the list of its sources; nothing where it was not kept. */
function copiesOf(answer) {
  const text = async (format) => {
    const asked = query({ format, base: location.origin, collection: choices.collection });
    return (await request(`v1/answers/${encodeURIComponent(answer.id)}/transcript${asked}`)).text();
  };
  return element("p", { class: "copies" },
    copyButton("Copy", () => text("text"), { title: "Copy the answer with its sources" }),
    copyButton("Copy as Markdown", () => text("markdown"), { title: "Copy the answer with its sources as Markdown" }));
}
