import { browserView, look } from "./browser-look";

/**
 * The script that makes the HTML of `browserHtml` interactive: a function of its `[data-browser]` element in the
 * reader's browser. The rows come from the JSON beside the table and go into the page as text, never as markup. It is
 * plain JavaScript in a string, because the notebook contains it. The exported page has it once.
 */
export const browserScript = `function (root) {
  const source = root.querySelector("script[type='application/json']");
  if (!source || root.dataset.browser === "live") return;
  root.dataset.browser = "live";
  const data = JSON.parse(source.textContent);
  const look = ${JSON.stringify(look)};
  const { columns } = data;
  const rows = columns[0].texts.length;
  const [controls, foot] = ["controls", "foot"].map((name) => root.querySelector("[data-" + name + "]"));
  const [head, body] = [root.querySelector("thead tr"), root.querySelector("tbody")];
  const make = (name, style, properties, children) => {
    const element = document.createElement(name);
    if (style) element.setAttribute("style", style);
    for (const [key, value] of Object.entries(properties || {})) {
      if (key in element) element[key] = value;
      else element.setAttribute(key, value);
    }
    element.append(...(children || []));
    return element;
  };
  const align = (j) => columns[j].numbers ? look.number : columns[j].long ? look.long : look.words;
  const cellText = (i, j) => columns[j].list ? String(columns[j].numbers[i] ?? "–") : columns[j].texts[i];
  const stepValues = data.step < 0 ? [] : columns[data.step].numbers.filter((value) => value !== null);
  const steps = [...new Set(stepValues)].sort((a, b) => a - b);
  const state = {
    search: "", sort: data.sort, sign: data.descending ? -1 : 1,
    from: 0, step: steps.length - 1, allSteps: steps.length === 0,
  };
  const inPanel = new Set(data.texts.flat());
  // CSS pixels that a column takes at least, by the digits and letters of its texts.
  const widthOf = (j) => {
    const { name, texts, list, long } = columns[j];
    if (long) return 150;
    const cells = list ? [] : texts;
    const letters = [...name.split(" "), ...cells].reduce((most, text) => Math.max(most, text.length), 3);
    return 20 + 7.5 * Math.min(letters, ${browserView.cellText});
  };
  const widths = new Map(data.shown.map((j) => [j, widthOf(j)]));
  // A column that an opened row shows too is left out where there is no room: lists first, then texts but the last.
  const fitting = () => {
    const [lists, texts] = [true, false].map((list) =>
      data.shown.filter((j) => inPanel.has(j) && !!columns[j].list === list));
    const spare = [...lists, ...texts.slice(0, -1)];
    const room = (root.clientWidth || Infinity) - 40;
    const left = new Set(data.shown);
    const taken = () => [...left].reduce((sum, j) => sum + widths.get(j), 0);
    for (const j of spare) if (taken() > room) left.delete(j);
    return left;
  };
  let fit = fitting();
  const tests = new Map();
  const open = new Set();
  let order = [];

  const missing = (j, i) => columns[j].numbers ? columns[j].numbers[i] === null : columns[j].texts[i] === "–";
  const byColumn = (j) => (a, b) =>
    missing(j, a) || missing(j, b) ? missing(j, a) - missing(j, b) || a - b
    : state.sign * (columns[j].numbers ? columns[j].numbers[a] - columns[j].numbers[b]
      : columns[j].texts[a].localeCompare(columns[j].texts[b], undefined, { numeric: true })) || a - b;
  const matches = (i) =>
    (state.allSteps || columns[data.step].numbers[i] === steps[state.step]) &&
    [...tests.values()].every((test) => test(i)) &&
    (state.search === "" || columns.some(({ texts }) => texts[i].toLowerCase().includes(state.search)));
  const update = () => {
    order = Array.from({ length: rows }, (_, i) => i).filter(matches);
    if (state.sort >= 0) order.sort(byColumn(state.sort));
    state.from = 0;
    draw();
  };

  const partOf = (i, j) => {
    const { name, texts, numbers, list } = columns[j];
    if (texts[i] === "" || texts[i] === "–") return [];
    const text = make("div", look.text, { textContent: texts[i], tabIndex: 0, role: "group", "aria-label": name });
    return [list
      ? make("details", "", {}, [make("summary", look.list, { textContent: name + " (" + numbers[i] + ")" }), text])
      : make("div", "", {}, [make("div", look.name, { textContent: name }), text])];
  };
  const panelOf = (i) => make("tr", "", {}, [make("td", look.panel, { colSpan: fit.size + 1 },
    data.texts.map((group) => make("div", look.group, {}, group.flatMap((j) => partOf(i, j)))))]);
  const toggle = (i) => {
    open.has(i) ? open.delete(i) : open.add(i);
    draw();
    body.querySelector("button[data-row='" + i + "']").focus();
  };
  const step = (event) => {
    const turn = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const all = [...body.querySelectorAll("button[data-row]")];
    const next = turn && all[all.indexOf(event.target) + turn];
    if (next) { event.preventDefault(); next.focus(); }
  };
  const rowOf = (i) => {
    const cells = data.shown.filter((j) => fit.has(j)).map((j) => {
      const text = cellText(i, j);
      const cut = text.length > ${browserView.characters};
      return make("td", look.cell + ";" + align(j), {
        textContent: cut ? text.slice(0, ${browserView.characters}) + "…" : text,
        title: columns[j].numbers ? "" : text.slice(0, 3000),
      });
    });
    if (data.texts.length === 0) return [make("tr", "", {}, cells)];
    const isOpen = open.has(i);
    const button = make("button", look.toggle, {
      textContent: isOpen ? "▾" : "▸", type: "button", onkeydown: step, "data-row": i,
      "aria-expanded": isOpen, "aria-label": (isOpen ? "close" : "open") + " row " + (i + 1),
    });
    const row = make("tr", "cursor:pointer", {}, [make("td", look.cell, {}, [button]), ...cells]);
    row.onclick = () => { if (String(window.getSelection() || "") === "") toggle(i); };
    return isOpen ? [row, panelOf(i)] : [row];
  };
  const turn = (text, label, from) => {
    const disabled = from === state.from || from < 0 || from >= order.length;
    const onclick = () => {
      state.from = from;
      draw();
      const same = foot.querySelector("[aria-label='" + label + "']:enabled");
      (same || foot.querySelector("button:enabled")).focus();
    };
    return make("button", look.button + (disabled ? ";opacity:.35" : ""),
      { textContent: text, title: label, "aria-label": label, type: "button", disabled, onclick });
  };
  function draw() {
    const page = order.slice(state.from, state.from + ${browserView.rows});
    body.replaceChildren(...page.flatMap(rowOf));
    [...head.querySelectorAll("th")].forEach((heading, at) => {
      const on = data.shown[at] === state.sort;
      heading.style.display = fit.has(data.shown[at]) ? "" : "none";
      heading.setAttribute("aria-sort", !on ? "none" : state.sign > 0 ? "ascending" : "descending");
      heading.querySelector("span").textContent = !on ? "" : state.sign > 0 ? "\\u00a0▲" : "\\u00a0▼";
    });
    const onePage = order.length <= ${browserView.rows};
    const range = onePage ? "" : (state.from + 1) + "–" + (state.from + page.length) + " of ";
    const count = range + order.length + (order.length < rows ? " of " + rows : "") + (rows === 1 ? " row" : " rows") +
      (data.left > 0 ? " (" + data.left + " more are not in the notebook)" : "");
    const last = Math.floor((order.length - 1) / ${browserView.rows}) * ${browserView.rows};
    const status = make("span", "margin-right:6px", { textContent: count, role: "status" });
    foot.replaceChildren(status, ...(onePage ? [] : [
      turn("«", "first rows", 0), turn("‹", "previous rows", state.from - ${browserView.rows}),
      turn("›", "next rows", state.from + ${browserView.rows}), turn("»", "last rows", last)]));
  }

  controls.style.display = "flex";
  [...head.querySelectorAll("th")].forEach((heading, at) => {
    const j = data.shown[at];
    const button = make("button", look.sort, { type: "button", title: "sort by " + columns[j].name });
    button.append(columns[j].name, make("span", "font-size:.7em;opacity:.65", {}));
    button.onclick = () => {
      if (j !== state.sort) { state.sort = j; state.sign = 1; }
      else if (state.sign > 0) state.sign = -1;
      else state.sort = -1;
      update();
    };
    heading.replaceChildren(button);
  });

  const labelled = (text, field) => make("label", look.label, {}, [text, field]);
  const menuOf = (j) => {
    const counts = new Map();
    for (const text of columns[j].texts) counts.set(text, (counts.get(text) || 0) + 1);
    const values = [...counts.keys()].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
    const cut = (value) => value.length > 60 ? value.slice(0, 60) + "…" : value;
    const optionOf = (value, at) =>
      make("option", "", { textContent: cut(value) + " (" + counts.get(value) + ")", value: String(at) });
    const menu = make("select", look.field + ";max-width:18em", {},
      [make("option", "", { textContent: "all", value: "" }), ...values.map(optionOf)]);
    menu.onchange = () => {
      const wanted = values[Number(menu.value)];
      if (menu.value === "") tests.delete(j);
      else tests.set(j, (i) => columns[j].texts[i] === wanted);
      update();
    };
    return labelled(columns[j].name, menu);
  };
  const boundsOf = (j) => {
    const numbers = columns[j].numbers;
    const [low, high] = [["smallest ", "from"], ["largest ", "to"]].map(([word, placeholder]) =>
      make("input", look.field + ";width:6em",
        { type: "number", step: "any", placeholder, "aria-label": word + columns[j].name }));
    low.oninput = high.oninput = () => {
      tests.set(j, (i) => (low.value === "" || (numbers[i] !== null && numbers[i] >= Number(low.value))) &&
        (high.value === "" || (numbers[i] !== null && numbers[i] <= Number(high.value))));
      update();
    };
    return make("span", look.label, {}, [columns[j].name, low, high]);
  };
  const search = make("input", look.field + ";width:14em",
    { type: "search", placeholder: "search all texts", "aria-label": "search all texts" });
  search.oninput = () => { state.search = search.value.trim().toLowerCase(); update(); };
  const manyNumbers = (j) => columns[j].numbers && new Set(columns[j].numbers).size > 12;
  controls.append(search, ...data.filters.map((j) => manyNumbers(j) ? boundsOf(j) : menuOf(j)));
  if (steps.length > 1) {
    const name = columns[data.step].name;
    const slider = make("input", "width:14em;vertical-align:middle",
      { type: "range", min: "0", max: String(steps.length - 1), value: String(state.step), "aria-label": name });
    const value = make("output", "font-variant-numeric:tabular-nums;min-width:5em", {});
    const all = make("input", "", { type: "checkbox" });
    const move = () => {
      state.step = Number(slider.value);
      state.allSteps = all.checked;
      slider.disabled = all.checked;
      value.textContent = all.checked ? "all " + steps.length : steps[state.step] + " of " + steps[steps.length - 1];
      slider.setAttribute("aria-valuetext", value.textContent);
      update();
    };
    slider.oninput = all.onchange = move;
    controls.append(make("span", look.label, {}, [name, slider, value]), labelled("all steps", all));
    move();
  } else if (steps.length === 1) state.step = 0;
  if (data.texts.length > 0) {
    const openAll = make("button", look.button, { type: "button", textContent: "open all" });
    openAll.onclick = () => {
      const page = order.slice(state.from, state.from + ${browserView.rows});
      const close = page.length > 0 && page.every((i) => open.has(i));
      page.forEach((i) => close ? open.delete(i) : open.add(i));
      openAll.textContent = close ? "open all" : "close all";
      draw();
    };
    controls.append(openAll);
  }
  window.addEventListener("resize", () => {
    const now = fitting();
    if (now.size === fit.size) return;
    fit = now;
    draw();
  });
  update();
}`;
