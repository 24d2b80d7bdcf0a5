// Adds a DOM widget that shows a node's output. It is filled when the node has run, and again when the page rebuilds its
// nodes (another workflow tab; a reload, from the server's history). The workflow saves nothing of it.
import { addElement, addStyle, afterwards, locatorOf } from "./element.mjs";
import { lastOutputs } from "./history.mjs";
import { wordsOf } from "../words/translate.mjs";

/**
 * @typedef {object} View what the widget shows
 * @property {HTMLElement} element its root
 * @property {(data: object, address: (file: object) => string) => void} load show an output; do nothing if it is shown already
 * @property {() => void} dispose stop and free resources
 */

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
    this.#kept.get(workflow).set(locatorOf(node), output);
  }

  /** Return the last output of a node of the open workflow. @param {object} node @returns {object|undefined} */
  of(node) {
    return this.#kept.get(this.#workflows()?.activeWorkflow)?.get(locatorOf(node));
  }

  /** Call `then` after a workflow is opened; never on pages without a workflow store. @param {() => void} then */
  onOpened(then) {
    this.#workflows()?.$onAction?.(({ name, after }) => {
      if (name === "openWorkflow") after(then);
    });
  }
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
  /** Nodes whose view shows an output. @type {WeakSet<object>} */
  const filled = new WeakSet();
  const fill = (node, view, output) => {
    const data = output?.[key]?.[0];
    if (!data) return;
    filled.add(node);
    view.load(data, address);
  };

  /** Views that show nothing yet, with their nodes; nodes in subgraphs aside. */
  const empty = () => [...views].filter(([node]) => node.graph?.isRootGraph !== false && !filled.has(node));
  const fillFromHistory = async () => {
    if (!empty().length) return;
    const outputs = await lastOutputs({ app, api }, key);
    for (const [node, view] of empty()) fill(node, view, outputs.get(String(node.id)));
  };

  const equip = (node) => {
    const view = make(node, wordsOf(app));
    views.set(node, view);
    addElement(app, node, key, view.element, height);
    node.setSize?.([Math.max(node.size[0], width), Math.max(node.size[1], height + above)]);
    afterwards(node, "onExecuted", (output) => {
      results.keep(node, output);
      fill(node, view, output);
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
      results.onOpened(() => views.forEach((view, node) => fill(node, view, results.of(node))));
    },
    nodeCreated(node) {
      if (node.comfyClass === comfyClass) equip(node);
    },
    afterConfigureGraph() {
      setTimeout(fillFromHistory); // the page tells of the outputs that it has first
    },
    onNodeOutputsUpdated(outputs) {
      views.forEach((view, node) => fill(node, view, outputs[locatorOf(node)]));
    },
  });
}
