// Files on their way in: sent with their progress, then read and indexed with the server's.

import { events, get, Problem, query } from "./server.js";
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
    told.replaceChildren(...reportOf(await follow(ingest.id, words, bar)));
    await done();
  } catch (problem) {
    const text = problem instanceof Problem ? `${problem.message} ${problem.remedy}` : "The upload failed.";
    told.replaceChildren(element("p", { class: "notice failed", role: "alert" }, text));
  } finally {
    area.removeAttribute("aria-busy");
  }
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
  const path = `v1/ingests/${encodeURIComponent(id)}`;
  for await (const { name, data } of events(`${path}/events`)) {
    if (name === "error") throw new Problem(data.detail, data);
    if (name === "done") return data.ingest ?? data;
    const { done, total, source } = data.progress ?? data;
    if (total) [bar.max, bar.value] = [total, done ?? 0];
    words.textContent = [total ? `Reading ${done ?? 0} of ${total}` : "Reading", line(source ?? "")].filter(Boolean).join(": ");
  }
  return get(path);
}

function reportOf(ingest) {
  const report = ingest.report ?? ingest;
  const named = (names, label) => (names?.length ? `${count(names.length, "document")} ${label}` : "");
  const parts = [named(report.added, "added"), named(report.replaced, "replaced"), named(report.unchanged, "unchanged")].filter(Boolean);
  const refused = report.refused ?? [];
  return [
    element("p", { role: "status" }, glyph("✓"), ` ${parts.join(", ") || (refused.length ? "No document added" : "Done")}.`),
    refused.length
      ? element("div", { class: "notice failed" }, element("p", {}, `${count(refused.length, "file")} refused:`),
          element("ul", {}, refused.map((each) => element("li", { dir: "auto" }, `${line(each.source)}: ${line(each.reason)}`))))
      : "",
  ];
}
