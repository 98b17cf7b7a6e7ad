// The clips that a run is evaluated on: what its model finds, what it takes for something else, where clips lie among one another, and a search.
import { h, progress, refill, tell } from "./elements.js";
import { count, percent } from "./format.js";
import { showClip } from "./player.js";
import { drawMap } from "./map.js";

const notOpen = 409;
const rowsPerPage = 6;
const score = (value) => value.toFixed(3).replace("-", "−");

export class ClipsPanel {
  #state = null;
  #timer = 0;
  #asked = 0;

  constructor(run) {
    this.base = `/api/runs/${run}/clips`;
    this.element = h("div", { class: "clips" });
  }

  async visit() {
    clearTimeout(this.#timer);
    try {
      this.#show(await (await fetch(this.base)).json());
    } catch {
      this.#timer = setTimeout(() => this.visit(), 5000);
    }
  }

  leave() {
    clearTimeout(this.#timer);
  }

  /** Asks for a part of what the clips tell. Where they are not open any more, the page offers to open them again. */
  async #ask(path) {
    let answer;
    try {
      answer = await fetch(this.base + path);
    } catch {
      throw new Error("No answer from avion board.");
    }
    const found = await answer.json();
    if (answer.status === notOpen) {
      this.visit();
    }
    if (!answer.ok) {
      throw new Error(found.message);
    }
    return found;
  }

  #problem(error) {
    return h("p", { class: "notice bad", role: "alert", text: error.message });
  }

  #show(state) {
    const wasReady = this.#state?.word === "ready";
    this.#state = state;
    if (state.word === "working") {
      this.#timer = setTimeout(() => this.visit(), 700);
    }
    if (state.word === "ready" && wasReady) {
      return;
    }
    refill(this.element, state, () => ({
      none: () => this.#offer(""), failed: () => this.#offer(state.message), working: () => this.#working(state), ready: () => this.#ready(state),
      unavailable: () => [h("p", { class: "notice", text: state.message })],
    })[state.word]());
  }

  #offer(message) {
    const begin = h("button", { type: "button", class: "button", text: "Look at the held-out clips", onclick: async () => {
      begin.disabled = true;
      try {
        await fetch(this.base, { method: "POST", headers: { "X-Avion-Board": "1" } });
      } catch {
        begin.disabled = false;
      }
      this.visit();
    } });
    return [message ? h("p", { class: "notice bad", text: message }) : null,
      h("div", { class: "notice" }, h("h2", { text: "What does this model see?" }),
        h("p", { text: "The best checkpoint reads the validation clips once, as an evaluation does. Then the board shows which clips it finds and which it mistakes, "
          + "a map of all clips, and a search by your own words. Nothing is written; a training on this machine is slower meanwhile." }), begin)];
  }

  #working(state) {
    tell("Reading clips");
    return [h("div", { class: "notice" }, h("h2", { text: "Reading clips …" }), progress(state.progress ?? 0, "Clips read"), h("p", { class: "faint", text: percent(state.progress ?? 0) }))];
  }

  #ready(state) {
    tell("The clips are ready");
    const many = state.answer_kind === "class" ? "classes" : "captions";
    return [h("p", { class: "faint", text: `${count(state.clips)} clips and ${count(state.answers)} ${many}, by ${state.weights}.` }),
      state.reads_text ? this.#search(state) : null, this.#map(state), this.#rankings(state)];
  }

  #search(state) {
    const input = h("input", { type: "search", id: "query", placeholder: "what happens in the clip, in your words", maxlength: "1000", required: true });
    const results = h("div", { class: "results" });
    let asked = 0;
    const form = h("form", { class: "search", role: "search", onsubmit: async (event) => {
      event.preventDefault();
      const own = ++asked;
      results.setAttribute("aria-busy", "true");
      let shown;
      try {
        const found = await this.#ask(`/search?q=${encodeURIComponent(input.value)}`);
        shown = [found.note ? h("p", { class: "notice", text: found.note }) : null,
          h("ol", { class: "strip" }, ...found.hits.map((hit) => h("li", {}, this.#clip(state, hit))))].filter(Boolean);
        tell(`${found.hits.length} clips found. ${found.note}`);
      } catch (error) {
        shown = [this.#problem(error)];
      }
      if (own === asked) {
        results.removeAttribute("aria-busy");
        results.replaceChildren(...shown);
      }
    } }, h("label", { for: "query", text: "Search these clips" }), h("div", { class: "line" }, input, h("button", { type: "submit", class: "button", text: "Search" })));
    return h("section", { class: "card padded" }, h("h2", { text: "Search" }), form, results);
  }

  #rankings(state) {
    const what = state.answer_kind, list = h("div", { class: "rankings" }), summary = h("div", { class: "faint", "aria-live": "polite" });
    const view = { show: "mistakes", by: what === "class" ? "clip" : "answer", offset: 0 };
    let isFirst = true;
    const more = h("button", { type: "button", class: "quiet", text: "Show more", hidden: true, onclick: () => load(false) });
    const load = async (isNew) => {
      const own = ++this.#asked, offset = isNew ? 0 : view.offset + rowsPerPage;
      let page;
      try {
        page = await this.#ask(`/rankings?by=${view.by}&show=${view.show}&offset=${offset}&count=${rowsPerPage}`);
      } catch (error) {
        summary.replaceChildren(this.#problem(error));
        return;
      }
      if (own !== this.#asked) {
        return;
      }
      view.offset = offset;
      if (isNew && isFirst && view.show === "mistakes" && page.mistakes === 0) {
        isFirst = false;
        list.closest("section").querySelector('input[value="hits"]').click();
        return;
      }
      isFirst = false;
      const rows = page.rows.map((row) => this.#row(state, row));
      if (isNew) {
        list.replaceChildren(...rows);
      } else {
        list.append(...rows);
      }
      const asking = view.by === "clip" ? "clips" : what === "class" ? "classes" : "captions";
      const hits = page.answerable - page.mistakes;
      summary.textContent = `Of ${count(page.answerable)} ${asking}, ${count(hits)} ${hits === 1 ? "has" : "have"} something right in the first place, `
        + `${count(page.mistakes)} ${page.mistakes === 1 ? "does" : "do"} not.`
        + (view.show === "mistakes" && page.mistakes > 0 ? " The worst come first." : "");
      more.hidden = view.offset + rowsPerPage >= page.total;
    };
    const choice = (group, value, text) => h("label", {}, h("input", { type: "radio", name: group, value, checked: view[group] === value,
      onchange: () => { view[group] = value; load(true); } }), ` ${text}`);
    load(true);
    return h("section", { class: "card padded" }, h("h2", { text: "Hits and mistakes" }),
      h("div", { class: "controls" }, h("fieldset", {}, h("legend", { text: "Show" }), choice("show", "mistakes", "mistakes"), choice("show", "hits", "hits")),
        h("fieldset", {}, h("legend", { text: "Asked by" }), choice("by", "answer", what), choice("by", "clip", "clip"))),
      summary, list, more);
  }

  #row(state, row) {
    const asks = row.clip === null ? h("h3", { text: `“${row.text}”` })
      : h("div", { class: "asking" }, this.#clip(state, { clip: row.clip, name: row.text, text: row.right?.text ?? "", score: null, is_right: null }));
    const shown = row.best.some((item) => item.is_right) || !row.right ? row.best : [...row.best, row.right];
    const answers = row.clip === null
      ? h("div", { class: "strip" }, ...shown.map((item) => this.#clip(state, item, item === row.right && item !== row.best.at(-1) && !row.best.includes(item) ? row.place : null)))
      : h("ol", { class: "answers" }, ...shown.map((item) => h("li", { class: item.is_right ? "right" : "wrong", value: row.best.includes(item) ? undefined : row.place },
        this.#mark(item.is_right), ` ${item.text} `, h("span", { class: "faint", text: score(item.score) }))));
    return h("article", { class: row.clip === null ? "ranking" : "ranking byclip" }, asks,
      h("p", { class: "faint", text: row.place === 1 ? "Right in the first place." : `The first right one is in place ${count(row.place)}.` }), answers);
  }

  #mark(isRight) {
    return isRight === null ? null : h("span", { class: isRight ? "mark right" : "mark wrong", text: isRight ? "✓ right" : "✗ wrong" });
  }

  /** A clip that plays its frames while it is pointed at or focused, and opens when it is pressed. */
  #clip(state, item, place = null) {
    const picture = `${this.base}/${item.clip}/picture`, says = item.text || item.name;
    const frame = h("span", { class: "frame" }, h("img", { src: picture, alt: `Play the clip: ${says}`, loading: "lazy", onerror: (event) => {
      event.target.replaceWith(h("span", { class: "missing" }, h("span", { class: "unseen", text: `${says}: ` }), "This clip cannot be read."));
    } }));
    frame.style.setProperty("--frames", state.frames_per_picture);
    return h("figure", { class: `clip ${item.is_right === null ? "" : item.is_right ? "right" : "wrong"}` },
      h("button", { type: "button", onclick: () => showClip(this.base, item, state.frames_per_picture) }, frame),
      h("figcaption", {}, h("span", { class: "line" }, this.#mark(item.is_right), place ? h("span", { class: "faint", text: `place ${count(place)}` }) : null,
        item.score === null ? null : h("span", { class: "faint", text: score(item.score) })), h("span", { class: "says", text: says }),
      item.text ? h("span", { class: "faint source", text: item.name }) : null));
  }

  #map(state) {
    const chart = h("div", { class: "chart map" }), note = h("p", { class: "faint" });
    const section = h("section", { class: "card padded" }, h("h2", { text: "Map of the clips" }), note, chart);
    this.#ask("/map").then((map) => {
      note.textContent = `Each point is a clip, placed by the two directions in which ${state.reads_text ? "the vectors" : "the scores"} of the clips differ most `
        + `(${percent(map.shares[0])} and ${percent(map.shares[1])} of the spread). Clips of one ${state.answer_kind} have one colour and shape. `
        + "Point at one, or walk with the arrow keys; Enter opens it.";
      drawMap(chart, map, this.base, state.frames_per_picture);
    }).catch((error) => { note.replaceWith(this.#problem(error)); });
    return section;
  }
}
