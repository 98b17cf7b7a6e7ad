// Draws the charts of the board and of reports with Apache ECharts. A chart is described by data alone:
//   { title, x_label, y_label, unit, starts_at_zero, percent,
//     lines:  [{ name, points: [[x, y | null], ...], has_marks }],      a null breaks the line
//     levels: [{ name, value }],                                          horizontal lines, such as chance
//     smoothing }                                                         0 to 0.99: draws moving averages over faint lines
// or by an option of ECharts, as { description, lines: [], option: (look, size) => ..., stops: [{ series, index }], open: (stop) => ... }:
// arrow keys walk from stop to stop, and Enter opens one.
// Colours and type come from the page's custom properties (--ink, --faint, --rule, --paper, --c0 to --c5), so that themes stay in one place.
// Lines differ by dash as well as by colour. Nothing here writes a style attribute or evaluates text: a strict policy of the page holds.
(() => {
  "use strict";

  const smallestText = 12;
  const dashes = ["solid", "dashed", "dotted", [12, 4, 3, 4], [3, 3], [16, 6]];
  const symbols = ["circle", "rect", "triangle", "diamond", "roundRect", "pin"];
  const drawn = new Map();

  const theme = () => {
    const style = getComputedStyle(document.documentElement);
    const read = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
    return {
      ink: read("--ink", "#1c2733"), faint: read("--faint", "#5b6874"), rule: read("--rule", "#d9dfe5"), paper: read("--paper", "#ffffff"),
      colours: [0, 1, 2, 3, 4, 5].map((index) => read(`--c${index}`, ["#2563c9", "#b4500b", "#6d3fc0", "#11786f", "#b3255f", "#6b6f00"][index])),
      font: getComputedStyle(document.body).fontFamily,
    };
  };

  /** A number for people: four significant digits, no exponent where it can be read without. */
  const number = (value) => {
    if (value === null || value === undefined || !Number.isFinite(value)) {
      return "not finite";
    }
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
      return value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e").replaceAll("-", "−");
    }
    const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4;
    return value.toFixed(digits).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "").replace("-", "−");
  };

  /** A number at an axis: its ticks are round already, and neighbours must differ. */
  const tick = (value) => {
    const size = Math.abs(value);
    return size !== 0 && (size < 1e-3 || size >= 1e7) ? number(value) : String(Number(value.toPrecision(10))).replace("-", "−");
  };

  const shown = (spec, value) => spec.percent && Number.isFinite(value) ? `${number(100 * value)} %` : number(value) + (spec.unit ? ` ${spec.unit}` : "");

  /** What the chart shows, in a sentence for each line: its text for those who do not see it. */
  const describe = (spec) => {
    const lines = spec.lines.map((line) => {
      const finite = line.points.filter((point) => point[1] !== null);
      if (finite.length === 0) {
        return `${line.name}: no value`;
      }
      const first = finite[0], last = finite[finite.length - 1], gaps = line.points.length - finite.length;
      const values = finite.map((point) => point[1]);
      return `${line.name}: ${shown(spec, first[1])} at ${spec.x_label} ${number(first[0])}, ${shown(spec, last[1])} at ${number(last[0])}, `
        + `between ${shown(spec, Math.min(...values))} and ${shown(spec, Math.max(...values))}${gaps > 0 ? `, with ${gaps} not finite` : ""}`;
    });
    const levels = (spec.levels ?? []).map((level) => `${level.name}: ${shown(spec, level.value)}`);
    return `${spec.title}. ${[...lines, ...levels].join(". ")}.`;
  };

  /** The box beside the pointer, made of elements: text of a run is never read as markup. */
  const tip = (spec, look, rows) => {
    const box = document.createElement("div");
    box.className = "chart-tip";
    const head = document.createElement("strong");
    head.textContent = `${spec.x_label} ${number(rows[0].value[0])}`;
    box.append(head);
    for (const row of rows.filter((other, index) => rows.findIndex((same) => same.seriesName === other.seriesName) === index)) {
      const line = document.createElement("div");
      const key = document.createElement("span");
      key.className = "key";
      key.textContent = "■ ";
      key.style.color = row.color;
      line.append(key, `${row.seriesName}  ${shown(spec, row.value[1])}`);
      box.append(line);
    }
    box.style.color = look.ink;
    return box;
  };

  /** Moving averages: each value is the mean of all before it, weighted by powers of the smoothing (as in Adam, without its bias). */
  const smooth = (points, smoothing) => {
    let sum = 0, weight = 0;
    return points.map(([x, y]) => {
      if (y === null) {
        return [x, null];
      }
      sum = smoothing * sum + (1 - smoothing) * y;
      weight = smoothing * weight + (1 - smoothing);
      return [x, sum / weight];
    });
  };

  const seriesOf = (spec, look) => spec.lines.flatMap((line, index) => {
    const colour = look.colours[index % look.colours.length];
    const drawn = {
      name: line.name, type: "line", data: line.points, connectNulls: false, color: colour, symbol: symbols[index % symbols.length],
      symbolSize: 7, showSymbol: Boolean(line.has_marks) || line.points.length === 1, lineStyle: { width: 2, type: dashes[index % dashes.length] },
      emphasis: { disabled: true }, animation: false,
    };
    return !spec.smoothing || line.has_marks ? [drawn] : [
      { ...drawn, data: smooth(line.points, spec.smoothing) },
      { ...drawn, lineStyle: { width: 1, opacity: 0.3 }, silent: true, z: 1 },
    ];
  });

  /** Rows that a legend takes, by the usual width of a letter. */
  const rowsOf = (names, width) => {
    let rows = 1, left = width;
    for (const name of names) {
      const own = 46 + 7.2 * name.length;
      if (own > left && left < width) {
        rows++;
        left = width;
      }
      left -= own;
    }
    return rows;
  };

  const optionOf = (spec, look, width) => {
    const isNarrow = width < 420;
    const text = { color: look.faint, fontSize: smallestText, fontFamily: look.font };
    const levels = spec.levels ?? [];
    const names = [...spec.lines, ...levels].map((line) => line.name);
    const rows = names.length > 1 ? rowsOf(names, width) : 0;
    const label = spec.y_label.toLowerCase() === spec.title.toLowerCase() ? "" : spec.y_label;
    const series = seriesOf(spec, look);
    const last = Math.max(1, ...spec.lines.flatMap((line) => line.points.map((point) => point[0])));
    for (const level of levels) {
      series.push({
        name: level.name, type: "line", data: [[0, level.value], [last, level.value]], symbol: "none", color: look.faint, itemStyle: { opacity: 0 },
        lineStyle: { width: 1.5, type: [2, 4] }, animation: false, emphasis: { disabled: true },
      });
    }
    return {
      animation: false, backgroundColor: "transparent",
      textStyle: { fontFamily: look.font, fontSize: smallestText },
      grid: { left: 8, right: 22, top: 12 + 22 * rows + (label ? 16 : 0), bottom: 26, containLabel: true },
      legend: rows > 0 ? { top: 0, left: 0, right: 0, itemWidth: 26, itemHeight: 8, itemGap: 12, textStyle: { ...text, color: look.ink } } : undefined,
      tooltip: {
        trigger: "axis", confine: true, backgroundColor: look.paper, borderColor: look.rule, textStyle: { color: look.ink, fontSize: 13, fontFamily: look.font },
        axisPointer: { type: "line", lineStyle: { color: look.faint } },
        formatter: (rows) => tip(spec, look, [rows].flat().filter((row) => row.value[1] !== null)),
      },
      xAxis: {
        type: "value", min: 0, max: last, name: spec.x_label, nameLocation: "middle", nameGap: 24, nameTextStyle: text,
        axisLabel: { ...text, hideOverlap: true, formatter: tick }, axisLine: { lineStyle: { color: look.rule } },
        axisTick: { lineStyle: { color: look.rule } }, splitLine: { show: false }, splitNumber: isNarrow ? 3 : 6,
      },
      yAxis: {
        type: "value", scale: !spec.starts_at_zero, name: label, nameLocation: "end", nameTextStyle: { ...text, align: "left" }, nameGap: 10,
        axisLabel: { ...text, formatter: (value) => spec.percent ? `${tick(100 * value)} %` : tick(value) },
        axisLine: { show: false }, axisTick: { show: false }, splitLine: { lineStyle: { color: look.rule } }, splitNumber: 4,
      },
      series,
    };
  };

  /** Where arrow keys stop: the points of the first line but its gaps, or what a description names. */
  const stopsOf = (spec) => spec.stops
    ?? (spec.lines[0]?.points ?? []).map((point, index) => ({ series: 0, index, y: point[1] })).filter((stop) => stop.y !== null);

  /** Arrow keys walk from stop to stop and show what the pointer shows there; Enter opens a stop. */
  const followKeys = (entry) => {
    let at = -1;
    entry.element.addEventListener("keydown", (event) => {
      const stops = stopsOf(entry.spec), last = stops.length - 1;
      const to = { ArrowRight: Math.min(last, at + 1), ArrowLeft: Math.max(0, Math.min(last, at - 1)), Home: 0, End: last }[event.key];
      if (to !== undefined && last >= 0) {
        event.preventDefault();
        at = to;
        entry.chart.dispatchAction({ type: "showTip", seriesIndex: stops[at].series, dataIndex: stops[at].index });
      }
      if (event.key === "Enter" && entry.spec.open && at >= 0 && at <= last) {
        // What opens takes the focus, and is not to get this key as well.
        event.preventDefault();
        entry.spec.open(stops[at]);
      }
      if (event.key === "Escape" || event.key === "Tab") {
        entry.chart.dispatchAction({ type: "hideTip" });
      }
    });
    entry.element.addEventListener("blur", () => entry.chart.dispatchAction({ type: "hideTip" }));
  };

  const render = (entry) => {
    const look = theme();
    const option = entry.spec.option ? entry.spec.option(look, smallestText) : optionOf(entry.spec, look, entry.element.clientWidth);
    entry.chart.setOption(option, { notMerge: true });
    entry.element.setAttribute("aria-label", entry.spec.description ?? describe(entry.spec));
  };

  /** Draws a chart into an element that has a height, or draws it anew with other data. Gives ECharts' instance. */
  const draw = (element, spec) => {
    let entry = drawn.get(element);
    if (!entry) {
      entry = { element, spec, chart: echarts.init(element, null, { renderer: "canvas" }) };
      element.tabIndex = 0;
      element.setAttribute("role", "img");
      entry.observer = new ResizeObserver(() => { entry.chart.resize(); render(entry); });
      entry.observer.observe(element);
      followKeys(entry);
      drawn.set(element, entry);
    }
    entry.spec = spec;
    render(entry);
    return entry.chart;
  };

  /** Lets go of charts whose elements have left the page. */
  const sweep = () => {
    for (const [element, entry] of drawn) {
      if (!element.isConnected) {
        entry.observer.disconnect();
        entry.chart.dispose();
        drawn.delete(element);
      }
    }
  };

  const redrawAll = () => drawn.forEach(render);

  /** Draws the charts of a page that holds its descriptions: each element of class "chart" names a script of JSON by its id. */
  const drawAll = () => {
    for (const element of document.querySelectorAll(".chart[data-chart]")) {
      draw(element, JSON.parse(document.getElementById(element.dataset.chart).textContent));
    }
  };

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);
  globalThis.AvionCharts = { draw, drawAll, redrawAll, sweep, number, symbols };
})();
