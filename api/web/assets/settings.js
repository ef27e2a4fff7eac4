// What can be chosen for the next question, and what the server is set to.

import { leaveConversation, showScope } from "./ask.js";
import { choices, choose, collectionName, loadSettings, server } from "./state.js";
import { element, line } from "./text.js";

const body = document.getElementById("settings-body");

/** Fill the view of settings; `changed` is called when another collection is chosen. */
export async function showSettings(changed) {
  const settings = await loadSettings();
  body.replaceChildren(
    element(
      "section",
      {},
      element("h2", {}, "For your next question"),
      element("p", { class: "small quiet" }, "Kept in this browser."),
      collectionField(settings, changed),
      strictField(settings),
      topKField(settings),
    ),
    element(
      "section",
      {},
      element("h2", {}, "This server"),
      element("p", { class: "small quiet" }, "Set when it is started: by flags, by the environment or in vouch.toml."),
      element("dl", { class: "set" }, facts(settings).flatMap(([name, value, told]) => [
        element("dt", {}, name),
        element("dd", {}, line(value), told && element("span", { class: "small quiet" }, told)),
      ])),
    ),
  );
}

function facts(settings) {
  const { identity } = settings.verifier;
  return [
    ["Model", settings.model, settings.model === "extractive" ? "Answers are quoted from the documents; no language model writes." : "Writes the answers; what it writes is checked."],
    ["Verifier", settings.verifier.name, identity ? `Version ${identity.version}; a sentence is supported from a score of ${identity.threshold}.` : "Loaded when the first sentence is judged."],
    ["Embedder", settings.embedder],
    ["Readiness to answer", `${settings.risk}`, "From 0, only on strong evidence, to 1, nearly always."],
    ["Longest question", `${settings.question_max_characters.toLocaleString("en")} characters`],
  ];
}

function collectionField(settings, changed) {
  const names = settings.collections.includes(settings.collection) ? settings.collections : [settings.collection, ...settings.collections];
  const select = element("select", { id: "choose-collection" }, names.map((name) => element("option", { value: name, selected: name === collectionName() }, name)));
  select.addEventListener("change", () => {
    choose("collection", select.value === settings.collection ? null : select.value);
    leaveConversation();
    showScope();
    changed();
  });
  return element("div", { class: "field" }, element("label", { for: "choose-collection" }, "Collection"), select);
}

function strictField(settings) {
  const box = element("input", { type: "checkbox", id: "choose-strict" });
  box.checked = choices.strict ?? settings.strict;
  box.addEventListener("change", () => {
    choose("strict", box.checked === settings.strict ? null : box.checked);
    showScope();
  });
  return element("div", { class: "field check" }, box, element("div", {},
    element("label", { for: "choose-strict" }, "Strict"),
    element("p", { class: "small quiet" }, "Leave out sentences that the documents do not support, instead of marking them.")));
}

function topKField(settings) {
  const field = element("input", { type: "number", id: "choose-passages", min: "1", max: "50", inputmode: "numeric", placeholder: String(settings.top_k), "aria-describedby": "choose-passages-hint" });
  field.value = choices.top_k ?? "";
  field.addEventListener("change", () => {
    const number = Number.parseInt(field.value, 10);
    const usable = number >= 1 && number <= 50;
    choose("top_k", usable ? number : null);
    if (!usable) field.value = "";
  });
  return element("div", { class: "field" }, element("label", { for: "choose-passages" }, "Passages to read"), field,
    element("p", { class: "small quiet", id: "choose-passages-hint" }, `From 1 to 50; ${settings.top_k} if left empty.`));
}

/** Say at the side what is served. */
export function showServing() {
  const { model } = server.settings;
  document.getElementById("serving").textContent = `${collectionName()} · ${line(model)}`;
}
