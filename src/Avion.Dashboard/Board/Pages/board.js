// The board: finds the page that the address names, keeps it up to date, and says when the server is gone.
import { h, tell } from "./elements.js";
import { RunsPage } from "./runs.js";
import { RunPage } from "./run.js";
import { ComparePage } from "./compare.js";

const quick = 2000, slow = 15000;
const main = document.getElementById("main"), link = document.getElementById("link");
let page = null, timer = 0, asked = 0, shown = "";

const pageOf = (hash) => {
  const [path, query = ""] = (hash.startsWith("#/") ? hash.slice(2) : "").split("?");
  const parts = path.split("/").filter(Boolean);
  return parts[0] === "run" && parts[1] ? new RunPage(parts[1], parts[2] ?? "overview")
    : parts[0] === "compare" ? new ComparePage(new URLSearchParams(query).getAll("run")) : new RunsPage();
};

/** Asks for the page's data; draws only what is new. Answers that came too late for their page are dropped. */
const update = async () => {
  clearTimeout(timer);
  const own = ++asked, current = page;
  let pause = quick;
  try {
    const response = await fetch(current.address());
    const text = await response.text();
    if (own !== asked || current !== page) {
      return;
    }
    link.textContent = "";
    link.classList.remove("lost");
    if (!response.ok) {
      shown = "";
      current.gone(JSON.parse(text).message);
      pause = slow;
    } else {
      if (text !== shown) {
        shown = text;
        current.show(JSON.parse(text));
      }
      current.tick?.();
      pause = current.isLive() ? quick : slow;
    }
  } catch (error) {
    if (own !== asked) {
      return;
    }
    if (!(error instanceof TypeError)) {
      console.error(error);
    }
    link.textContent = "No answer from avion board; still trying.";
    link.classList.add("lost");
  }
  if (!document.hidden) {
    timer = setTimeout(update, pause);
  }
};

const open = () => {
  if (location.hash === "#main") {
    main.focus();
    return;
  }
  const next = pageOf(location.hash);
  if (page?.goTo?.(next)) {
    document.title = page.title();
    return;
  }
  const isFirst = page === null;
  page?.leave?.();
  page = next;
  shown = "";
  main.replaceChildren(page.element);
  AvionCharts.sweep();
  page.again = () => { shown = ""; update(); };
  document.title = page.title();
  if (!isFirst) {
    main.focus({ preventScroll: true });
    scrollTo(0, 0);
    tell(page.title());
  }
  update();
};

addEventListener("hashchange", open);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) {
    update();
  }
});
if (globalThis.echarts) {
  open();
} else {
  main.append(h("p", { class: "notice", text: "The chart library could not be loaded." }));
}
