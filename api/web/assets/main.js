// The page: which view is shown, the keys that work everywhere, and whether the server is there.

import { focusQuestion, leaveDeleted, setUpAsking, showAnswer, showAsking } from "./ask.js";
import { setUpDeleting, showConversations, showRecent } from "./conversations.js";
import { showDocuments } from "./documents.js";
import { showEvaluations } from "./evaluations.js";
import { closePane } from "./pane.js";
import { hideQuote } from "./quotes.js";
import { showServing, showSettings } from "./settings.js";
import { loadChoices, loadSettings, server } from "./state.js";
import { element } from "./text.js";

const LOOK_AGAIN_MS = 4000;
const offline = document.getElementById("offline");
const VIEWS = {
  ask: () => showAsking(null),
  c: (id) => showAsking(id),
  a: (id) => showAnswer(id),
  conversations: showConversations,
  documents: showDocuments,
  evaluations: showEvaluations,
  settings: () => showSettings(refreshSide),
};
let current = null;
let shows = 0;

/** Return the view and what of it the address names: `#/c/conv_1`. */
function route() {
  const [name, id] = location.hash.replace(/^#\/?/, "").split("/");
  return { name: VIEWS[name] ? name : "ask", id: id ? decodeURIComponent(id) : null };
}

async function show() {
  const { name, id } = route();
  const view = ["c", "a"].includes(name) ? "ask" : name;
  const ticket = ++shows;
  const moved = current !== null && current !== view;
  current = view;
  closePane();
  hideQuote();
  // What a dialog asks about is not to be seen any more.
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  for (const section of document.querySelectorAll(".view")) section.hidden = section.id !== `view-${view}`;
  for (const link of document.querySelectorAll("#tabs a")) {
    const target = link.getAttribute("href").replace(/^#\/?/, "") || "ask";
    if (target === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = view === "ask" ? "Vouch" : `${document.getElementById(`${view}-heading`).textContent} · Vouch`;
  if (moved && view !== "ask") document.getElementById(`${view}-heading`).focus({ preventScroll: true });
  try {
    if (!server.settings) await loadSettings();
    // The reader may have gone on meanwhile.
    if (ticket !== shows) return;
    showServing();
    await VIEWS[name](id);
    await showRecent(name === "c" ? id : null);
    if (ticket === shows) offline.hidden = true;
  } catch (problem) {
    if (ticket === shows) tellTrouble(problem);
  }
}

function tellTrouble(problem) {
  offline.hidden = false;
  offline.replaceChildren(
    element("p", {}, [problem.message, problem.remedy].filter(Boolean).join(" ")),
    element("button", { type: "button", on: { click: show } }, "Try again"),
  );
  if (problem.code === "unreachable") setTimeout(lookAgain, LOOK_AGAIN_MS);
}

async function lookAgain() {
  if (offline.hidden) return;
  const there = await fetch("healthz", { cache: "no-store" }).then((response) => response.ok, () => false);
  if (there) show();
  else setTimeout(lookAgain, LOOK_AGAIN_MS);
}

async function refreshSide() {
  showServing();
  await showRecent(null).catch(tellTrouble);
}

/** Put a conversation that has just begun into the address and the list. */
async function conversationChanged(id, fresh) {
  if (fresh && ["", "#/"].includes(location.hash)) history.replaceState(null, "", `#/c/${id}`);
  await showRecent(id).catch(tellTrouble);
}

/** Show everything without what was deleted; the focus goes to the head of the list that it stood in. */
async function conversationDeleted(id, list) {
  leaveDeleted(id);
  if (route().id === id) history.replaceState(null, "", "#/");
  await show();
  if (list.id === "recent") document.getElementById("begin").focus();
  else document.getElementById("conversations-heading").focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  const writing = event.target.closest?.("input, textarea, select, [contenteditable], dialog");
  if (event.key === "Escape" && !event.target.closest?.("dialog")) {
    if (hideQuote() || closePane()) event.preventDefault();
  } else if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    closePane();
    if (current !== "ask") location.hash = "#/";
    document.getElementById("view-ask").hidden = false;
    focusQuestion();
  }
});

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  if (current !== "ask") location.hash = "#/";
  document.getElementById("view-ask").hidden = false;
  focusQuestion();
});

// A link to where one is already begins anew.
document.getElementById("begin").addEventListener("click", () => {
  if (["", "#/"].includes(location.hash)) showAsking(null, { afresh: true }).catch(tellTrouble);
});

addEventListener("hashchange", show);
addEventListener("offline", () => tellTrouble({ message: "This device is offline.", remedy: "What is on the page stays." }));
loadChoices();
setUpAsking(conversationChanged);
setUpDeleting(conversationDeleted);
await show();
if (current === "ask" && matchMedia("(pointer: fine)").matches) focusQuestion();
