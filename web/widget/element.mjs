// Adds an element to a node as a widget that no workflow saves, and the style sheets of such elements to the page.
import { keepNavigation } from "./navigation.mjs";

/**
 * Add an element to a node.
 * @param {object} app ComfyUI's
 * @param {object} node
 * @param {string} name of the widget
 * @param {HTMLElement} element
 * @param {number} height least height of the element, pixels
 */
export function addElement(app, node, name, element, height) {
  const options = { serialize: false, hideOnZoom: false, getMinHeight: () => height };
  const widget = node.addDOMWidget(name, `seamsync_${name}`, element, options);
  widget.serialize = false;
  // The properties panel shows widgets in its own width and leaves them so; without one they are as wide as the node.
  Object.defineProperty(widget, "width", { get: () => undefined, set: () => {}, configurable: true });
  keepNavigation(element, () => app.canvas);
}

/** Put style sheets on the page, each once. @param {...string} names addresses relative to the folder `web` */
export function addStyle(...names) {
  for (const name of names) {
    const { href } = new URL(`../${name}`, import.meta.url);
    if (document.querySelector(`link[href="${href}"]`)) continue;
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
  }
}

/** Call `then` after a node's method, with the same arguments. @param {object} node @param {string} method @param {Function} then */
export function afterwards(node, method, then) {
  const own = node[method];
  node[method] = function (...args) {
    own?.apply(this, args);
    then(...args);
  };
}

/** Return the key of a node's output on the page: its id, in a subgraph after the subgraph's id. @param {object} node */
export function locatorOf(node) {
  return node.graph?.isRootGraph === false ? `${node.graph.id}:${node.id}` : String(node.id);
}
