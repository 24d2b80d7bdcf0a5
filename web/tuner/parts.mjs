// The elements that the tuner is made of. All are plain HTML; what they do is added by the widget.
import { make } from "../viewer/parts.mjs";

const button = (className, text, title) => make("button", { type: "button", class: className, title }, text);

/** What can be shown instead of the composite: name, label, what it shows. */
const showsIn = (say) => [
  ["alpha", say("Alpha"), say("weight of the new mouth: white is all new, black all target (A)")],
  ["difference", say("Diff ×8"), say("difference to the target, times eight: what a slider changes (D)")],
  ["before", say("Before"), say("the target alone (F)")],
];

/** Everything the widget needs a hold of, by name. @param {import("../words/translate.mjs").Say} say */
export function makeParts(say) {
  const frames = make("div", { class: "sst-frames", role: "group", "aria-label": say("frames") });
  const shows = showsIn(say).map(([name, label, what]) => {
    const one = button(`sst-show sst-${name}`, label, what);
    one.dataset.show = name;
    return one;
  });
  const plain = button(
    "sst-plain",
    say("Mask + colour"),
    say("mask and colour match alone, without the blend method and what follows the colour match (M)"),
  );
  for (const one of [...shows, plain]) one.setAttribute("aria-pressed", "false");
  const canvas = make("canvas", { class: "sst-picture", role: "img", "aria-label": say("the composite") });
  const notice = make("div", { class: "sst-notice", role: "status" });
  const stage = make("div", { class: "sst-stage" }, canvas, notice);
  const truth = make("div", { class: "sst-truth" });
  const sliders = make("div", { class: "sst-sliders" });
  const reset = button("sst-reset", say("Reset"), say("back to the values of the last run"));
  const apply = button("sst-apply", say("Apply"), say("write the values into the linked nodes"));
  const told = make("span", { class: "sst-told", role: "status" });
  const add = make("span", { class: "sst-add" });
  const element = make(
    "div",
    { class: "sst", tabindex: "0", role: "group", "aria-label": say("Live seam tuning") },
    make("div", { class: "sst-bar" }, frames, make("span", { class: "sst-gap" }), plain, ...shows),
    stage,
    truth,
    sliders,
    make("div", { class: "sst-bar" }, reset, apply, told, add),
  );
  return { element, frames, shows, plain, canvas, notice, stage, truth, sliders, reset, apply, told, add };
}

/**
 * A row with a slider and its value.
 * @param {object} about a slider of the node's output: name, low, high, step, help, unit
 * @param {import("../words/translate.mjs").Say} say
 * @returns {{row: HTMLElement, input: HTMLInputElement, show: (value: number) => void}}
 */
export function makeSlider(about, say) {
  const name = say(about.room === "color" ? `colour ${about.name}` : about.name);
  const title = say(about.unit ? `${about.help} In ${about.unit}.` : about.help);
  const input = make("input", {
    type: "range",
    class: "sst-slider",
    min: String(about.low),
    max: String(about.high),
    step: String(about.step),
    "aria-label": name,
    "data-name": `${about.room}.${about.name}`,
  });
  const value = make("output", { class: "sst-value" });
  const row = make("label", { class: "sst-row", title }, make("span", { class: "sst-name" }, name), input, value);
  const digits = (String(about.step).split(".")[1] ?? "").length;
  const show = (number) => {
    input.value = String(number);
    value.textContent = number.toFixed(digits);
    row.classList.toggle("sst-moved", number !== about.value);
  };
  return { row, input, show };
}

/** A button that adds the node a room's values need. */
export function makeAdd(node, say) {
  const title = say("put a {node} node there, link it, and give it these values", { node });
  return button("sst-add-node", say("Add {node}", { node }), title);
}
