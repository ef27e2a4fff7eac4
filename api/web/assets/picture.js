// The picture of a page: as wide as its box, or larger and moved about in it.

import { element, glyph, line } from "./text.js";

const ZOOMS = [1, 1.5, 2, 3, 4, 6];
const TAPPED = 2;
/** Of a line of marked words: where it is lower, they can hardly be read, and the picture begins larger. */
const READABLE_PX = 12;
const SVG_TYPE = "image/svg+xml";

/** Return the picture of the page on which the cited words stand. */
export function pictureOf(view) {
  const image = element("img", { src: view.page_url, alt: told(view) });
  const box = element("div", { class: "picture-box", role: "region", tabindex: "0", "aria-label": `Picture of page ${view.page}` }, image);
  const figure = element("figure", { class: "page-picture" }, box);
  // Where the page cannot be drawn, its text is there all the same.
  image.addEventListener("error", () => figure.remove());
  letZoom(figure, view.page_url);
  return figure;
}

function told(view) {
  const cited = view.quote ? `, these words marked: “${line(view.quote)}”` : "";
  return `Page ${view.page} of ${line(view.source)} as it is printed${cited}. Its text follows.`;
}

/** Give a picture what makes it larger and smaller. */
export function letZoom(figure, url) {
  const box = figure.querySelector(".picture-box");
  const image = box.querySelector("img");
  const state = { zoom: 1, chosen: false, marked: null };
  const centreAt = ({ x, y }) => box.scrollTo(x * image.offsetWidth - box.clientWidth / 2, y * image.offsetHeight - box.clientHeight / 2);
  const shown = element("span", { class: "small quiet", role: "status" }, "Fitted");
  const set = (zoom, at = null) => {
    const begins = state.zoom === 1 && zoom > 1;
    const centre = at ?? centreOf(box, image);
    state.zoom = zoom;
    state.chosen = true;
    image.style.width = zoom === 1 ? "" : `${zoom * 100}%`;
    box.classList.toggle("zoomed", zoom > 1);
    centreAt(centre);
    if (begins && !at) markedPlace(state, url).then((marked) => state.zoom > 1 && centreAt(marked));
    shown.textContent = zoom === 1 ? "Fitted" : `${zoom * 100} %`;
    smaller.disabled = fit.disabled = zoom === 1;
    larger.disabled = zoom === ZOOMS[ZOOMS.length - 1];
  };
  const step = (by) => ZOOMS[Math.min(Math.max(ZOOMS.indexOf(state.zoom) + by, 0), ZOOMS.length - 1)];
  const button = (sign, label, act, attributes = {}) => element("button", { type: "button", "aria-label": label, title: label, on: { click: act }, ...attributes }, sign);
  const smaller = button(glyph("−"), "Smaller", () => set(step(-1)), { disabled: true });
  const larger = button(glyph("+"), "Larger", () => set(step(1)));
  const fit = button("Fit", "Fit the page", () => set(1), { disabled: true });
  const full = element("a", { href: url, target: "_blank", rel: "noopener", class: "small" }, "Picture alone");
  figure.querySelector("figcaption")?.remove();
  figure.prepend(element("div", { class: "picture-tools", role: "group", "aria-label": "Size of the picture" }, smaller, larger, fit, shown, full));
  box.addEventListener("keydown", (event) => {
    const acts = { "+": () => set(step(1)), "=": () => set(step(1)), "-": () => set(step(-1)), 0: () => set(1) };
    if (event.ctrlKey || event.metaKey || event.altKey || !acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
  const begin = async () => {
    const { left, width, height, y } = await markedPlace(state, url);
    const zoom = ZOOMS.find((each) => each * height * image.offsetHeight >= READABLE_PX) ?? ZOOMS.at(-1);
    if (!height || zoom === 1 || state.chosen) return;
    // Of a line that does not fit, the beginning is shown.
    const shown = box.clientWidth / (zoom * image.offsetWidth);
    set(zoom, { x: left + Math.min(width, shown) / 2, y });
  };
  if (image.complete && image.naturalWidth) begin();
  else image.addEventListener("load", begin, { once: true });
  image.addEventListener("click", (event) => {
    const at = { x: event.offsetX / image.offsetWidth, y: event.offsetY / image.offsetHeight };
    set(state.zoom === 1 ? TAPPED : 1, at);
  });
}

function centreOf(box, image) {
  return { x: (box.scrollLeft + box.clientWidth / 2) / image.offsetWidth, y: (box.scrollTop + box.clientHeight / 2) / image.offsetHeight };
}

/** Return where the first marked words stand in the picture, as parts of its width and height. */
async function markedPlace(state, url) {
  state.marked ??= await readMark(url).catch(() => ({ x: 0.5, y: 0, left: 0, width: 1, height: 0 }));
  return state.marked;
}

async function readMark(url) {
  const text = await (await fetch(url)).text();
  const picture = new DOMParser().parseFromString(text, SVG_TYPE).documentElement;
  const mark = picture.querySelector("rect");
  const [, , width, height] = picture.getAttribute("viewBox").split(" ").map(Number);
  const number = (name) => Number(mark.getAttribute(name));
  const [left, wide, high] = [number("x") / width, number("width") / width, number("height") / height];
  return { x: left + wide / 2, y: number("y") / height + high / 2, left, width: wide, height: high };
}
