// Draws the bars of a chart anew, so that who points at one reads its figures. The
// figures are those of the table beside the chart; lines, labels and the print are
// those that came with the page.
"use strict";

(() => {
  const plot = document.querySelector("#plot");
  const hours = document.querySelector("#hours");
  if (!plot || !hours || !window.uPlot) return;
  const stage = plot.parentElement;
  const heads = [...hours.closest("table").tHead.rows[0].cells].map((head) => head.textContent);
  const tokens = ["--danger-line", "--brand-mid", "--brand"]; // of the parts, the uppermost first
  const high = 176, room = 28, seen = 2; // of the bars, above them, and of the least failure, in pixels

  let bars, wide, top, stacks;
  const figure = (cell) => Number(cell.textContent.replace(/\D/g, ""));
  function read() {
    const drawn = plot.querySelector(".bars");
    wide = Number(drawn.dataset.wide);
    top = Number(drawn.dataset.top);
    bars = new Map([...hours.rows].map((row) => [Number(row.dataset.bar), row]));
    stacks = [[...Array(wide).keys()], ...tokens.map(() => Array(wide).fill(null))];
    for (const [bar, row] of bars) {
      const [, , entered, rest, failed] = [...row.cells].map(figure);
      const least = failed > 0 ? (seen * top) / high : 0;
      if (failed) stacks[1][bar] = entered + rest + Math.max(failed, least);
      if (rest) stacks[2][bar] = entered + rest;
      if (entered) stacks[3][bar] = entered;
    }
  }
  read();

  const words = document.createElement("dl");
  words.className = "readout";
  words.hidden = true;
  function tell(chart) {
    const row = bars.get(chart.cursor.idx);
    words.hidden = !row || chart.cursor.left < 0;
    if (words.hidden) return;
    words.replaceChildren(...heads.map((head, i) => {
      const line = document.createElement("div"), name = document.createElement("dt"), value = document.createElement("dd");
      name.textContent = i ? head : row.cells[0].textContent;
      value.textContent = i ? row.cells[i].textContent : "";
      line.append(name, value);
      return line;
    }));
    const at = chart.root.offsetLeft + chart.valToPos(chart.cursor.idx, "x");
    const left = at > stage.clientWidth / 2;
    words.style.left = `${left ? at - words.offsetWidth - 12 : at + 12}px`;
  }

  const token = (name) => () => getComputedStyle(document.documentElement).getPropertyValue(name);
  const parted = uPlot.paths.bars({ size: [1, Infinity], gap: 1 });
  const close = uPlot.paths.bars({ size: [1, Infinity] }); // where there is no room between
  const paths = (chart, ...rest) => (chart.width < 3 * wide ? close : parted)(chart, ...rest);
  const chart = new uPlot({
    width: 100, height: room + high, padding: [room, 0, 0, 0],
    axes: [{ show: false }, { show: false }], legend: { show: false }, select: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: { x: { time: false, range: () => [-0.5, wide - 0.5] }, y: { range: () => [0, top] } },
    series: [{}, ...tokens.map((name) => ({ fill: token(name), width: 0, paths, points: { show: false } }))],
    hooks: { setCursor: [tell] },
  }, stacks, stage);
  stage.append(words);
  stage.classList.add("drawn");

  function fit() {
    const drawn = plot.querySelector(".bars").getBoundingClientRect();
    chart.root.style.left = `${drawn.left - stage.getBoundingClientRect().left}px`;
    if (drawn.width) chart.setSize({ width: drawn.width, height: room + high });
  }
  new ResizeObserver(fit).observe(plot);
  fit();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart.redraw());
  document.addEventListener("htmx:after:swap", () => {
    read();
    chart.setData(stacks);
  });
  chart.over.addEventListener("click", (event) => {
    const row = bars.get(chart.cursor.idx);
    if (row && event.pointerType === "mouse") location.assign(row.querySelector("a").href);
  });
})();
