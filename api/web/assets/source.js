// The page of a source works without a script; with one, the picture of its page can be made larger.

import { letZoom } from "./picture.js";

for (const figure of document.querySelectorAll(".page-picture")) {
  letZoom(figure, figure.querySelector("img").getAttribute("src"));
}
