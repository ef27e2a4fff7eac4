// Deleting: asked before, and told where it fails.

import { Problem, query, request } from "./server.js";
import { choices } from "./state.js";
import { element } from "./text.js";

/** Ask whether something shall be deleted, and delete it; promises whether it is gone. `told` says what that means. */
export function confirmDeletion({ name, told, path }) {
  const trouble = element("p", { class: "notice failed", role: "alert", hidden: true });
  const sure = element("button", { type: "button", class: "danger" }, "Delete");
  const dialog = element(
    "dialog",
    { "aria-labelledby": "deletion-title", "aria-describedby": "deletion-told" },
    element("h2", { id: "deletion-title", dir: "auto" }, `Delete ${name}?`),
    element("p", { id: "deletion-told" }, told),
    trouble,
    element("div", { class: "choices" }, element("button", { type: "button", autofocus: true, on: { click: () => dialog.close() } }, "Keep it"), sure),
  );
  sure.addEventListener("click", async () => {
    sure.disabled = true;
    try {
      await request(`${path}${query({ collection: choices.collection })}`, { method: "DELETE" });
      dialog.close("deleted");
    } catch (problem) {
      sure.disabled = false;
      trouble.hidden = false;
      trouble.textContent = problem instanceof Problem ? `${problem.message} ${problem.remedy}` : "It could not be deleted.";
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      // Closed without a deletion, a dialog gives the focus back by itself.
      dialog.remove();
      resolve(dialog.returnValue === "deleted");
    });
  });
}
