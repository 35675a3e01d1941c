/** Rows of a frame that are shown at a time. More would push the text of the notebook out of sight. */
export const pageRows = 20;

/** Characters of a text that a cell shows; the whole text opens on a click, and shows when the mouse rests on it. */
export const cellLimit = { characters: 100, lines: 4, hover: 3000 };

/** The look of a text that was opened. */
export const openedLook =
  "min-width:24em;white-space:pre-wrap;overflow-wrap:anywhere;margin:4px 0;padding-left:8px;" +
  "border-left:2px solid rgba(128,128,128,.4)";

/**
 * The script that sorts and pages a table of `frameHtml`: a function of its `[data-frame]` element in the reader's
 * browser. The rows come from the JSON beside the table and go into it as text, never as markup.
 * It is plain JavaScript in a string, because the notebook contains it. The exported page has it once.
 */
export const frameScript = `function (root) {
  const source = root.querySelector("script[type='application/json']");
  const body = root.querySelector("tbody");
  if (!source || !body || root.dataset.frame === "live") return;
  root.dataset.frame = "live";
  const { cells, keys, more } = JSON.parse(source.textContent);
  const heads = [...root.querySelectorAll("thead th")];
  const looks = [...body.rows[0].cells].map((cell) => cell.getAttribute("style"));
  const foot = root.querySelector("[data-foot]");
  let order = cells.map((_, i) => i), by = -1, sign = 1, from = 0;
  const missing = (j, i) => keys[j] ? keys[j][i] === null : cells[i][j] === "–";
  const compare = (j) => (a, b) =>
    missing(j, a) || missing(j, b) ? missing(j, a) - missing(j, b) || a - b
    : sign * (keys[j] ? keys[j][a] - keys[j][b]
      : cells[a][j].localeCompare(cells[b][j], undefined, { numeric: true })) || a - b;
  const draw = () => {
    body.replaceChildren(...order.slice(from, from + ${pageRows}).map((i) => {
      const row = document.createElement("tr");
      row.append(...cells[i].map((text, j) => {
        const cell = document.createElement("td");
        cell.setAttribute("style", looks[j]);
        const short = text.length <= ${cellLimit.characters} && text.split("\\n").length <= ${cellLimit.lines};
        if (short) cell.textContent = text;
        else {
          const whole = document.createElement("details");
          const start = document.createElement("summary");
          const rest = document.createElement("div");
          start.textContent = text.replace(/\\s+/g, " ").slice(0, ${cellLimit.characters}) + "…";
          start.title = text.slice(0, ${cellLimit.hover});
          start.setAttribute("style", "cursor:pointer");
          rest.textContent = text;
          rest.setAttribute("style", "${openedLook}");
          whole.append(start, rest);
          cell.append(whole);
        }
        return cell;
      }));
      return row;
    }));
    heads.forEach((head, j) => {
      head.setAttribute("aria-sort", j !== by ? "none" : sign > 0 ? "ascending" : "descending");
      head.querySelector("[data-arrow]").textContent = j !== by ? "" : sign > 0 ? "▲" : "▼";
    });
    if (cells.length <= ${pageRows}) return;
    const to = Math.min(from + ${pageRows}, cells.length);
    const button = (text, label, target) => {
      const made = document.createElement("button");
      made.textContent = text;
      made.title = label;
      made.setAttribute("aria-label", label);
      made.disabled = target === from || target < 0 || target >= cells.length;
      made.setAttribute("style",
        "font:inherit;color:inherit;background:none;border:1px solid rgba(128,128,128,.45);border-radius:4px;" +
        "padding:0 8px;margin-left:4px;line-height:1.6;" + (made.disabled ? "opacity:.35" : "cursor:pointer"));
      made.onclick = () => { from = target; draw(); };
      return made;
    };
    const last = Math.floor((cells.length - 1) / ${pageRows}) * ${pageRows};
    const range = document.createElement("span");
    range.setAttribute("style", "margin-right:8px");
    range.textContent = (from + 1) + "–" + to + " of " + cells.length +
      (more > 0 ? " (" + more + " more are not in the notebook)" : "");
    foot.replaceChildren(range,
      button("«", "first rows", 0), button("‹", "previous rows", from - ${pageRows}),
      button("›", "next rows", from + ${pageRows}), button("»", "last rows", last));
  };
  heads.forEach((head, j) => {
    const sort = () => {
      if (j !== by) { by = j; sign = 1; }
      else if (sign > 0) sign = -1;
      else by = -1;
      order = cells.map((_, i) => i);
      if (by >= 0) order.sort(compare(j));
      from = 0;
      draw();
    };
    head.style.cursor = "pointer";
    head.title = "sort";
    head.tabIndex = 0;
    head.onclick = sort;
    head.onkeydown = (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(); } };
  });
  draw();
}`;
