// What was asked before.

import { get, query } from "./server.js";
import { choices } from "./state.js";
import { element, glyph, line, moment, shorten } from "./text.js";

const RECENT = 30;
const LISTED = 200;
const recent = document.getElementById("recent");
const body = document.getElementById("conversations-body");

/** Fill the list at the side; `current` is marked. */
export async function showRecent(current) {
  const { conversations } = await get(`v1/conversations${query({ limit: RECENT, collection: choices.collection })}`);
  recent.replaceChildren(
    ...conversations.map((each) =>
      element("li", {}, element("a", { href: `#/c/${each.conversation_id}`, "aria-current": each.conversation_id === current && "page", dir: "auto" }, shorten(each.question, 60) || "Untitled")),
    ),
  );
}

/** Fill the view of all conversations, and of answers that stand alone. */
export async function showConversations() {
  const asked = query({ limit: LISTED, collection: choices.collection });
  const [{ conversations }, { answers }] = await Promise.all([get(`v1/conversations${asked}`), get(`v1/answers${asked}`)]);
  const alone = answers.filter((answer) => !answer.conversation_id);
  if (!conversations.length && !alone.length) {
    body.replaceChildren(element("p", { class: "quiet" }, "Nothing was asked yet. ", element("a", { href: "#/" }, "Ask something"), "."));
    return;
  }
  body.replaceChildren(
    conversations.length ? section("Conversations", conversations.map(conversationItem)) : "",
    alone.length ? section("Single answers", alone.map(answerItem)) : "",
  );
}

function section(name, items) {
  return element("section", {}, element("h2", {}, name), element("ul", { class: "rows" }, items));
}

function conversationItem(each) {
  const turns = `${each.turns} ${each.turns === 1 ? "question" : "questions"}`;
  return row(`#/c/${each.conversation_id}`, each.question, [moment(each.started_at), turns]);
}

function answerItem(each) {
  return row(`#/a/${each.answer_id}`, each.question, [moment(each.created_at), each.abstained ? "not in the documents" : ""], each.abstained);
}

function row(href, question, facts, abstained = false) {
  return element(
    "li",
    {},
    element("a", { href, dir: "auto" }, line(question) || "Untitled"),
    element("p", { class: "small quiet" }, abstained && glyph("∅ "), facts.filter(Boolean).join(" · ")),
  );
}
