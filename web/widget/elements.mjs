// HTML elements that the viewer and the tuner are made of.

/**
 * Make an element.
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Make a button.
 * @param {string} className
 * @param {string} text
 * @param {string} title its tooltip
 * @param {string} [pressed] "true" or "false" for a button that stays pressed
 * @returns {HTMLButtonElement}
 */
export function makeButton(className, text, title, pressed) {
  const state = pressed === undefined ? {} : { "aria-pressed": pressed };
  return make("button", { type: "button", class: className, title, ...state }, text);
}

/**
 * Make a list of keyboard shortcuts, hidden at first.
 * @param {[string, string][]} rows keys and what they do
 * @param {import("../words/translate.mjs").Say} say
 */
export function makeShortcuts(rows, say) {
  const cells = rows.flatMap(([keys, what]) => [make("kbd", {}, keys), make("span", {}, what)]);
  return make("div", { class: "ssw-shortcuts", role: "group", "aria-label": say("keyboard shortcuts"), hidden: "" }, ...cells);
}
