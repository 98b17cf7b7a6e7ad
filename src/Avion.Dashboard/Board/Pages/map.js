// Clips as points of a plane. A caption or class has a colour and a shape; pointing at a clip plays it.
import { h } from "./elements.js";
import { showClip } from "./player.js";

export const drawMap = (element, map, base, frames) => {
  const groups = new Map();
  map.points.forEach((point, clip) => {
    const truth = map.truths[clip];
    groups.set(truth, [...groups.get(truth) ?? [], { value: point, clip }]);
  });
  const says = (clip) => map.truths[clip] < 0 ? map.clips[clip] : map.answers[map.truths[clip]];
  const tip = (clip) => {
    const strip = h("span", { class: "frame playing" }, h("img", { src: `${base}/${clip}/picture`, alt: "" }));
    strip.style.setProperty("--frames", frames);
    return h("div", { class: "chart-tip" }, strip, h("strong", { text: says(clip) }), h("span", { class: "faint", text: map.clips[clip] }));
  };
  const keys = [...groups.keys()].sort((a, b) => a - b);
  const order = keys.flatMap((key, series) => groups.get(key).map((item, index) => ({ series, index, clip: item.clip })));
  const chart = AvionCharts.draw(element, {
    description: `Map of ${map.points.length} clips in ${groups.size} groups.`,
    lines: [],
    option: (look, size) => ({
      animation: false, backgroundColor: "transparent", grid: { left: 12, right: 12, top: 12, bottom: 12 },
      xAxis: { type: "value", scale: true, axisLabel: { show: false }, splitLine: { lineStyle: { color: look.rule } }, axisTick: { show: false } },
      yAxis: { type: "value", scale: true, axisLabel: { show: false }, splitLine: { lineStyle: { color: look.rule } }, axisTick: { show: false } },
      tooltip: { trigger: "item", confine: true, backgroundColor: look.paper, borderColor: look.rule,
        textStyle: { color: look.ink, fontSize: size + 1, fontFamily: look.font }, formatter: (item) => tip(item.data.clip) },
      series: keys.map((key, index) => ({ type: "scatter", name: key < 0 ? "unknown" : map.answers[key], data: groups.get(key),
        symbol: AvionCharts.symbols[Math.floor(index / look.colours.length) % AvionCharts.symbols.length], symbolSize: 9, itemStyle: { color: look.colours[index % look.colours.length], opacity: 0.8 },
        emphasis: { scale: 1.6 } })),
    }),
  });
  chart.on("click", (event) => showClip(base, { clip: event.data.clip, name: map.clips[event.data.clip], text: says(event.data.clip) }, frames));
  let at = -1;
  element.addEventListener("keydown", (event) => {
    const to = { ArrowRight: Math.min(order.length - 1, at + 1), ArrowLeft: Math.max(0, at - 1), Home: 0, End: order.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      at = to;
      chart.dispatchAction({ type: "showTip", seriesIndex: order[at].series, dataIndex: order[at].index });
    }
    if (event.key === "Enter" && at >= 0) {
      showClip(base, { clip: order[at].clip, name: map.clips[order[at].clip], text: says(order[at].clip) }, frames);
    }
  });
};
