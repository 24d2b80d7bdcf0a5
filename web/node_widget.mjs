// A DOM widget on a node of ours that shows what the node's run put out: made with the node, filled when the node has run,
// filled again when the page rebuilds its nodes (another workflow tab, a reload). Nothing of it is saved with the workflow.
import { keepNavigation } from "./node_navigation.mjs";
import { wordsOf } from "./words/translate.mjs";

/**
 * @typedef {object} View a widget's picture
 * @property {HTMLElement} element its root
 * @property {(data: object, address: (file: object) => string) => void} load show an output; the one that is shown stays
 * @property {() => void} dispose stop whatever goes on
 */

/** The name under which the page keeps a node's output: nodes in subgraphs have the subgraph's before their own. */
function locator(node) {
  return node.graph?.isRootGraph === false ? `${node.graph.id}:${node.id}` : String(node.id);
}

/**
 * The newest outputs by workflow and node. The page keeps them too, but frontends before 1.40 lose those of a run that was
 * done before the page knew that it had been queued, as runs answered from the cache are.
 */
class Results {
  #kept = new WeakMap();
  #workflows;

  constructor(app) {
    this.#workflows = () => app.extensionManager?.workflow;
  }

  /** Keep a node's output for the workflow that is open. */
  keep(node, output) {
    const workflow = this.#workflows()?.activeWorkflow;
    if (!workflow) return;
    if (!this.#kept.has(workflow)) this.#kept.set(workflow, new Map());
    this.#kept.get(workflow).set(locator(node), output);
  }

  /** What a node of the open workflow put out last. */
  of(node) {
    return this.#kept.get(this.#workflows()?.activeWorkflow)?.get(locator(node));
  }

  /** Call `then` whenever a workflow has been opened; pages without such a store never do. */
  onOpened(then) {
    this.#workflows()?.$onAction?.(({ name, after }) => {
      if (name === "openWorkflow") after(then);
    });
  }
}

/** Put style sheets of this folder on the page, each once. */
function addStyle(...names) {
  for (const name of names) {
    const { href } = new URL(name, import.meta.url);
    if (document.querySelector(`link[href="${href}"]`)) continue;
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
  }
}

/** Call `then` after a node's own method, with the same arguments. */
function afterwards(node, method, then) {
  const own = node[method];
  node[method] = function (...args) {
    own?.apply(this, args);
    then(...args);
  };
}

/**
 * Give all nodes of a class a widget.
 * @param {{app: object, api: object}} page ComfyUI's
 * @param {object} what
 * @param {string} what.extension name of the extension
 * @param {string} what.comfyClass class of the nodes
 * @param {string} what.key of the node's output; not "images", which the page would show itself
 * @param {string} what.style file name of the style sheet
 * @param {[number, number]} what.size least width of the node and least height of the widget, pixels
 * @param {number} what.above least height of what the node shows above the widget, pixels
 * @param {(node: object, say: import("./words/translate.mjs").Say) => View} what.make
 */
export function addNodeWidget({ app, api }, { extension, comfyClass, key, style, size: [width, height], above, make }) {
  /** The views of the nodes that are there. @type {Map<object, View>} */
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

  addStyle("./node_widget.css", style);
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
