// The list of runs: how each is doing, at a glance; two and more can be compared.
import { beside, h, isLive, meter, pill, progress, refill, spark, tell } from "./elements.js";
import { ago, duration, metric, number, percent, rate } from "./format.js";

const mostCompared = 6;

export class RunsPage {
  #rows = new Map();
  #chosen = new Set();
  #data = null;
  #words = new Map();

  constructor() {
    this.filter = h("input", { type: "search", id: "filter", placeholder: "name or task", autocomplete: "off", oninput: () => this.#arrange() });
    this.compare = h("a", { class: "button", href: "#/compare", hidden: true });
    this.body = h("ul", { class: "runs" });
    this.empty = h("div", { class: "notice", hidden: true });
    this.roots = h("p", { class: "faint" });
    this.element = h("div", {},
      h("div", { class: "head" }, h("h1", { text: "Runs" }), h("label", { class: "find", for: "filter" }, h("span", { text: "Find" }), this.filter), this.compare),
      this.roots, this.empty, this.body);
  }

  title() {
    return "Runs · Avion board";
  }

  address() {
    return "/api/runs";
  }

  isLive() {
    return !this.#data || this.#data.runs.length === 0 || this.#data.runs.some(isLive);
  }

  gone(message) {
    this.empty.hidden = false;
    this.empty.textContent = message;
  }

  show(data) {
    this.#data = data;
    refill(this.roots, data.roots, () => [`Below ${data.roots.join(", ")}`]);
    this.empty.hidden = data.runs.length > 0;
    refill(this.empty, data.roots, () => [h("h2", { text: "No runs yet" }),
      h("p", {}, "Start one, and it appears here by itself: ", h("code", { text: "avion train recipes/demo.yaml" }), " or ", h("code", { text: "avion demo" }), ".")]);
    const ids = new Set(data.runs.map((run) => run.id));
    for (const [id, row] of this.#rows) {
      if (!ids.has(id)) {
        row.element.remove();
        this.#rows.delete(id);
        this.#chosen.delete(id);
      }
    }
    for (const run of data.runs) {
      const row = this.#rows.get(run.id) ?? this.#newRow(run);
      this.#fill(row, run);
      const before = this.#words.get(run.id);
      if (before !== undefined && before !== run.status.word) {
        tell(`${run.name}: ${run.status.word}`);
      }
      this.#words.set(run.id, run.status.word);
    }
    this.#arrange();
  }

  tick() {
    for (const row of this.#rows.values()) {
      row.when.textContent = row.run.updated ? ago(row.run.updated) : "";
    }
  }

  #newRow(run) {
    const row = { run, state: h("div", { class: "state" }), loss: h("div", { class: "figure" }), metric: h("div", { class: "figure" }),
      rate: h("div", { class: "figure" }), when: h("span", { class: "when" }) };
    row.check = h("input", { type: "checkbox", "aria-label": `Compare ${run.name}`, onchange: () => this.#choose(run.id, row.check.checked) });
    row.name = h("a", { class: "name", href: `#/run/${run.id}`, text: run.name });
    row.task = h("span", { class: "faint" });
    row.element = h("li", { class: "run" }, h("label", { class: "check" }, row.check),
      h("div", { class: "who" }, row.name, row.task), row.state, row.loss, row.metric, row.rate);
    this.#rows.set(run.id, row);
    return row;
  }

  #fill(row, run) {
    row.run = run;
    row.task.textContent = [run.task, run.title === run.name ? "" : run.title].filter(Boolean).join(" · ");
    refill(row.state, [run.status, run.step, run.total_steps, run.seconds_left === null ? null : Math.round(run.seconds_left / 5)], () => [
      h("div", { class: "line" }, pill(run.status), row.when),
      run.total_steps ? progress(run.step / run.total_steps, `Progress of ${run.name}`) : null,
      h("div", { class: "faint" }, `step ${number(run.step)}${run.total_steps ? ` of ${number(run.total_steps)}` : ""}`,
        run.seconds_left ? ` · ${duration(run.seconds_left)} left` : ""),
    ]);
    refill(row.loss, [run.loss, run.spark], () => [h("span", { class: "label", text: "loss" }), h("b", { text: number(run.loss) }), spark(run.spark)]);
    const shown = run.metrics[0];
    refill(row.metric, shown ?? null, () => shown ? [h("span", { class: "label", text: shown.title }), h("b", { text: metric(shown.value) }),
      h("span", { class: "faint", text: beside(shown) }), meter(shown.value, shown.chance, shown.smaller_is_better)]
      : [h("span", { class: "label", text: "evaluation" }), h("span", { class: "faint", text: "none yet" })]);
    refill(row.rate, [run.clips_per_second, run.data_wait_fraction], () => [h("span", { class: "label", text: "rate" }),
      h("b", { text: rate(run.clips_per_second) }), "clips/s ",
      h("span", { class: "faint", text: `waiting ${percent(run.data_wait_fraction)}` })]);
  }

  /** Runs that train come first, then the newest. Rows that stay keep their place in the document, and with it the focus. */
  #arrange() {
    const wanted = this.filter.value.trim().toLowerCase();
    const rows = [...this.#rows.values()].sort((a, b) => Number(b.run.status.word === "running") - Number(a.run.status.word === "running")
      || (b.run.updated ?? "").localeCompare(a.run.updated ?? "") || a.run.name.localeCompare(b.run.name));
    rows.forEach((row, index) => {
      row.element.hidden = wanted !== "" && !`${row.run.name} ${row.run.task} ${row.run.title}`.toLowerCase().includes(wanted);
      if (this.body.children[index] !== row.element) {
        this.body.insertBefore(row.element, this.body.children[index] ?? null);
      }
    });
    this.#offer();
  }

  #choose(id, isChosen) {
    if (isChosen) {
      this.#chosen.add(id);
    } else {
      this.#chosen.delete(id);
    }
    this.#offer();
  }

  #offer() {
    const chosen = [...this.#chosen];
    this.compare.hidden = chosen.length < 2;
    this.compare.textContent = `Compare ${chosen.length} runs`;
    this.compare.setAttribute("href", `#/compare?${chosen.map((id) => `run=${id}`).join("&")}`);
    for (const row of this.#rows.values()) {
      row.check.disabled = !row.check.checked && chosen.length >= mostCompared;
    }
  }
}
