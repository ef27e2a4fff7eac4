// Links to sources: followed as any link where a key is held, else they open the source beside the answer.

import { openSource } from "./pane.js";
import { element } from "./text.js";

/** Return a link that opens a source beside the answer when it is pressed, and in a tab of its own when asked to. */
export function sourceLink(url, attributes, number, ...children) {
  const link = element("a", { href: url, role: "button", ...attributes }, ...children);
  const open = (event) => {
    event.preventDefault();
    openSource(url, link, number);
  };
  link.addEventListener("click", (event) => {
    const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!elsewhere) open(event);
  });
  // A button answers to the space bar, a link does not by itself.
  link.addEventListener("keydown", (event) => event.key === " " && open(event));
  return link;
}
