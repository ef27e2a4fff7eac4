// Copying: what is copied is said, in sight and to a screen reader.

import { announce } from "./live.js";
import { element } from "./text.js";

const SAID_MS = 2500;

/** Return a button that copies what `textOf` returns or promises. */
export function copyButton(label, textOf, attributes = {}) {
  const button = element("button", { type: "button", class: "plain copy", ...attributes }, label);
  let telling = 0;
  button.addEventListener("click", async () => {
    const done = await copy(textOf).then(() => true, () => false);
    clearTimeout(telling);
    button.textContent = done ? "✓ Copied" : "✗ Not copied";
    announce(done ? "Copied." : "It could not be copied.");
    telling = setTimeout(() => (button.textContent = label), SAID_MS);
  });
  return button;
}

async function copy(textOf) {
  if (!navigator.clipboard) return copyOldWay(await textOf());
  if (!globalThis.ClipboardItem) return navigator.clipboard.writeText(await textOf());
  // Some browsers allow it only at once, so that the text has to be promised.
  const promised = Promise.resolve(textOf()).then((text) => new Blob([text], { type: "text/plain" }));
  return navigator.clipboard.write([new ClipboardItem({ "text/plain": promised })]);
}

// Where the page is not reached safely (by http, from elsewhere), a browser has no clipboard for it.
function copyOldWay(text) {
  const field = element("textarea", { class: "unseen", readonly: true });
  const before = document.activeElement;
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  before?.focus({ preventScroll: true });
  if (!done) throw new Error("The browser does not copy.");
}
