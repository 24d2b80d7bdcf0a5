// Notices changes of a node's values, however they come about: by hand, from a workflow, by undo, from another script.

/** How often values are looked at, milliseconds. */
const PERIOD = 250;

/** The values that are watched: what compares them, by node. @type {Map<object, () => void>} */
const watched = new Map();
let timer = 0;

/**
 * Call `changed` with a node's values soon, when a workflow that is opened has set them, and after every change.
 * @param {object} node
 * @param {string[]} names of widgets
 * @param {(values: Record<string, any>, linked: Set<string>) => void} changed gets the inputs that links feed, too
 * @returns {() => void} stops it
 */
export function watchValues(node, names, changed) {
  let last = "";
  const look = () => {
    const widgets = new Map((node.widgets ?? []).map((widget) => [widget.name, widget]));
    const values = Object.fromEntries(names.map((name) => [name, widgets.get(name)?.value]));
    const linked = (node.inputs ?? []).filter((input) => input.link != null).map((input) => input.widget?.name ?? input.name);
    const now = JSON.stringify([values, linked]);
    if (now === last) return;
    last = now;
    changed(values, new Set(linked));
  };
  watched.set(node, look);
  timer ||= setInterval(() => watched.forEach((one) => one()), PERIOD);
  return () => {
    watched.delete(node);
    if (watched.size) return;
    clearInterval(timer);
    timer = 0;
  };
}
