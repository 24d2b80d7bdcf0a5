// The viewer's list of what to change: a sentence a fault, and a button that sets it.
import { make, makeButton } from "../widget/elements.mjs";

/**
 * @typedef {object} Advice of browser/advice.py
 * @property {string} text the sentence
 * @property {string[]} goals that are missed
 * @property {Record<string, Record<string, any>>} changes by part and input
 */

/**
 * Make the rows.
 * @param {Advice[]} advice
 * @param {((changes: Record<string, Record<string, any>>) => string)|undefined} set sets values in the graph, and says what it did
 * @param {import("../words/translate.mjs").Say} say
 * @returns {HTMLElement[]}
 */
export function adviceRows(advice, set, say) {
  if (!advice.length) return [make("div", { class: "ssw-status" }, say("Nothing to change: no goal is missed."))];
  return advice.map(({ text, goals, changes }) => {
    const title = goals.map((name) => say(name.replaceAll("_", " "))).join(say(", "));
    const sentence = make("span", { title }, say(text));
    const row = make("div", { class: "ssv-fault" }, sentence);
    const values = wordsOf(changes, say);
    if (!values || !set) return row;
    const button = makeButton("ssv-set", values, say("write the values into the linked nodes"));
    button.addEventListener("click", () => (sentence.textContent = set(changes)));
    row.append(button);
    return row;
  });
}

/** Say the values that are set: "feather 0.2, opacity 1"; a preset of several nodes once. */
function wordsOf(changes, say) {
  const pairs = Object.values(changes).flatMap((values) => Object.entries(values).map(([name, value]) => `${say(name)} ${value}`));
  return [...new Set(pairs)].join(say(", "));
}
