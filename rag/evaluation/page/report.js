// Filters and order of the answers. Without it the page is a document like any other.
(() => {
  "use strict";
  const form = document.getElementById("filters");
  const list = document.getElementById("answers");
  if (!form || !list) return;
  const answers = Array.from(list.children);
  const told = document.getElementById("told");
  const texts = new Map();
  const textOf = (answer) => {
    if (!texts.has(answer)) texts.set(answer, answer.textContent.toLowerCase());
    return texts.get(answer);
  };
  const fields = ["kind", "verdict", "search", "order"];
  const chosen = () => Object.fromEntries(fields.map((name) => [name, form.elements[name] ? form.elements[name].value : ""]));

  const show = () => {
    const { kind, verdict, search, order } = chosen();
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const answer of answers) {
      const fits =
        (!kind || answer.dataset.kind === kind) &&
        (!verdict || answer.dataset.verdicts.split(" ").includes(verdict)) &&
        words.every((word) => textOf(answer).includes(word));
      answer.hidden = !fits;
      count += fits ? 1 : 0;
    }
    if (list.dataset.order !== order) {
      const key = order === "file" ? "position" : "rank";
      list.append(...answers.slice().sort((one, other) => one.dataset[key] - other.dataset[key]));
      list.dataset.order = order;
    }
    told.value = `${count} of ${answers.length} answers`;
  };

  // The choice stands in the address, so that a view can be passed on.
  const read = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    for (const name of fields) {
      const field = form.elements[name];
      if (!field || !asked.has(name)) continue;
      field.value = asked.get(name);
      if (field.tagName === "SELECT" && field.selectedIndex < 0) field.selectedIndex = 0;
    }
  };
  const write = () => {
    const kept = Object.entries(chosen()).filter(([name, value]) => value && !(name === "order" && value === "worst"));
    const hash = new URLSearchParams(kept).toString();
    if (location.hash.slice(1) !== hash) location.replace("#" + (hash || "all"));
  };

  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { show(); write(); }, 120);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { show(); write(); }, 0));
  const follow = () => {
    if (location.hash.includes("=")) { read(); show(); return; }
    const answer = document.getElementById(location.hash.slice(1));
    if (!answer || answer.parentElement !== list) return;
    answer.hidden = false;
    answer.querySelector("details").open = true;
    answer.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  document.getElementById("open").addEventListener("click", () => {
    const shown = answers.filter((answer) => !answer.hidden).map((answer) => answer.querySelector("details"));
    const open = shown.some((details) => !details.open);
    for (const details of shown) details.open = open;
  });
  form.hidden = false;
  show();
  follow();
})();
