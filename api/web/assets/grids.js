// A stretch of a sheet or a delimited file as tables, the cited cells marked; the page of a source shows the same.

import { clean, element, line, unseen } from "./text.js";

/** Return the tables of a source, and the lines between them. */
export function tablesOf(blocks) {
  return element("div", { class: "tables" }, blocks.map((block) =>
    block.grid ? boxOf(block.grid) : element("p", { class: "between", dir: "auto", id: block.begins && "cite" }, piecesOf(block.lines))));
}

const RECORDS_SHOWN = 3;

function boxOf(grid) {
  const [first, last] = [grid.rows[0], grid.rows[grid.rows.length - 1]];
  const name = [grid.place && `Sheet ${line(grid.place)}`, `rows ${first.number} to ${last.number}`].filter(Boolean).join(", ");
  const heads = grid.columns.map((column, index) => {
    const cell = first.heads ? first.cells[index] : null;
    return element("th", { scope: "col", dir: "auto", ...marksOf(cell) }, cell ? piecesOf(cell.pieces) : line(column.name),
      column.letters && element("span", { class: "letters" }, column.letters));
  });
  return element("div", { class: "grid-box", role: "region", tabindex: "0", "aria-label": name },
    element("table", { class: "grid" },
      element("caption", { dir: "auto" }, element("span", {}, name)),
      element("thead", {}, element("tr", {}, element("th", { class: "number", scope: "col" }, unseen("Row")), heads)),
      element("tbody", {}, rowsOf(grid))));
}

function rowsOf(grid) {
  const rows = grid.rows.filter((row) => !row.heads);
  const inFull = rows.filter((row) => row.cited).length <= RECORDS_SHOWN;
  return rows.flatMap((row) => (row.cited && inFull ? [rowOf(row), recordOf(grid.columns, row)] : rowOf(row)));
}

function rowOf(row) {
  return element("tr", { class: row.cited && "cited" },
    element("th", { class: "number", scope: "row" }, String(row.number)),
    row.cells.map((cell) => element("td", { dir: "auto", ...marksOf(cell) }, piecesOf(cell.pieces))));
}

/** Return a cited row once more, in full where the table is too wide to be seen whole. */
function recordOf(columns, row) {
  const breadth = columns.length < 5 ? "few" : columns.length < 8 ? "some" : "many";
  const cells = row.cells.map((cell, index) => cell.pieces.length > 0 &&
    element("div", { class: cell.cited && "cited" },
      element("dt", { dir: "auto" }, line(columns[index].name) || line(columns[index].letters) || String(index + 1)),
      element("dd", { dir: "auto" }, cell.pieces.filter((piece) => piece.shown).map((piece) => clean(piece.text)))));
  return element("tr", { class: `record ${breadth}` },
    element("td", { colspan: columns.length + 1 }, element("dl", { "aria-label": `Row ${row.number} in full` }, cells)));
}

function marksOf(cell) {
  return { class: cell?.cited && "cited", id: cell?.begins && "cite" };
}

function piecesOf(pieces) {
  return pieces.map((piece) => {
    if (piece.cited) return element("mark", { hidden: !piece.shown }, clean(piece.text));
    return piece.shown ? clean(piece.text) : element("span", { hidden: true }, clean(piece.text));
  });
}

/** Return the cell beside a cited one, cited too, whose column's name a question says best; the cited one if none. */
export function cellAsked(cited, question) {
  const row = cited.closest("tr");
  const heads = cited.closest("table")?.tHead?.rows[0]?.cells;
  if (!row || !heads || !question) return cited;
  const said = wordsOf(question);
  const names = Array.from(heads, (head) => wordsOf(head.textContent));
  // A word that several columns have says less of each.
  const weight = (word) => (said.some((each) => isAlike(each, word)) ? 1 / names.filter((name) => name.includes(word)).length : 0);
  const scores = names.map((name) => name.reduce((sum, word) => sum + weight(word), 0));
  const best = Math.max(...scores);
  const cell = row.cells[scores.indexOf(best)];
  const isOne = best > 0 && scores.filter((score) => score === best).length === 1;
  return isOne && cell?.classList.contains("cited") ? cell : cited;
}

function wordsOf(text) {
  return [...new Set(clean(text).toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? [])];
}

/** Return whether two words are the same but for an ending of up to two letters: `expire` and `expires`. */
function isAlike(one, other) {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return one === other || (short.length > 3 && /^\p{L}+$/u.test(long) && long.startsWith(short) && long.length - short.length <= 2);
}
