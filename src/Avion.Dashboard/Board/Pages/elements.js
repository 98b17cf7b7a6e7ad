// Makes elements. Text of runs only ever becomes text, never markup.
import { metric } from "./format.js";

/** An element with properties (class, text, on… handlers, attributes) and children. */
export const h = (tag, properties = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) {
      continue;
    }
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (name === "text") {
      element.textContent = value;
    } else if (name === "class") {
      element.className = value;
    } else {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
};

const svg = (tag, attributes, ...children) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
};

const signs = { preparing: "…", running: "●", silent: "?", completed: "✓", stopped: "■", failed: "✕", unreadable: "✕" };

/** A run's state by a sign and its word; the colour only repeats them. */
export const pill = (status) => h("span", { class: `pill ${status.word}`, title: status.text || undefined },
  h("span", { "aria-hidden": "true", text: signs[status.word] ?? "?" }), ` ${status.word}`);

/** Whether a run may still change, as far as its log tells. */
export const isLive = (run) => ["preparing", "running", "silent"].includes(run.status.word);

/** How far a run is. */
export const progress = (share, label) => svg("svg",
  { viewBox: "0 0 100 4", preserveAspectRatio: "none", class: "progress", role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100,
    "aria-valuenow": Math.round(100 * share) },
  svg("rect", { class: "track", width: 100, height: 4 }), svg("rect", { class: "done", width: Math.max(0, Math.min(100, 100 * share)), height: 4 }));

/** The course of a number, without axes; the value itself stands beside it. */
export const spark = (points) => {
  const finite = points.filter((point) => point[1] !== null);
  if (finite.length < 2) {
    return null;
  }
  const xs = finite.map((point) => point[0]), ys = finite.map((point) => point[1]);
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const place = ([x, y]) => `${(100 * (x - left) / (right - left || 1)).toFixed(1)},${(22 - 20 * (y - low) / (high - low || 1)).toFixed(1)}`;
  return svg("svg", { viewBox: "0 0 100 24", class: "spark", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("polyline", { points: finite.map(place).join(" ") }));
};

/** What chance gives, and which way is better where it is not up. */
export const beside = (shown) => [shown.chance === null ? "" : `chance ${metric(shown.chance)}`, shown.smaller_is_better ? "smaller is better" : ""].filter(Boolean).join(", ");

/** A share as a bar with a mark where chance is; none where smaller is better, for a longer bar looks like more. */
export const meter = (value, chance, smallerIsBetter = false) => value === null || value < 0 || value > 1 || smallerIsBetter ? null : svg("svg",
  { viewBox: "0 0 100 8", class: "meter", preserveAspectRatio: "none", "aria-hidden": "true" },
  svg("rect", { class: "track", y: 2, width: 100, height: 4 }), svg("rect", { class: "done", y: 2, width: 100 * value, height: 4 }),
  ...(chance === null || chance === undefined ? [] : [svg("rect", { class: "mark", x: Math.min(99, 100 * chance), width: 1, height: 8 })]));

/** A table that scrolls in itself on narrow screens, reachable by keyboard. */
export const table = (label, head, rows, properties = {}) => h("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" },
  h("table", properties,
    h("thead", {}, h("tr", {}, ...head.map((cell) => h("th", { scope: "col", class: cell.class }, cell.text ?? cell)))),
    h("tbody", {}, ...rows.map((row) => h("tr", {}, ...row.map((cell, index) =>
      index === 0 ? h("th", { scope: "row" }, cell) : cell instanceof Node ? h("td", {}, cell) : h("td", { class: cell?.class }, cell?.text ?? cell ?? "–")))))));

/** Replaces what an element holds when the data behind it has changed. */
export const refill = (element, data, make) => {
  const key = JSON.stringify(data);
  if (element.filledWith !== key) {
    element.filledWith = key;
    element.replaceChildren(...[make()].flat().filter(Boolean));
  }
};

/** Tells those who listen rather than look. */
export const tell = (text) => {
  document.getElementById("news").textContent = text;
};
