// Makes the HTML elements of the tuner; widget.mjs adds what they do.
import { make, makeButton } from "../widget/elements.mjs";

/** The views besides the composite: name, label, what it shows. @param {import("../words/translate.mjs").Say} say */
const showsIn = (say) => [
  ["alpha", say("Alpha"), say("weight of the new mouth: white is all new, black all target (A)")],
  ["difference", say("Diff ×8"), say("difference to the target, times eight: what a slider changes (D)")],
  ["before", say("Before"), say("the target alone (F)")],
];

/** Make the tuner's elements, by name. @param {import("../words/translate.mjs").Say} say */
export function makeParts(say) {
  const frames = make("div", { class: "ssw-line", role: "group", "aria-label": say("frames") });
  const shows = showsIn(say).map(([name, label, what]) => {
    const one = makeButton(`sst-show sst-${name}`, label, what);
    one.dataset.show = name;
    return one;
  });
  const plain = makeButton(
    "sst-plain",
    say("Mask + colour"),
    say("mask and colour match alone, without the blend method and what follows the colour match (M)"),
  );
  for (const one of [...shows, plain]) one.setAttribute("aria-pressed", "false");
  const canvas = make("canvas", { class: "ssw-picture sst-picture", role: "img", "aria-label": say("the composite") });
  const notice = make("div", { class: "ssw-overlay ssw-notice sst-notice", role: "status" });
  const stage = make("div", { class: "ssw-stage sst-stage" }, canvas, notice);
  const truth = make("div", { class: "ssw-status sst-truth" });
  const sliders = make("div", { class: "sst-sliders" });
  const reset = makeButton("sst-reset", say("Reset"), say("back to the values of the last run"));
  const apply = makeButton("sst-apply", say("Apply"), say("write the values into the linked nodes"));
  const status = make("span", { class: "sst-status", role: "status" });
  const add = make("span", { class: "sst-add" });
  const element = make(
    "div",
    { class: "ssw sst", tabindex: "0", role: "group", "aria-label": say("Live seam tuning") },
    make("div", { class: "ssw-bar" }, frames, make("span", { class: "ssw-gap" }), plain, ...shows),
    stage,
    truth,
    sliders,
    make("div", { class: "ssw-bar" }, reset, apply, status, add),
  );
  return { element, frames, shows, plain, canvas, notice, stage, truth, sliders, reset, apply, status, add };
}

/**
 * A row with a slider and its value.
 * @param {object} about a slider of the node's output: name, low, high, step, help
 * @param {import("../words/translate.mjs").Say} say
 * @returns {{row: HTMLElement, input: HTMLInputElement, show: (value: number) => void}}
 */
export function makeSlider(about, say) {
  const name = say(about.group === "color" ? `colour ${about.name}` : about.name);
  const title = say(about.help);
  const input = make("input", {
    type: "range",
    class: "sst-slider",
    min: String(about.low),
    max: String(about.high),
    step: String(about.step),
    "aria-label": name,
    "data-name": `${about.group}.${about.name}`,
  });
  const value = make("output", { class: "ssw-value sst-value" });
  const row = make("label", { class: "ssw-line", title }, make("span", { class: "sst-name" }, name), input, value);
  const digits = (String(about.step).split(".")[1] ?? "").length;
  const show = (number) => {
    input.value = String(number);
    value.textContent = number.toFixed(digits);
    row.classList.toggle("sst-moved", number !== about.value);
  };
  return { row, input, show };
}

/** Make a button that adds a missing node. @param {string} node its label @param {import("../words/translate.mjs").Say} say */
export function makeAdd(node, say) {
  const title = say("put a {node} node there, link it, and give it these values", { node });
  return makeButton("sst-add-node", say("Add {node}", { node }), title);
}
