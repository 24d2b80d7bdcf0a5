// Makes the HTML elements of the viewer; widget.mjs adds what they do.
import { make, makeButton, makeShortcuts } from "../widget/elements.mjs";

/** The views in their order: name, label, what it shows. @param {import("../words/translate.mjs").Say} say */
const viewsIn = (say) => [
  ["result", say("Result"), say("the finished picture")],
  ["alpha", say("Alpha"), say("weight of the new mouth: white is all new, black all original")],
  ["seam", say("Seam"), say("where slopes along the seam differ from the original's: black none, yellow strong")],
  ["difference", say("Diff ×8"), say("difference to the original, times eight")],
  ["landmarks", say("Landmarks"), say("the tracked face on the result, where FACE_TRACK is linked")],
];

/** Keys and what they do. @param {import("../words/translate.mjs").Say} say @returns {[string, string][]} */
const shortcutsIn = (say) => [
  ["1–5", say("choose a view")],
  ["F", say("show the left picture alone")],
  ["Z", say("zoom to the mouth")],
  ["←  →", say("a frame back or on; on the handle: move the wipe")],
  [say("Home and End"), say("first and last frame")],
  [say("Space"), say("play and pause")],
  ["E", say("what to change about the faults")],
  ["R", say("open the report's page")],
];

/** Make the viewer's elements, by name. @param {import("../words/translate.mjs").Say} say */
export function makeParts(say) {
  const views = viewsIn(say).map(([name, label, what], k) => {
    const one = makeButton("ssv-view", label, `${what} (${k + 1})`, "false");
    one.dataset.view = name;
    return one;
  });
  const flip = makeButton("ssv-flip", say("Flip"), say("show the left picture alone (F)"), "false");
  const zoom = makeButton("ssv-zoom", say("Mouth"), say("zoom to the mouth (Z)"), "false");
  const explain = makeButton("ssv-explain", say("Explain"), say("what to change about the faults (E)"), "false");
  const report = makeButton("ssv-report", say("Report"), say("open the report's page (R)"));
  const keys = makeButton("ssv-keys", "?", say("keyboard shortcuts (?)"), "false");
  const canvas = make("canvas", { class: "ssw-picture ssv-picture", role: "img", "aria-label": say("the picture") });
  const handle = make("div", {
    class: "ssv-handle",
    role: "slider",
    tabindex: "0",
    "aria-label": say("wipe between original and view"),
    "aria-valuemin": "0",
    "aria-valuemax": "100",
  });
  const left = make("span", { class: "ssw-overlay ssv-tag ssv-left" });
  const right = make("span", { class: "ssw-overlay ssv-tag ssv-right" });
  const notice = make("div", { class: "ssw-overlay ssw-notice ssv-notice", role: "status" });
  const play = makeButton("ssv-play", "▶", say("play at the clip's rate (Space)"));
  play.setAttribute("aria-label", say("play"));
  const range = { type: "range", min: "0", max: "0", step: "1", value: "0" };
  const scrub = make("input", { ...range, class: "ssv-scrub", "aria-label": say("frame") });
  const readout = make("output", { class: "ssv-readout" });
  const verdict = make("div", { class: "ssw-status ssv-verdict" });
  const advice = make("div", { class: "ssv-advice", role: "group", "aria-label": say("what to change"), hidden: "" });
  const shortcuts = makeShortcuts(shortcutsIn(say), say);
  const worst = make("div", { class: "ssv-worst", role: "group", "aria-label": say("worst frames") });
  const plots = make("div", { class: "ssv-plots", role: "group", "aria-label": say("metrics over time") });
  const stage = make("div", { class: "ssw-stage ssv-stage" }, canvas, left, right, handle, notice);
  const bar = { class: "ssw-bar", role: "toolbar", "aria-label": say("views") };
  const element = make(
    "div",
    { class: "ssw ssv", tabindex: "0", role: "group", "aria-label": say("Seam Debug Viewer") },
    make("div", bar, ...views, make("span", { class: "ssw-gap" }), flip, zoom),
    stage,
    make("div", { class: "ssw-bar" }, play, scrub, readout),
    make("div", { class: "ssw-line" }, verdict, make("span", { class: "ssw-gap" }), explain, report, keys),
    shortcuts,
    advice,
    worst,
    plots,
  );
  const shown = { canvas, handle, left, right, notice, readout, verdict, worst, plots, stage, advice, shortcuts };
  return { element, views, flip, zoom, play, scrub, explain, report, keys, ...shown };
}

/** Make a timeline's row. @param {import("./plot.mjs").Metric} metric @param {import("../words/translate.mjs").Say} say */
export function makePlot(metric, say) {
  const name = say(metric.name.replaceAll("_", " "));
  const goal = metric.goal && say("goal {goal}", { goal: metric.goal });
  const joined = (...parts) => parts.filter(Boolean).join(say("; "));
  const label = joined(say("{name} over time", { name }), goal, say("click a peak to go to its frame"));
  const title = joined(say(metric.what), goal, metric.missed && say("missed over the clip"));
  const value = make("output", { class: "ssw-value ssv-value" });
  const canvas = make("canvas", { class: "ssv-plot", role: "img", "aria-label": label });
  const className = metric.missed ? "ssv-row ssv-missed" : "ssv-row";
  const row = make("div", { class: className, title }, make("span", { class: "ssv-name" }, name), canvas, value);
  return { metric, row, canvas, value };
}
