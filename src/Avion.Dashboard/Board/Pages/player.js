// Shows one clip: the file itself where a browser can play it, else the frames that the model sees.
import { h } from "./elements.js";

/** Opens a dialog with a clip. */
export const showClip = async (base, item, frames) => {
  const strip = h("span", { class: "frame large playing" }, h("img", { src: `${base}/${item.clip}/picture`, alt: "" }));
  strip.style.setProperty("--frames", frames);
  const stage = h("div", { class: "stage" }, strip), close = h("button", { type: "button", class: "quiet", text: "Close", onclick: () => dialog.close() });
  const dialog = h("dialog", { class: "player", "aria-label": item.text || item.name, onclose: () => dialog.remove() },
    h("div", { class: "head" }, h("h2", { text: item.text || item.name }), close), h("p", { class: "faint", text: item.name }), stage,
    h("div", { class: "contact" }, h("img", { src: `${base}/${item.clip}/picture`, alt: `The ${frames} frames of the clip, first to last` })));
  document.body.append(dialog);
  dialog.showModal();
  const answer = await fetch(`${base}/${item.clip}/times`);
  if (!answer.ok || !dialog.isConnected) {
    return;
  }
  const { start_seconds: start, end_seconds: end } = await answer.json();
  const video = h("video", { src: `${base}/${item.clip}/video#t=${start},${end}`, controls: true, playsinline: true, preload: "auto" });
  video.muted = true;
  video.addEventListener("loadeddata", () => {
    stage.replaceChildren(video);
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
      video.play().catch(() => {});
    }
  }, { once: true });
  // The clip goes round until the reader moves elsewhere in the file.
  video.addEventListener("timeupdate", () => {
    if (!video.paused && video.currentTime >= end && video.currentTime < end + 0.5) {
      video.currentTime = start;
    }
  });
  video.load();
};
