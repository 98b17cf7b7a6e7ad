// The colour scheme: as the system has it, or as the reader chose. Runs before the page is drawn, so that it does not flash.
(() => {
  "use strict";
  const names = { auto: "automatic", light: "light", dark: "dark" };
  const kept = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null;
    }
  };
  const apply = (choice) => {
    if (choice === "light" || choice === "dark") {
      document.documentElement.dataset.theme = choice;
    } else {
      delete document.documentElement.dataset.theme;
    }
  };
  let choice = kept() in names ? kept() : "auto";
  apply(choice);
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const show = () => {
      const word = document.createElement("span");
      word.className = "word";
      word.textContent = "Theme: ";
      button.setAttribute("aria-label", `Theme: ${names[choice]}`);
      button.replaceChildren(word, names[choice]);
    };
    show();
    button.addEventListener("click", () => {
      const order = Object.keys(names);
      choice = order[(order.indexOf(choice) + 1) % order.length];
      try {
        localStorage.setItem("theme", choice);
      } catch {
        // Without storage the choice lasts as long as the page.
      }
      apply(choice);
      show();
      globalThis.AvionCharts?.redrawAll();
    });
  });
})();
