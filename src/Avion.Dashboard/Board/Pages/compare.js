// Several runs beside one another: metrics, curves over one another, and where their recipes differ.
import { h, isLive, pill, refill, table } from "./elements.js";
import { metric, number, rate } from "./format.js";
import { ChartList, chartControls, choices } from "./chartlist.js";

export class ComparePage {
  #data = null;

  constructor(ids) {
    this.ids = ids;
    this.problem = h("div", { class: "notice bad", role: "alert", hidden: true });
    this.parts = { runs: h("div", {}), metrics: h("div", {}), differences: h("div", {}) };
    this.evaluationCharts = new ChartList();
    this.charts = new ChartList();
    this.element = h("div", {}, h("p", { class: "back" }, h("a", { href: "#/", text: "← All runs" })), h("h1", { text: "Compare runs" }),
      this.problem, this.parts.runs, this.parts.metrics, h("h2", { text: "Curves" }),
      chartControls(() => this.again?.(), () => { this.charts.redraw(); }), this.evaluationCharts.element, this.charts.element, this.parts.differences);
  }

  title() {
    return `${this.#data?.runs.map((run) => run.name).join(", ") ?? "Compare runs"} · Avion board`;
  }

  address() {
    const query = new URLSearchParams(this.ids.map((id) => ["run", id]));
    if (choices.axis === "time") {
      query.append("x", "time");
    }
    return `/api/compare?${query}`;
  }

  isLive() {
    return !this.#data || this.#data.runs.some(isLive);
  }

  gone(message) {
    this.problem.hidden = false;
    this.problem.textContent = message;
  }

  show(data) {
    this.#data = data;
    this.problem.hidden = true;
    const names = data.runs.map((run) => run.name);
    document.title = this.title();
    refill(this.parts.runs, data.runs, () => [h("div", { class: "card" }, table("Runs", ["Run", "State", "Task", { text: "Step", class: "number" }, { text: "Loss", class: "number" },
      { text: "Clips/s", class: "number" }], data.runs.map((run) => [h("a", { href: `#/run/${run.id}`, text: run.name }), pill(run.status), run.task || "–",
      { text: number(run.step), class: "number" }, { text: number(run.loss), class: "number" },
      { text: rate(run.clips_per_second), class: "number" }])))]);
    refill(this.parts.metrics, [data.metrics, names], () => data.metrics.length === 0 ? [] : [h("h2", { text: "Newest evaluations" }),
      h("div", { class: "card" }, table("Metrics", ["Metric", ...names.map((name) => ({ text: name, class: "number" })), { text: "chance", class: "number" }],
        data.metrics.map((own) => [own.values.some((value) => value?.smaller_is_better) ? `${own.title} (smaller is better)` : own.title, ...own.values.map((value) => ({ text: value === null ? "–" : metric(value.value), class: "number" })),
          { text: [...new Set(own.values.filter(Boolean).map((value) => metric(value.chance)))].join(" / ") || "–", class: "number faint" }])))]);
    refill(this.parts.differences, [data.differences, names], () => [h("h2", { text: "Where the recipes differ" }),
      data.differences.length === 0 ? h("p", { class: "faint", text: `Nowhere: all ${data.equal_keys} keys are equal.` })
        : h("div", { class: "card" }, table("Differences of the recipes", ["Key", ...names], data.differences.map((difference) => [h("code", { text: difference.key }),
          ...difference.values.map((value) => h("code", { class: value === null ? "faint" : "", text: value === null ? "(no such key)" : value === "" ? "(empty)" : value }))]))),
      data.differences.length > 0 ? h("p", { class: "below", text: data.equal_keys === 1 ? "One other key is equal." : `${data.equal_keys} other keys are equal.` }) : null]);
    this.evaluationCharts.show(data.evaluation_charts);
    this.charts.show(data.charts);
  }
}
