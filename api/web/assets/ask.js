// Asking: the question's field, the stream of the answer, and the conversation they belong to.

import { events, get, jsonRequest, post, query } from "./server.js";
import { choices, collectionName, server } from "./state.js";
import { count, element } from "./text.js";
import { Turn } from "./turn.js";

const form = document.getElementById("ask");
const field = document.getElementById("question");
const turns = document.getElementById("turns");
const welcome = document.getElementById("welcome");
const send = document.getElementById("send");
const stop = document.getElementById("stop");

let conversation = null;
let running = null;
let shown = null;
let onConversation = () => undefined;

/** Make the form work; `changed` is called when a conversation has begun or gone on. */
export function setUpAsking(changed) {
  onConversation = changed;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(field.value);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  field.addEventListener("input", fit);
  stop.addEventListener("click", () => running?.abort());
}

function fit() {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight + 2, 220)}px`;
}

/** Bring the reader to the question. */
export function focusQuestion() {
  field.focus();
}

/** Show a conversation; for null a new one, which an answer on its way may belong to already. */
export async function showAsking(id, { afresh = false } = {}) {
  showScope();
  if (id === shown && !afresh) return showWelcome();
  running?.abort();
  shown = conversation = id;
  turns.replaceChildren();
  await showWelcome();
  if (id) await openConversation(id);
}

async function openConversation(id) {
  const told = await get(`v1/conversations/${encodeURIComponent(id)}${query({ collection: choices.collection })}`);
  if (shown !== id) return;
  for (const answer of told.answers) {
    const turn = new Turn(answer.question);
    turn.show(answer, () => submit(answer.standalone_question));
    turns.append(turn.node);
  }
  turns.lastElementChild?.scrollIntoView({ block: "start" });
  await showWelcome();
}

/** Leave the conversation, as another collection has none of it. */
export function leaveConversation() {
  running?.abort();
  shown = conversation = null;
  turns.replaceChildren();
}

/** Leave a conversation, or an answer, that was deleted, where it is the one that is shown or asked. */
export function leaveDeleted(id) {
  if (id === conversation || shown === `answer ${id}`) leaveConversation();
}

/** Show one answer that belongs to no conversation. */
export async function showAnswer(id) {
  showScope();
  running?.abort();
  const begun = (shown = `answer ${id}`);
  conversation = null;
  turns.replaceChildren();
  const answer = await get(`v1/answers/${encodeURIComponent(id)}${query({ collection: choices.collection })}`);
  if (shown !== begun) return;
  const turn = new Turn(answer.question);
  turn.show(answer, () => submit(answer.standalone_question));
  turns.replaceChildren(turn.node);
  await showWelcome();
}

/** Say which documents are asked. */
export function showScope() {
  const parts = [`Asks the collection “${collectionName()}”`];
  if (choices.strict ?? server.settings?.strict) parts.push("leaves out what is not supported");
  document.getElementById("ask-scope").textContent = `${parts.join(" and ")}.`;
}

async function showWelcome() {
  welcome.hidden = turns.childElementCount > 0;
  if (welcome.hidden) return;
  const { total } = await get(`v1/documents${query({ limit: 1, collection: choices.collection })}`);
  const empty = total === 0;
  welcome.replaceChildren(
    element("h1", {}, empty ? "Nothing to ask yet" : "Ask your documents"),
    empty
      ? element("p", {}, "Add documents first; then ask, and every sentence of an answer leads to the words it rests on.")
      : element("p", {}, `${count(total, "document")}. Every sentence of an answer is checked and leads to the words it rests on. What the documents do not say, it does not say either.`),
    empty ? element("p", {}, element("a", { class: "button", href: "#/documents" }, "Add documents")) : legend(),
  );
}

function legend() {
  const items = [
    ["✓", "supported", "A source says so"],
    ["◐", "partial", "A source says part of it"],
    ["✗", "unsupported", "No source says so"],
  ];
  return element("ul", { class: "legend", "aria-label": "Marks" }, items.map(([sign, kind, told]) =>
    element("li", { class: kind }, element("span", { "aria-hidden": "true", class: "glyph" }, sign), element("span", {}, ` ${told}`))));
}

async function submit(written) {
  const question = written.trim();
  if (!question || running) return;
  field.value = "";
  fit();
  welcome.hidden = true;
  const turn = new Turn(question);
  turns.append(turn.node);
  turn.begin();
  turn.node.scrollIntoView({ block: "start" });
  const control = (running = new AbortController());
  showRunning(true);
  const again = () => {
    turn.node.remove();
    submit(question);
  };
  try {
    await stream(question, turn, control.signal);
  } catch (error) {
    if (control.signal.aborted) turn.stop(again);
    else turn.fail(error, again);
  } finally {
    running = null;
    showRunning(false);
  }
}

async function stream(question, turn, signal) {
  const begun = conversation ?? (await post("v1/conversations", { collection: choices.collection }, { signal })).id;
  // The reader may have gone on meanwhile, to another conversation.
  signal.throwIfAborted();
  conversation = begun;
  const body = { question, conversation_id: begun, collection: choices.collection, strict: choices.strict, top_k: choices.top_k };
  let whole = false;
  for await (const event of events("v1/ask", jsonRequest(body, { signal }))) {
    if (event.name === "error") throw Object.assign(new Error(event.data.detail), event.data);
    turn.take(event);
    whole ||= event.name === "answer";
  }
  if (!whole) throw Object.assign(new Error("The answer broke off."), { remedy: "The server may have been stopped." });
  if (conversation === begun && !signal.aborted) {
    const isNew = shown !== begun;
    shown = begun;
    onConversation(begun, isNew);
  }
}

function showRunning(is) {
  const focused = document.activeElement === (is ? send : stop) || document.activeElement === field;
  send.hidden = is;
  stop.hidden = !is;
  if (focused && !is) field.focus({ preventScroll: true });
}
