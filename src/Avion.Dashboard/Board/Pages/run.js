// One run: its state, curves, evaluations, clips, recipe and log.
import { beside, h, isLive, meter, pill, progress, refill, table, tell } from "./elements.js";
import { ago, bytes, count, duration, metric, moment, number, percent, rate } from "./format.js";
import { ChartList, chartControls, choices } from "./chartlist.js";
import { ClipsPanel } from "./clips.js";

const tabs = { overview: "Overview", evaluation: "Evaluation", clips: "Clips", recipe: "Recipe", log: "Log" };

const tile = (label, value, note, extra) => h("div", { class: "tile" }, h("span", { class: "label", text: label }), h("b", { text: value }),
  note ? h("span", { class: "faint", text: note }) : null, extra ?? null);

export class RunPage {
  #data = null;
  #word = null;

  constructor(id, tab) {
    this.id = id;
    this.tab = tab in tabs ? tab : "overview";
    this.heading = h("h1", { text: "…" });
    this.status = h("div", { class: "line" });
    this.about = h("p", { class: "faint" });
    this.bar = h("div", { class: "whole" });
    this.problem = h("div", { class: "notice bad", role: "alert", hidden: true });
    this.links = Object.fromEntries(Object.entries(tabs).map(([key, text]) => [key, h("a", { href: `#/run/${id}/${key}`, text })]));
    this.charts = new ChartList();
    this.evaluationCharts = new ChartList();
    this.parts = { tiles: h("div", { class: "tiles" }), verdict: h("p", { class: "verdict" }), memory: h("div", {}), evaluations: h("div", {}),
      recipe: h("div", {}), checkpoints: h("div", {}), warnings: h("div", {}), facts: h("div", {}) };
    this.clips = new ClipsPanel(id);
    this.panels = {
      overview: h("section", {}, this.parts.tiles, this.parts.verdict,
        chartControls(() => this.again?.(), () => { this.charts.redraw(); }), this.charts.element, this.parts.memory),
      evaluation: h("section", {}, this.evaluationCharts.element, this.parts.evaluations),
      clips: h("section", {}, this.clips.element),
      recipe: h("section", {}, this.parts.recipe),
      log: h("section", {}, this.parts.checkpoints, this.parts.warnings, this.parts.facts),
    };
    this.element = h("div", {}, h("p", { class: "back" }, h("a", { href: "#/", text: "← All runs" })),
      h("div", { class: "head" }, this.heading, this.status), this.about, this.bar, this.problem,
      h("nav", { class: "tabs", "aria-label": "Parts of this run" }, ...Object.values(this.links)), ...Object.values(this.panels));
    this.#choose(this.tab);
  }

  title() {
    return `${this.#data?.summary.name ?? "Run"} · ${tabs[this.tab]} · Avion board`;
  }

  address() {
    return `/api/runs/${this.id}${choices.axis === "time" ? "?x=time" : ""}`;
  }

  isLive() {
    return !this.#data || isLive(this.#data.summary) || this.#data.summary.status.word === "unreadable";
  }

  /** Another part of the same run needs no new page. */
  goTo(next) {
    if (!(next instanceof RunPage) || next.id !== this.id) {
      return false;
    }
    this.#choose(next.tab);
    return true;
  }

  leave() {
    this.clips.leave();
  }

  gone(message) {
    this.problem.hidden = false;
    this.problem.textContent = message;
    this.heading.textContent = this.#data?.summary.name ?? "Run";
    this.status.replaceChildren();
    this.status.filledWith = undefined;
  }

  show(data) {
    this.#data = data;
    this.problem.hidden = true;
    const run = data.summary;
    document.title = this.title();
    this.heading.textContent = run.name;
    refill(this.status, run.status, () => [pill(run.status)]);
    if (this.#word && this.#word !== run.status.word) {
      tell(`${run.name}: ${run.status.word}`);
    }
    this.#word = run.status.word;
    refill(this.about, [run.task, run.title, run.folder, run.started], () => [
      [run.task, run.title, run.started ? `begun ${moment(run.started)}` : ""].filter(Boolean).join(" · "), h("br"), h("code", { text: run.folder })]);
    refill(this.bar, [run.step, run.total_steps, run.seconds_left, run.status], () => [
      run.total_steps ? progress(run.step / run.total_steps, "Progress of the run") : null,
      h("p", { class: "faint" }, `step ${number(run.step)}${run.total_steps ? ` of ${number(run.total_steps)}` : ""} · epoch ${run.epoch}`
        + (run.seconds_left ? ` · about ${duration(run.seconds_left)} left` : "")),
      run.status.text ? h("p", { class: run.status.word === "failed" ? "notice bad" : "notice", text: run.status.text }) : null]);
    refill(this.parts.tiles, [run, data.memory, data.checkpoint_count, data.best_step], () => this.#tiles(data));
    refill(this.parts.verdict, data.verdict, () => [h("b", { text: "Bottleneck " }), `${data.verdict.text} ${data.verdict.advice}`.trim()]);
    this.#draw();
    refill(this.parts.memory, data.memory, () => this.#memory(data.memory));
    refill(this.parts.evaluations, data.evaluations, () => this.#evaluations(data.evaluations, data.evaluation_count));
    refill(this.parts.recipe, data.recipe, () => this.#recipe(data.recipe));
    refill(this.parts.checkpoints, data.checkpoints, () => this.#checkpoints(data.checkpoints, data.checkpoint_count));
    refill(this.parts.warnings, [data.warnings, run.warnings, run.damaged_lines], () => this.#warnings(data));
    refill(this.parts.facts, data.facts, () => data.facts.length === 0 ? [] : [h("h2", { text: "What the run says of itself" }),
      h("dl", { class: "facts" }, ...data.facts.flatMap((fact) => [h("dt", { text: fact.name }), h("dd", { text: fact.value })]))]);
  }

  #choose(tab) {
    this.tab = tab;
    for (const [key, panel] of Object.entries(this.panels)) {
      panel.hidden = key !== tab;
      if (key === tab) {
        this.links[key].setAttribute("aria-current", "page");
      } else {
        this.links[key].removeAttribute("aria-current");
      }
    }
    requestAnimationFrame(() => {
      const link = this.links[tab], bar = link.parentElement;
      bar.scrollLeft = link.offsetLeft - bar.offsetLeft - (bar.clientWidth - link.offsetWidth) / 2;
    });
    if (tab === "clips") {
      this.clips.visit();
    }
    if (this.#data) {
      this.#draw();
    }
  }

  /** Only what is seen is drawn: a hidden chart has no size. */
  #draw() {
    if (this.tab === "overview") {
      const [loss, ...others] = this.#data.charts;
      this.charts.show([loss, ...this.#data.evaluation_charts.slice(0, 1), ...others].filter(Boolean));
    } else if (this.tab === "evaluation") {
      this.evaluationCharts.show(this.#data.evaluation_charts);
    }
  }

  #tiles(data) {
    const run = data.summary, planned = data.memory.reduce((sum, part) => sum + part.bytes, 0);
    const elapsed = run.started && run.updated ? (Date.parse(run.updated) - Date.parse(run.started)) / 1000 : null;
    return [
      tile("Loss", number(run.loss)),
      ...run.metrics.slice(0, 2).map((shown) => tile(shown.title, metric(shown.value), beside(shown),
        meter(shown.value, shown.chance, shown.smaller_is_better))),
      tile("Rate", rate(run.clips_per_second), "clips per second"),
      tile("Waiting for data", percent(run.data_wait_fraction), "of the time"),
      tile("Memory", planned ? bytes(planned) : "–", "planned"),
      tile("Time", duration(elapsed), run.updated ? `until ${moment(run.updated)}` : ""),
      tile("Checkpoints", count(data.checkpoint_count), data.best_step === null ? "" : `best at step ${count(data.best_step)}`),
    ];
  }

  #memory(parts) {
    if (parts.length === 0) {
      return [];
    }
    const largest = parts[0].bytes;
    return [h("h2", { text: "Planned memory" }), h("div", { class: "card" }, table("Planned memory", ["Purpose", { text: "Size", class: "number" }, { text: "Share of the largest", class: "wide" }],
      parts.map((part) => [part.name, { text: bytes(part.bytes), class: "number" }, meter(part.bytes / largest, null)])))];
  }

  #evaluations(shown, total) {
    if (shown.length === 0) {
      return [h("p", { class: "notice", text: "No evaluation yet. The recipe's key evaluate.every_epochs says when there is one." })];
    }
    const last = shown[shown.length - 1];
    return [h("h2", { text: "Evaluations" }), h("div", { class: "card" }, table("Evaluations", ["Metric", ...shown.map((one) => ({ text: `step ${count(one.step)}`, class: "number" })),
      { text: "chance", class: "number" }], last.metrics.map((own) => [own.smaller_is_better ? `${own.title} (smaller is better)` : own.title,
      ...shown.map((one) => ({ text: this.#value(one.metrics.find((other) => other.name === own.name), own), class: one === last ? "number newest" : "number" })),
      { text: own.chance === null ? "–" : metric(own.chance), class: "number faint" }]))),
    total > shown.length ? h("p", { class: "below", text: `The newest ${shown.length} of ${count(total)} evaluations; the charts show all.` }) : null];
  }

  #value(measured, own) {
    return !measured || measured.value === null ? "–" : own.chance === null && Number.isInteger(measured.value) ? count(measured.value) : metric(measured.value);
  }

  #recipe(recipe) {
    if (recipe.length === 0) {
      return [h("p", { class: "notice", text: "The run folder holds no recipe that can be read." })];
    }
    const filter = h("input", { type: "search", id: "keys", placeholder: "part of a key or value" });
    const rows = recipe.map(({ key, value }) => h("tr", {}, h("th", { scope: "row" }, h("code", { text: key })), h("td", {}, h("code", { text: value }))));
    filter.addEventListener("input", () => rows.forEach((row) => { row.hidden = !row.textContent.toLowerCase().includes(filter.value.trim().toLowerCase()); }));
    return [h("label", { class: "find", for: "keys" }, h("span", { text: "Find" }), filter),
      h("div", { class: "card" }, h("div", { class: "scroll", role: "region", "aria-label": "Recipe", tabindex: "0" },
        h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col", text: "Key" }), h("th", { scope: "col", text: "Value" }))), h("tbody", {}, ...rows))))];
  }

  #checkpoints(checkpoints, total) {
    return [h("h2", { text: "Checkpoints" }), checkpoints.length === 0 ? h("p", { class: "faint", text: "None yet." })
      : h("div", { class: "card" }, table("Checkpoints", ["Folder", { text: "Step", class: "number" }, { text: "Epoch", class: "number" }, { text: "Size", class: "number" },
        { text: "Saving took", class: "number" }, "When", "Best"], checkpoints.toReversed().map((one) => [one.folder, { text: count(one.step), class: "number" },
        { text: String(one.epoch), class: "number" }, { text: bytes(one.bytes), class: "number" }, { text: one.seconds === null ? "–" : `${one.seconds.toFixed(2)} s`, class: "number" },
        moment(one.time), one.is_best ? "★ when saved" : ""]))),
    total > checkpoints.length ? h("p", { class: "below", text: `The newest ${checkpoints.length} of ${count(total)}.` }) : null];
  }

  #warnings(data) {
    const torn = data.summary.damaged_lines;
    return [h("h2", { text: "Warnings" }), torn > 0 ? h("p", { class: "notice", text: `${count(torn)} ${torn === 1 ? "line of log.jsonl is" : "lines of log.jsonl are"} damaged and left out.` }) : null,
      data.warnings.length === 0 ? h("p", { class: "faint", text: "None." }) : h("ul", { class: "notes" }, ...data.warnings.map((note) =>
        h("li", {}, h("span", { class: "faint", text: `step ${count(note.step)}, ${ago(note.time)}  ` }), note.text))),
      data.summary.warnings > data.warnings.length ? h("p", { class: "faint", text: `The newest ${data.warnings.length} of ${data.summary.warnings}.` }) : null];
  }
}
