// What a screen reader is told of what happens elsewhere than where one is.

const live = document.getElementById("live");

/** Say something to a screen reader. */
export function announce(text) {
  const said = document.createElement("p");
  said.textContent = text;
  live.append(said);
}

/** Forget what was said, so that it is not read again. */
export function beQuiet() {
  live.replaceChildren();
}
