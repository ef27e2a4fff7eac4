// One question and its answer, while it comes and afterwards.

import { abstentionOf, footOf, notesOf, searchedOf, sourcesOf } from "./evidence.js";
import { announce, beQuiet } from "./live.js";
import { Sentences } from "./sentences.js";
import { clean, count, element, glyph, line } from "./text.js";
import { sentencesNow, tally, words } from "./verdicts.js";

const OUTDATED = "Documents that it rests on were replaced or deleted since it was given. Ask again for what they say now.";

let made = 0;

/** Shows a question, and its answer as it comes. */
export class Turn {
  constructor(question) {
    const id = `question-${++made}`;
    this.heading = element("h2", { class: "question", id, dir: "auto", tabindex: "-1" }, clean(question));
    this.standalone = element("p", { class: "standalone small quiet", hidden: true });
    this.progress = element("p", { class: "progress quiet", hidden: true });
    this.outdated = element("div", { class: "outdated" });
    this.body = element("div", { class: "answer" });
    this.after = element("div", { class: "after" });
    this.article = element("article", { "aria-labelledby": id }, this.heading, this.standalone, this.outdated, this.body, this.progress, this.after);
    this.node = element("li", { class: "turn" }, this.article);
    this.sentences = new Sentences(this.body);
    this.released = [];
  }

  /** Show that it is being answered. */
  begin() {
    this.article.setAttribute("aria-busy", "true");
    beQuiet();
    this.tell("Searching the documents …");
  }

  tell(text) {
    this.progress.hidden = false;
    this.progress.replaceChildren(element("span", { class: "pulse", "aria-hidden": "true" }), text);
  }

  /** Show what an event brings. */
  take({ name, data }) {
    if (name === "retrieved") {
      const documents = new Set(data.passages.map((passage) => passage.document_id)).size;
      this.tell(`Reading ${count(data.passages.length, "passage")} in ${count(documents, "document")} …`);
      this.showStandalone(data.question);
    } else if (name === "sentence") {
      this.sentences.learn(data.citations);
      this.sentences.add(data.sentence, data.lead);
      this.released.push(data.sentence);
      this.tell("Checking the next sentence …");
      const { label } = words(data.sentence.verdict);
      announce(`${line(data.sentence.text)} ${data.sentence.verdict === "supported" ? "" : `${label}.`}`);
    } else if (name === "answer") {
      this.show(data);
      announce(data.abstained ? "Not in your documents." : `The answer is complete: ${count(data.citations.length, "source")}.`);
    }
  }

  showStandalone(question) {
    const differs = line(question) !== line(this.heading.textContent);
    this.standalone.hidden = !differs;
    this.standalone.textContent = `Searched for: ${line(question)}`;
  }

  /** Show a whole answer; `again` asks its question anew where its sources have changed since. */
  show(answer, again = null) {
    this.end();
    const isOutdated = answer.citations.some((citation) => citation.state === "removed");
    this.outdated.replaceChildren(...(isOutdated ? [statusOf("⚠", "This answer may be out of date", OUTDATED, again)] : []));
    this.showStandalone(answer.standalone_question);
    // What was released stays as it is: someone may be reading it, or have the focus in it.
    if (!this.hasReleased(answer)) this.write(answer);
    const parts = answer.abstained
      ? [abstentionOf(answer), notesOf(answer)]
      : [tally(sentencesNow(answer)), notesOf(answer), sourcesOf(answer.citations), searchedOf(answer)];
    this.after.replaceChildren(...[...parts, footOf(answer)].filter(Boolean));
  }

  /** Return whether an answer is what was released sentence by sentence, its citations as they were. */
  hasReleased({ sentences, citations }) {
    const kept = JSON.stringify([sentences, citations.map((each) => each.state)]);
    const shown = JSON.stringify([this.released, this.released.length && citations.map(() => "live")]);
    return kept === shown;
  }

  /** Write all sentences anew. */
  write(answer) {
    this.body.replaceChildren();
    this.sentences = new Sentences(this.body);
    this.sentences.learn(answer.citations);
    let position = 0;
    // Positions count code points.
    const letters = Array.from(answer.text);
    for (const sentence of sentencesNow(answer)) {
      this.sentences.add(sentence, letters.slice(position, sentence.start).join(""));
      position = sentence.end;
    }
  }

  /** Show that the reader stopped it. */
  stop(again) {
    this.end();
    const kept = this.released.length ? "What stands above was checked; the rest was not written." : "Nothing was written yet.";
    this.after.replaceChildren(tally(this.released), statusOf("■", "Stopped", kept, again));
    announce("Stopped.");
  }

  /** Show what went wrong, and what to do about it. */
  fail(problem, again) {
    this.end();
    const told = [problem.message, problem.remedy].filter(Boolean).join(" ");
    this.after.replaceChildren(statusOf("✗", "It could not be answered", told, again, "failed"));
    announce(`It could not be answered: ${told}`);
  }

  end() {
    this.article.removeAttribute("aria-busy");
    this.progress.hidden = true;
  }
}

function statusOf(sign, name, told, again, kind = "") {
  return element(
    "div",
    { class: `notice status ${kind}` },
    element("p", {}, glyph(sign), " ", element("strong", {}, `${name}.`), ` ${line(told)}`),
    again && element("button", { type: "button", on: { click: again } }, "Ask again"),
  );
}
