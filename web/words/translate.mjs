// What the widgets say, in the languages that the nodes' labels are in; the English texts in the code are the keys.
import { JA } from "./ja.mjs";
import { ZH } from "./zh.mjs";

/** Translations by the language's name in ComfyUI. @type {Map<string, Record<string, string>>} */
const LANGUAGES = new Map([
  ["zh", ZH],
  ["ja", JA],
]);

/**
 * Gives a text in the user's language; a place such as `{frame}` in it takes the value of that name.
 * @typedef {(text: string, values?: Record<string, string|number>) => string} Say
 */

/**
 * The words of a language.
 * @param {string|undefined} locale such as "ja"; English where it is none that is translated
 * @returns {Say} which leaves a text that is not translated in English
 */
export function wordsIn(locale) {
  const table = LANGUAGES.get(locale) ?? {};
  return (text, values = {}) =>
    (table[text] ?? text).replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));
}

/** The words of the language that ComfyUI is set to; English where the page does not say. @returns {Say} */
export function wordsOf(app) {
  return wordsIn(app.extensionManager?.setting?.get("Comfy.Locale"));
}
