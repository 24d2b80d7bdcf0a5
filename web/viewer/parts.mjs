// The elements that the viewer is made of. All are plain HTML; what they do is added by the widget.

/** Views that can be chosen, in their order: name, label, what it shows. */
const viewsIn = (say) => [
  ["result", say("Result"), say("the finished picture")],
  ["alpha", say("Alpha"), say("weight of the new mouth: white is all new, black all original")],
  ["seam", say("Seam"), say("where slopes along the seam differ from the original's: black none, yellow strong")],
  ["difference", say("Diff ×8"), say("difference to the original, times eight")],
  ["landmarks", say("Landmarks"), say("the tracked face on the result, where FACE_TRACK is linked")],
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

/** Everything the widget needs a hold of, by name. @param {import("../words/translate.mjs").Say} say */
export function makeParts(say) {
  const views = viewsIn(say).map(([name, label, what], k) => {
    const one = button("ssv-view", label, `${what} (${k + 1})`, "false");
    one.dataset.view = name;
    return one;
  });
  const flip = button("ssv-flip", say("Flip"), say("show the left picture alone (F)"), "false");
  const zoom = button("ssv-zoom", say("Mouth"), say("zoom to the mouth (Z)"), "false");
  const canvas = make("canvas", { class: "ssv-picture", role: "img", "aria-label": say("the picture") });
  const handle = make("div", {
    class: "ssv-handle",
    role: "slider",
    tabindex: "0",
    "aria-label": say("wipe between original and view"),
    "aria-valuemin": "0",
    "aria-valuemax": "100",
  });
  const left = make("span", { class: "ssv-tag ssv-left" });
  const right = make("span", { class: "ssv-tag ssv-right" });
  const notice = make("div", { class: "ssv-notice", role: "status" });
  const play = button("ssv-play", "▶", say("play at the clip's rate (Space)"));
  play.setAttribute("aria-label", say("play"));
  const range = { type: "range", min: "0", max: "0", step: "1", value: "0" };
  const scrub = make("input", { ...range, class: "ssv-scrub", "aria-label": say("frame") });
  const readout = make("output", { class: "ssv-readout" });
  const verdict = make("div", { class: "ssv-verdict" });
  const worst = make("div", { class: "ssv-worst", role: "group", "aria-label": say("worst frames") });
  const plots = make("div", { class: "ssv-plots", role: "group", "aria-label": say("metrics over time") });
  const stage = make("div", { class: "ssv-stage" }, canvas, left, right, handle, notice);
  const bar = { class: "ssv-bar", role: "toolbar", "aria-label": say("views") };
  const element = make(
    "div",
    { class: "ssv", tabindex: "0", role: "group", "aria-label": say("Seam Debug Viewer") },
    make("div", bar, ...views, make("span", { class: "ssv-gap" }), flip, zoom),
    stage,
    make("div", { class: "ssv-bar" }, play, scrub, readout),
    verdict,
    worst,
    plots,
  );
  return { element, views, flip, zoom, canvas, handle, left, right, notice, play, scrub, readout, verdict, worst, plots, stage };
}

/** A timeline's row. @param {import("./plot.mjs").Metric} metric @param {import("../words/translate.mjs").Say} say */
export function makePlot(metric, say) {
  const name = say(metric.name.replaceAll("_", " "));
  const goal = metric.goal && say("goal {goal}", { goal: metric.goal });
  const told = (...parts) => parts.filter(Boolean).join(say("; "));
  const label = told(say("{name} over time", { name }), goal, say("click a peak to go to its frame"));
  const title = told(say(metric.what), goal, metric.missed && say("missed over the clip"));
  const value = make("output", { class: "ssv-value" });
  const canvas = make("canvas", { class: "ssv-plot", role: "img", "aria-label": label });
  const className = metric.missed ? "ssv-row ssv-missed" : "ssv-row";
  const row = make("div", { class: className, title }, make("span", { class: "ssv-name" }, name), canvas, value);
  return { metric, row, canvas, value };
}
