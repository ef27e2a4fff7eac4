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
    element("p", {}, element("label", { for: "files", class: "button main" }, "Choose files"), element("span", { class: "quiet" }, " or drop them here. They stay on this server.")),
    told,
  );
  const begin = (files) => files.length && upload([...files], told, done, area);
  input.addEventListener("change", () => {
    begin(input.files);
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
    begin(event.dataTransfer.files);
  });
  return area;
}

async function upload(files, told, done, area) {
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
    told.replaceChildren(element("p", { class: "notice failed", role: "alert" }, text));
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
  for (const file of files) form.append("files", file, file.webkitRelativePath || file.name);
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", `v1/documents${query({ collection: choices.collection })}`);
    sending.responseType = "json";
    sending.upload.addEventListener("progress", (event) => event.lengthComputable && onShare(event.loaded / event.total));
    sending.addEventListener("error", () => reject(new Problem("The server does not answer.", { remedy: "Start it with `vouch serve` and try again." })));
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
  const { added = [], replaced = [], unchanged = [], refused = [] } = ingest.report ?? {};
  const named = (names, label) => (names.length ? `${count(names.length, "document")} ${label}` : "");
  const parts = [named(added, "added"), named(replaced, "replaced"), named(unchanged, "unchanged")].filter(Boolean);
  const stopped = ingest.state !== "done";
  const whole = stopped || refused.length ? "No document added" : "Done";
  const begin = { cancelled: "Stopped: ", interrupted: "The server was stopped: " }[ingest.state] ?? "";
  return [
    element("p", { role: "status" }, glyph(stopped ? "■" : "✓"), ` ${begin}${parts.join(", ") || whole}.`),
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
