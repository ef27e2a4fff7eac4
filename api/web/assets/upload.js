// Files on their way in: sent with their progress, then read and indexed with the server's.

import { events, get, Problem, query, request } from "./server.js";
import { choices } from "./state.js";
import { count, element, glyph, line } from "./text.js";

/** Return the place to drop files, or to choose them; `done` is called when they can be asked. */
export function uploadArea(done) {
  const input = element("input", { type: "file", id: "files", multiple: true, class: "unseen" });
  const told = element("div", { class: "upload-state" });
  const area = element(
    "div",
    { class: "upload" },
    input,
    element("p", {}, element("label", { for: "files", class: "button main" }, "Choose files"), element("span", { class: "quiet" }, " or drop files and folders here. They stay on this server.")),
    told,
  );
  const begin = (files) => upload(files, told, done, area);
  input.addEventListener("change", () => {
    begin([...input.files].map((file) => ({ file, name: file.name })));
    input.value = "";
  });
  area.addEventListener("dragover", (event) => {
    event.preventDefault();
    area.classList.add("over");
  });
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    dropped(event.dataTransfer).then(begin, () => say(told, "What was dropped cannot be read."));
  });
  return area;
}

/** Return the files that were dropped, those in folders with their paths. */
async function dropped(transfer) {
  // They have to be taken before anything is waited for.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const loose = [...transfer.files].map((file) => ({ file, name: file.name }));
  return entries.length ? (await Promise.all(entries.map(filesIn))).flat() : loose;
}

/** Return the files in a folder that was dropped, or the file that was; hidden ones are passed over. */
async function filesIn(entry) {
  if (entry.name.startsWith(".")) return [];
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, name: entry.fullPath.slice(1) }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    // A reader gives a hundred at a time.
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) break;
    found.push(...some);
  }
  return (await Promise.all(found.map(filesIn))).flat();
}

function say(told, words) {
  told.replaceChildren(element("p", { class: "notice failed", role: "alert" }, words));
}

async function upload(files, told, done, area) {
  if (!files.length) return say(told, "There is no file in it.");
  const bar = element("progress", { max: "1", value: "0", "aria-label": "Progress" });
  const words = element("p", { role: "status" }, `Sending ${count(files.length, "file")} …`);
  told.replaceChildren(words, bar);
  area.setAttribute("aria-busy", "true");
  try {
    const { ingest } = await send(files, (share) => (bar.value = share));
    words.textContent = "Reading …";
    bar.removeAttribute("value");
    told.append(stopButton(ingest.id));
    told.replaceChildren(...reportOf(await follow(ingest.id, words, bar)));
    await done();
  } catch (problem) {
    const text = problem instanceof Problem ? `${problem.message} ${problem.remedy}` : "The upload failed.";
    say(told, text);
  } finally {
    area.removeAttribute("aria-busy");
  }
}

/** Return what ends an ingest: what it has added by then stays. */
function stopButton(id) {
  const stop = element("button", { type: "button", class: "stop-ingest" }, "Stop");
  stop.addEventListener("click", async () => {
    stop.disabled = true;
    // Where it fails, the events of the ingest tell how it goes on.
    await request(ingestPath(id), { method: "DELETE" }).catch(() => (stop.disabled = false));
  });
  return stop;
}

function ingestPath(id, more = "") {
  return `v1/ingests/${encodeURIComponent(id)}${more}${query({ collection: choices.collection })}`;
}

/** Send files. `fetch` does not tell how far it is, so the older way is taken. */
function send(files, onShare) {
  const form = new FormData();
  for (const { file, name } of files) form.append("files", file, name);
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", `v1/documents${query({ collection: choices.collection })}`);
    sending.responseType = "json";
    sending.upload.addEventListener("progress", (event) => event.lengthComputable && onShare(event.loaded / event.total));
    sending.addEventListener("error", () => reject(new Problem("The files could not be sent.", { remedy: "See whether they can be read and the server still runs, and try again." })));
    sending.addEventListener("load", () => {
      const reply = sending.response ?? {};
      if (sending.status < 300) resolve(reply);
      else reject(new Problem(reply.detail ?? `The server answered ${sending.status}.`, reply));
    });
    sending.send(form);
  });
}

async function follow(id, words, bar) {
  for await (const { name, data } of events(ingestPath(id, "/events"))) {
    if (name === "error") throw new Problem(data.detail, data);
    if (name === "done") return data;
    bar.value = data.share;
    words.textContent = [`Reading: ${data.done} of ${count(data.total, "file")} done`, line(data.source), remaining(data.remaining_s)].filter(Boolean).join(" · ");
  }
  return get(ingestPath(id));
}

/** Return how long it will take, where that can be told and is worth telling. */
function remaining(seconds) {
  if (seconds === null || seconds < 5) return "";
  return seconds < 90 ? `about ${Math.ceil(seconds / 5) * 5} seconds left` : `about ${count(Math.round(seconds / 60), "minute")} left`;
}

function reportOf(ingest) {
  const { added = [], replaced = [], unchanged = [], refused = [], partial = [], duplicate_of = {} } = ingest.report ?? {};
  const duplicates = Object.entries(duplicate_of);
  const named = (names, label) => (names.length ? `${count(names.length, "document")} ${label}` : "");
  const parts = [named(added, "added"), named(replaced, "replaced"), named(unchanged, "unchanged")].filter(Boolean);
  const stopped = ingest.state !== "done";
  const whole = stopped || refused.length ? "No document added" : "Done";
  const begin = { cancelled: "Stopped: ", interrupted: "The server was stopped: " }[ingest.state] ?? "";
  return [
    element("p", { role: "status" }, glyph(stopped ? "■" : "✓"), ` ${begin}${parts.join(", ") || whole}.`),
    duplicates.length
      ? element("div", { class: "notice in-part" }, element("p", {}, `${count(duplicates.length, "file")} held already under another name:`),
          element("ul", {}, duplicates.map(([source, held]) => element("li", { dir: "auto" }, `${line(source)}: same as ${line(held)}`))))
      : "",
    partial.length
      ? element("div", { class: "notice in-part" }, element("p", {}, `${count(partial.length, "file")} read only in part:`),
          element("ul", {}, partial.map(({ source, reason }) => element("li", { dir: "auto" }, `${line(source)}: ${line(reason)}`))))
      : "",
    refused.length
      ? element("div", { class: "notice failed" }, element("p", {}, `${count(refused.length, "file")} refused:`),
          element("ul", {}, refused.map((each) => element("li", { dir: "auto" }, refusal(each)))))
      : "",
  ];
}

/** Return why a file was refused, and which, named once. */
function refusal({ source, reason }) {
  return line(reason).includes(line(source)) ? line(reason) : `${line(source)}: ${line(reason)}`;
}
