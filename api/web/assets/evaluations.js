// Reports of evaluations that lie in the server's home, and how to make one.

import { get, query } from "./server.js";
import { choices, collectionName } from "./state.js";
import { count, element, line, moment } from "./text.js";

const body = document.getElementById("evaluations-body");

/** Fill the view of evaluations. */
export async function showEvaluations() {
  const { reports, folder } = await get(`v1/evaluations${query({ collection: choices.collection })}`);
  body.replaceChildren(
    element("p", {}, "An evaluation asks every question of a file and measures the answers: whether their sentences are supported, their citations are right, and what should be refused is refused."),
    reports.length ? element("ul", { class: "rows" }, reports.map(item)) : element("p", { class: "quiet" }, "There is no report yet."),
    howTo(folder),
  );
}

function item(each) {
  const scores = Object.entries(each.metrics).map(([name, value]) => `${line(name)} ${value.toFixed(2)}`);
  return element(
    "li",
    {},
    element("div", {},
      element("a", { href: each.url }, line(each.name)),
      element("p", { class: "small quiet" }, [moment(each.modified_at), count(each.samples, "answer"), line(each.model)].filter(Boolean).join(" · ")),
      scores.length ? element("p", { class: "small" }, scores.join(" · ")) : ""),
  );
}

function howTo(folder) {
  const path = `${line(folder)}/report.json`;
  return element("section", { class: "how" },
    element("h2", {}, "Make a report"),
    element("p", {}, "Write a file with a question a line, such as ", element("code", {}, '{"id": "moons", "question": "How many moons has Saturn?", "answer": "274"}'), ", or let Vouch draft one from your documents and look it through. Then let it answer and score them:"),
    element("pre", { class: "command", tabindex: "0" },
      `vouch samples --collection ${collectionName()} --output questions.jsonl\nvouch samples --review questions.jsonl\nvouch evaluate questions.jsonl --collection ${collectionName()} --output ${path}`),
    element("p", { class: "small quiet" }, `What stands in the server’s home folder, ${line(folder)}, is listed here as soon as it is written.`));
}
