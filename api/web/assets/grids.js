// A stretch of a sheet or a delimited file as tables, the cited cells marked; the page of a source shows the same.

import { clean, element, line, unseen } from "./text.js";

/** Return the tables of a source, and the lines between them. */
export function tablesOf(blocks) {
  return element("div", { class: "tables" }, blocks.map((block) =>
    block.grid ? boxOf(block.grid) : element("p", { class: "between", dir: "auto", id: block.begins && "cite" }, piecesOf(block.lines))));
}

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
      element("caption", { dir: "auto" }, name),
      element("thead", {}, element("tr", {}, element("th", { class: "number", scope: "col" }, unseen("Row")), heads)),
      element("tbody", {}, grid.rows.filter((row) => !row.heads).map(rowOf))));
}

function rowOf(row) {
  return element("tr", { class: row.cited && "cited" },
    element("th", { class: "number", scope: "row" }, String(row.number)),
    row.cells.map((cell) => element("td", { dir: "auto", ...marksOf(cell) }, piecesOf(cell.pieces))));
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
