// Clips as points of a plane. A caption or class has a colour and a shape; pointing at a clip plays it.
import { h } from "./elements.js";
import { showClip } from "./player.js";

const mostNamed = 12;

export const drawMap = (element, map, base, frames) => {
  const groups = new Map();
  map.points.forEach((point, clip) => {
    const truth = map.truths[clip];
    groups.set(truth, [...groups.get(truth) ?? [], { value: point, clip }]);
  });
  const says = (clip) => map.truths[clip] < 0 ? map.clips[clip] : map.answers[map.truths[clip]];
  const open = ({ clip }) => showClip(base, { clip, name: map.clips[clip], text: says(clip) }, frames);
  const tip = (clip) => {
    const strip = h("span", { class: "frame playing" }, h("img", { src: `${base}/${clip}/picture`, alt: "" }));
    strip.style.setProperty("--frames", frames);
    return h("div", { class: "chart-tip" }, strip, h("strong", { text: says(clip) }), h("span", { class: "faint", text: map.clips[clip] }));
  };
  const keys = [...groups.keys()].sort((a, b) => a - b), hasNames = keys.length <= mostNamed;
  const nameOf = (key) => key < 0 ? "unknown" : map.answers[key];
  const chart = AvionCharts.draw(element, {
    description: `Map of ${map.points.length} clips in ${keys.length} groups${hasNames ? `: ${keys.map((key) => `${nameOf(key)}, ${groups.get(key).length}`).join("; ")}` : ""}.`,
    lines: [],
    stops: keys.flatMap((key, series) => groups.get(key).map((item, index) => ({ series, index, clip: item.clip }))),
    open,
    option: (look, size) => {
      const axis = { type: "value", scale: true, axisLabel: { show: false }, axisTick: { show: false }, axisLine: { lineStyle: { color: look.rule } },
        splitLine: { lineStyle: { color: look.rule } } };
      return {
        animation: false, backgroundColor: "transparent", grid: { left: 12, right: 12, top: hasNames ? 44 : 12, bottom: 12 },
        legend: hasNames ? { type: "scroll", top: 0, left: 0, right: 0, textStyle: { color: look.ink, fontSize: size, fontFamily: look.font },
          pageIconColor: look.ink, pageIconInactiveColor: look.faint, pageTextStyle: { color: look.ink } } : undefined,
        xAxis: axis, yAxis: axis,
        tooltip: { trigger: "item", confine: true, backgroundColor: look.paper, borderColor: look.rule,
          textStyle: { color: look.ink, fontSize: size + 1, fontFamily: look.font }, formatter: (item) => tip(item.data.clip) },
        series: keys.map((key, index) => ({ type: "scatter", name: nameOf(key), data: groups.get(key),
          symbol: AvionCharts.symbols[(index + Math.floor(index / look.colours.length)) % AvionCharts.symbols.length], symbolSize: 10,
          itemStyle: { color: look.colours[index % look.colours.length], opacity: 0.8 }, emphasis: { scale: 1.6 } })),
      };
    },
  });
  chart.on("click", (event) => open(event.data));
};
