// Charts that stay in place while their data grows, with the choice of axis and of smoothing.
import { h } from "./elements.js";

const kept = (name, otherwise) => sessionStorage.getItem(name) ?? otherwise;

/** What the reader chose for all charts. */
export const choices = {
  get axis() {
    return kept("axis", "step");
  },
  get smoothing() {
    return Number(kept("smoothing", "0"));
  },
};

/** The choices as a line of controls; calls back when the data must be asked for anew, or drawn anew. */
export const chartControls = (askAgain, drawAgain) => {
  const axis = (value, text) => h("label", {}, h("input", {
    type: "radio", name: "axis", value, checked: choices.axis === value,
    onchange: () => { sessionStorage.setItem("axis", value); askAgain(); },
  }), ` ${text}`);
  const shown = h("output", { text: choices.smoothing.toFixed(2) });
  const slider = h("input", {
    type: "range", min: "0", max: "0.98", step: "0.02", value: String(choices.smoothing), "aria-label": "Smoothing of curves",
    oninput: () => { sessionStorage.setItem("smoothing", slider.value); shown.textContent = Number(slider.value).toFixed(2); drawAgain(); },
  });
  return h("div", { class: "controls" },
    h("fieldset", {}, h("legend", { text: "Over" }), axis("step", "steps"), axis("time", "time")),
    h("label", { class: "smoothing" }, "Smoothing ", slider, shown));
};

/** A grid of charts, one for each description, kept by title. */
export class ChartList {
  #charts = new Map();
  #descriptions = [];

  constructor() {
    this.element = h("div", { class: "charts" });
  }

  show(descriptions) {
    this.#descriptions = descriptions;
    const titles = new Set(descriptions.map((description) => description.title));
    for (const [title, chart] of this.#charts) {
      if (!titles.has(title)) {
        chart.remove();
        this.#charts.delete(title);
      }
    }
    descriptions.forEach((description, index) => {
      let chart = this.#charts.get(description.title);
      if (!chart) {
        chart = h("figure", { class: "card" }, h("figcaption", { text: description.title }), h("div", { class: "chart" }));
        this.#charts.set(description.title, chart);
      }
      if (this.element.children[index] !== chart) {
        this.element.insertBefore(chart, this.element.children[index] ?? null);
      }
      AvionCharts.draw(chart.lastElementChild, { ...description, smoothing: choices.smoothing });
    });
    AvionCharts.sweep();
  }

  redraw() {
    this.show(this.#descriptions);
  }
}
