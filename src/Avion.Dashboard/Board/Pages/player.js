// Shows one clip: the file itself where a browser can play it, else the frames that the model sees.
import { h } from "./elements.js";

/** Browsers tell of a playing video's time about four times a second. */
const latestNotice = 0.6;

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
  const times = await timesOf(`${base}/${item.clip}`);
  if (!times || !dialog.isConnected) {
    return;
  }
  const { start_seconds: start, end_seconds: end } = times;
  const video = h("video", { src: `${base}/${item.clip}/video#t=${start}`, controls: true, playsinline: true, preload: "auto",
    "aria-label": `Video of the clip: ${item.text || item.name}` });
  video.muted = true;
  video.addEventListener("loadeddata", () => {
    stage.replaceChildren(video);
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
      video.play().catch(() => {});
    }
  }, { once: true });
  // The clip goes round until the reader moves elsewhere in the file.
  video.addEventListener("timeupdate", () => {
    if (!video.paused && video.currentTime >= end && video.currentTime < end + latestNotice) {
      video.currentTime = start;
    }
  });
  video.addEventListener("ended", () => {
    if (end > video.duration - latestNotice) {
      video.currentTime = start;
      video.play().catch(() => {});
    }
  });
  video.load();
};

/** Where the clip lies in its file; null where a browser cannot play it, and then its frames stay. */
const timesOf = async (clip) => {
  try {
    const state = await (await fetch(`${clip}/times`)).json();
    return state.is_playable ? state : null;
  } catch {
    return null;
  }
};
