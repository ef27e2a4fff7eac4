// What was asked before.

import { byDay, timeOf } from "./days.js";
import { confirmDeletion } from "./deleting.js";
import { announce } from "./live.js";
import { get, query } from "./server.js";
import { choices } from "./state.js";
import { count, element, glyph, line, shorten } from "./text.js";

const RECENT = 100;
const PAGE = 1000;
const SHOWN = 200;
/** Of one day at the side, so many questions that nothing followed are shown; the others are folded. */
const SINGLE = 5;
const NAME_CHARACTERS = 80;
const recent = document.getElementById("recent");
const body = document.getElementById("conversations-body");
let onDeleted = () => undefined;

/** Have a function called when something that was asked has been deleted: with its id, and the list it stood in. */
export function setUpDeleting(deleted) {
  onDeleted = deleted;
}

/** Fill the list at the side, folded by days; `current` is marked. */
export async function showRecent(current) {
  const { conversations } = await get(`v1/conversations${query({ limit: RECENT, collection: choices.collection })}`);
  const days = byDay(conversations, (each) => each.started_at);
  recent.replaceChildren(
    ...days.map(({ day, items }, index) => {
      const open = index === 0 || items.some((each) => each.conversation_id === current);
      return element("li", {}, folded(`${day} (${items.length.toLocaleString("en")})`, open, listOf(items, current)));
    }),
    conversations.length === RECENT ? element("li", {}, element("a", { class: "all", href: "#/conversations" }, "Earlier ones")) : "",
  );
}

/** Return the conversations of a day: a flood of single questions does not hide the others. */
function listOf(items, current) {
  const single = items.filter((each) => each.turns === 1);
  const hidden = new Set(single.slice(SINGLE).length > 1 ? single.slice(SINGLE) : []);
  const list = element("ul", {}, items.filter((each) => !hidden.has(each)).map((each) => recentItem(each, current)));
  if (!hidden.size) return list;
  const open = [...hidden].some((each) => each.conversation_id === current);
  list.append(element("li", {}, folded(`${count(hidden.size, "more single question")}`, open, element("ul", {}, [...hidden].map((each) => recentItem(each, current))))));
  return list;
}

function folded(name, open, content) {
  return element("details", { open }, element("summary", {}, name), content);
}

function recentItem(each, current) {
  const question = line(each.question) || "Untitled";
  return element("li", { class: "item" }, element("a", { href: `#/c/${each.conversation_id}`, "aria-current": each.conversation_id === current && "page", title: question },
    element("span", { class: "asked", dir: "auto" }, question), " ",
    element("span", { class: "time" }, factsOf(each))),
    element("button", { type: "button", class: "plain remove", title: "Delete", "aria-label": `Delete ${nameOf(question)}`, on: { click: () => removeConversation(each, recent) } }, glyph("✕")));
}

/** Return what tells conversations that began with the same question apart. */
function factsOf({ started_at, turns, latest_question: latest }) {
  const facts = [timeOf(started_at), turns > 1 && count(turns, "question")].filter(Boolean).join(" · ");
  return turns > 1 && latest ? `${facts}, last: ${shorten(latest, NAME_CHARACTERS)}` : facts;
}

function nameOf(question) {
  return `“${shorten(question, NAME_CHARACTERS) || "Untitled"}”`;
}

function removeConversation({ conversation_id: id, question, turns }, list) {
  const told = turns === 1 ? "The question and its answer are" : `Its ${count(turns, "question")} and their answers are`;
  return remove(id, question, `v1/conversations/${encodeURIComponent(id)}`, told, list);
}

function removeAnswer({ answer_id: id, question }) {
  return remove(id, question, `v1/answers/${encodeURIComponent(id)}`, "The question and its answer are", body);
}

async function remove(id, question, path, told, list) {
  const name = nameOf(question);
  if (!(await confirmDeletion({ name, path, told: `${told} erased on the server and cannot be brought back. The documents stay.` }))) return;
  await onDeleted(id, list);
  announce(`Deleted ${name}.`);
}

/** Fill the view of all that was asked: conversations, and answers that stand alone. */
export async function showConversations() {
  const [conversations, answers] = await Promise.all([readConversations(), readAnswersAlone()]);
  const asked = [
    ...conversations.map((each) => ({ at: each.started_at, item: () => conversationItem(each) })),
    ...answers.map((each) => ({ at: each.created_at, item: () => answerItem(each) })),
  ].sort((one, other) => (one.at < other.at ? 1 : -1));
  if (asked.length) fill(asked, SHOWN);
  else body.replaceChildren(element("p", { class: "quiet" }, "Nothing was asked yet. ", element("a", { href: "#/" }, "Ask something"), "."));
}

function fill(asked, shown) {
  const rest = asked.length - shown;
  body.replaceChildren(
    ...byDay(asked.slice(0, shown), (each) => each.at).map(({ day, items }) =>
      element("section", {}, element("h2", {}, day), element("ul", { class: "rows" }, items.map((each) => each.item())))),
    rest > 0 ? element("p", {}, element("button", { type: "button", on: { click: () => fill(asked, asked.length) } }, `Show ${rest.toLocaleString("en")} earlier`)) : "",
  );
}

async function readConversations() {
  const found = [];
  for (;;) {
    const { conversations } = await get(`v1/conversations${query({ limit: PAGE, offset: found.length, collection: choices.collection })}`);
    found.push(...conversations);
    if (conversations.length < PAGE) return found;
  }
}

async function readAnswersAlone() {
  const found = [];
  for (let cursor = null; ; ) {
    const page = await get(`v1/answers${query({ alone: true, limit: PAGE, cursor, collection: choices.collection })}`);
    found.push(...page.answers);
    cursor = page.next_cursor;
    if (!cursor) return found;
  }
}

function conversationItem(each) {
  return row(`#/c/${each.conversation_id}`, each.question, [factsOf(each)], () => removeConversation(each, body));
}

function answerItem(each) {
  return row(`#/a/${each.answer_id}`, each.question, [timeOf(each.created_at), each.abstained && "not in the documents"], () => removeAnswer(each), each.abstained);
}

function row(href, question, facts, removal, abstained = false) {
  return element(
    "li",
    {},
    element("div", {},
      element("a", { href, dir: "auto" }, line(question) || "Untitled"),
      element("p", { class: "small quiet" }, abstained && glyph("∅ "), facts.filter(Boolean).join(" · "))),
    element("div", { class: "actions" },
      element("button", { type: "button", class: "danger", "aria-label": `Delete ${nameOf(question)}`, on: { click: removal } }, "Delete")),
  );
}
