// The elements that the viewer is made of. All are plain HTML; what they do is added by the widget.

/** Views that can be chosen, in their order: name, label, what it shows. */
export const VIEWS = [
  ["result", "Result", "the finished picture"],
  ["alpha", "Alpha", "weight of the new mouth: white is all new, black all original"],
  ["seam", "Seam", "where slopes along the seam differ from the original's: black none, yellow strong"],
  ["difference", "Diff ×8", "difference to the original, times eight"],
  ["landmarks", "Landmarks", "the tracked face on the result, where FACE_TRACK is linked"],
];

/** An element with attributes and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const button = (className, text, title, pressed) =>
  make("button", { type: "button", class: className, title, ...(pressed === undefined ? {} : { "aria-pressed": pressed }) }, text);

/** Everything the widget needs a hold of, by name. */
export function makeParts() {
  const views = VIEWS.map(([name, label, what], k) => {
    const one = button("ssv-view", label, `${what} (${k + 1})`, "false");
    one.dataset.view = name;
    return one;
  });
  const flip = button("ssv-flip", "Flip", "show the left picture alone (F)", "false");
  const zoom = button("ssv-zoom", "Mouth", "zoom to the mouth (Z)", "false");
  const canvas = make("canvas", { class: "ssv-picture", role: "img", "aria-label": "the picture" });
  const handle = make("div", {
    class: "ssv-handle",
    role: "slider",
    tabindex: "0",
    "aria-label": "wipe between original and view",
    "aria-valuemin": "0",
    "aria-valuemax": "100",
  });
  const left = make("span", { class: "ssv-tag ssv-left" });
  const right = make("span", { class: "ssv-tag ssv-right" });
  const notice = make("div", { class: "ssv-notice", role: "status" });
  const play = button("ssv-play", "▶", "play at the clip's rate (Space)");
  play.setAttribute("aria-label", "play");
  const scrub = make("input", { type: "range", class: "ssv-scrub", min: "0", max: "0", step: "1", value: "0", "aria-label": "frame" });
  const readout = make("output", { class: "ssv-readout" });
  const verdict = make("div", { class: "ssv-verdict" });
  const worst = make("div", { class: "ssv-worst", role: "group", "aria-label": "worst frames" });
  const plots = make("div", { class: "ssv-plots", role: "group", "aria-label": "metrics over time" });
  const stage = make("div", { class: "ssv-stage" }, canvas, left, right, handle, notice);
  const element = make(
    "div",
    { class: "ssv", tabindex: "0", role: "group", "aria-label": "Seam Debug Viewer" },
    make("div", { class: "ssv-bar", role: "toolbar", "aria-label": "views" }, ...views, make("span", { class: "ssv-gap" }), flip, zoom),
    stage,
    make("div", { class: "ssv-bar" }, play, scrub, readout),
    verdict,
    worst,
    plots,
  );
  return { element, views, flip, zoom, canvas, handle, left, right, notice, play, scrub, readout, verdict, worst, plots, stage };
}

/** A timeline's row. @param {import("./viewer_plot.mjs").Metric} metric */
export function makePlot(metric) {
  const value = make("output", { class: "ssv-value" });
  const canvas = make("canvas", {
    class: "ssv-plot",
    role: "img",
    "aria-label": `${metric.name} over time${metric.goal ? `, goal ${metric.goal}` : ""}; click a peak to go to its frame`,
  });
  const name = make("span", { class: "ssv-name" }, metric.name.replaceAll("_", " "));
  const row = make("div", { class: metric.missed ? "ssv-row ssv-missed" : "ssv-row", title: title(metric) }, name, canvas, value);
  return { metric, row, canvas, value };
}

function title({ what, goal, missed }) {
  return `${what}${goal ? `; goal ${goal}` : ""}${missed ? "; missed over the clip" : ""}`;
}
