// Adds a DOM widget that shows a node's output. It is filled when the node has run, and again when the page rebuilds its
// nodes (another workflow tab, a reload). The workflow saves nothing of it.
import { keepNavigation } from "./navigation.mjs";
import { wordsOf } from "../words/translate.mjs";

/**
 * @typedef {object} View what the widget shows
 * @property {HTMLElement} element its root
 * @property {(data: object, address: (file: object) => string) => void} load show an output; do nothing if it is shown already
 * @property {() => void} dispose stop and free resources
 */

/** Return the key of a node's output on the page: its id, in a subgraph after the subgraph's id. @param {object} node */
function locator(node) {
  return node.graph?.isRootGraph === false ? `${node.graph.id}:${node.id}` : String(node.id);
}

/**
 * Keeps the newest outputs by workflow and node. The page does too, but frontends before 1.40 lose the outputs of a run that
 * ends before the page has noted that it was queued, which happens when all of it is cached.
 */
class Results {
  #kept = new WeakMap();
  #workflows;

  constructor(app) {
    this.#workflows = () => app.extensionManager?.workflow;
  }

  /** Keep a node's output for the open workflow. @param {object} node @param {object} output */
  keep(node, output) {
    const workflow = this.#workflows()?.activeWorkflow;
    if (!workflow) return;
    if (!this.#kept.has(workflow)) this.#kept.set(workflow, new Map());
    this.#kept.get(workflow).set(locator(node), output);
  }

  /** Return the last output of a node of the open workflow. @param {object} node @returns {object|undefined} */
  of(node) {
    return this.#kept.get(this.#workflows()?.activeWorkflow)?.get(locator(node));
  }

  /** Call `then` after a workflow is opened; never on pages without a workflow store. @param {() => void} then */
  onOpened(then) {
    this.#workflows()?.$onAction?.(({ name, after }) => {
      if (name === "openWorkflow") after(then);
    });
  }
}

/** Put style sheets on the page, each once. @param {...string} names addresses relative to the folder `web` */
function addStyle(...names) {
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

/**
 * Add a widget to all nodes of a class.
 * @param {{app: object, api: object}} page ComfyUI's
 * @param {object} what
 * @param {string} what.extension name of the extension
 * @param {string} what.comfyClass class of the nodes
 * @param {string} what.key of the node's output; not "images", which the page would show itself
 * @param {string} what.style the style sheet, relative to the folder `web`
 * @param {[number, number]} what.size least width of the node and least height of the widget, pixels
 * @param {number} what.above least height of what the node shows above the widget, pixels
 * @param {(node: object, say: import("../words/translate.mjs").Say) => View} what.make
 */
export function addNodeWidget({ app, api }, { extension, comfyClass, key, style, size: [width, height], above, make }) {
  /** The views of the existing nodes. @type {Map<object, View>} */
  const views = new Map();
  const results = new Results(app);
  const address = (file) => api.apiURL(`/view?${new URLSearchParams(file)}`);
  const fill = (view, output) => {
    const data = output?.[key]?.[0];
    if (data) view.load(data, address);
  };

  const equip = (node) => {
    const view = make(node, wordsOf(app));
    views.set(node, view);
    const options = { serialize: false, hideOnZoom: false, getMinHeight: () => height };
    const widget = node.addDOMWidget(key, `seamsync_${key}`, view.element, options);
    widget.serialize = false;
    // The properties panel shows widgets in its own width and leaves them so; without one they are as wide as the node.
    Object.defineProperty(widget, "width", { get: () => undefined, set: () => {}, configurable: true });
    keepNavigation(view.element, () => app.canvas);
    node.setSize?.([Math.max(node.size[0], width), Math.max(node.size[1], height + above)]);
    afterwards(node, "onExecuted", (output) => {
      results.keep(node, output);
      fill(view, output);
    });
    afterwards(node, "onRemoved", () => {
      views.delete(node);
      view.dispose();
    });
  };

  addStyle("widget/widget.css", style);
  app.registerExtension({
    name: extension,
    setup() {
      results.onOpened(() => views.forEach((view, node) => fill(view, results.of(node))));
    },
    nodeCreated(node) {
      if (node.comfyClass === comfyClass) equip(node);
    },
    onNodeOutputsUpdated(outputs) {
      views.forEach((view, node) => fill(view, outputs[locator(node)]));
    },
  });
}
