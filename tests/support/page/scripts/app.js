// Stand-in of ComfyUI's page: extensions, nodes with DOM widgets, the outputs of a run, and the workflow that would be saved.

class Widget {
  constructor(name, type, element, options) {
    Object.assign(this, { name, type, element, options, serialize: options.serialize });
  }

  get value() {
    return this.options.getValue?.() ?? "";
  }
}

class Node {
  constructor(id, comfyClass) {
    Object.assign(this, { id, comfyClass, size: [210, 80], widgets: [], graph: { isRootGraph: true }, properties: {}, dragged: 0 });
    this.element = Object.assign(document.createElement("div"), { className: "node" });
    this.element.addEventListener("pointerdown", () => (this.dragged += 1)); // what reaches the node would drag it
    document.body.append(this.element);
  }

  setSize(size) {
    this.size = size;
  }

  addWidget(type, name, value, callback, options = {}) {
    const widget = { type, name, value, callback, options };
    this.widgets.push(widget);
    return widget;
  }

  addDOMWidget(name, type, element, options) {
    const widget = new Widget(name, type, element, options);
    this.widgets.push(widget);
    this.element.append(element);
    return widget;
  }
}

/** The open workflow, and who wants to hear when another is opened; a Pinia store. */
class WorkflowStore {
  activeWorkflow = {};
  #listeners = [];

  $onAction(listener) {
    this.#listeners.push(listener);
  }

  openWorkflow(workflow) {
    const done = [];
    for (const listener of this.#listeners) listener({ name: "openWorkflow", args: [workflow], after: (then) => done.push(then) });
    this.activeWorkflow = workflow;
    for (const then of done) then();
  }
}

/** The user's settings. Tests set the language in the page's address: `?Comfy.Locale=ja`. */
const setting = { get: (name) => new URLSearchParams(location.search).get(name) ?? undefined };

export const app = {
  extensions: [],
  nodes: [],
  nodeOutputs: {},
  keys: [],
  /** What reaches the graph's canvas, by method. */
  canvas: Object.fromEntries(
    ["processMouseWheel", "processMouseDown", "processMouseMove", "processMouseUp"].map((name) => [name, () => app.moved.push(name)]),
  ),
  moved: [],
  extensionManager: { setting, workflow: new WorkflowStore(), toast: { add: ({ detail }) => app.toasts.push(detail) } },
  toasts: [],
  dragOverNode: null,

  registerExtension(extension) {
    this.extensions.push(extension);
    extension.setup?.(this);
  },

  /** A node as a workflow's opening makes it, with the values of its inputs. */
  addNode(id, comfyClass, values = {}) {
    const node = new Node(id, comfyClass);
    for (const [name, value] of Object.entries(values)) node.addWidget("any", name, value, null, { values: [value] });
    this.nodes.push(node);
    for (const extension of this.extensions) extension.nodeCreated?.(node, this);
    return node;
  },

  /** What a finished run does: the page keeps the output, unless it is `lost`, and tells the node. */
  executed(id, output, lost = false) {
    if (!lost) this.nodeOutputs[String(id)] = output;
    this.nodes.find((node) => node.id === id)?.onExecuted?.(output);
  },

  /** Another workflow tab and back: nodes are made anew, and the kept outputs are told of, if there are any. */
  switchTabs() {
    const { workflow } = this.extensionManager;
    const [old, here] = [this.nodes, workflow.activeWorkflow];
    workflow.openWorkflow({});
    this.nodes = [];
    for (const node of old) {
      node.onRemoved?.();
      node.element.remove();
    }
    for (const node of old) this.addNode(node.id, node.comfyClass);
    workflow.openWorkflow(here);
    if (!Object.keys(this.nodeOutputs).length) return;
    for (const extension of this.extensions) extension.onNodeOutputsUpdated?.(this.nodeOutputs);
  },

  /** A reload: nodes are made anew, and the page knows no outputs. */
  reload() {
    const old = this.nodes;
    this.nodes = [];
    this.nodeOutputs = {};
    this.extensionManager.workflow.activeWorkflow = {};
    for (const node of old) {
      node.onRemoved?.();
      node.element.remove();
    }
    for (const node of old) this.addNode(node.id, node.comfyClass);
    for (const extension of this.extensions) extension.afterConfigureGraph?.([], this);
  },

  /** The workflow as it would be saved. */
  serialize() {
    return this.nodes.map(({ id, comfyClass, size, properties, widgets }) => {
      const saved = widgets.filter((widget) => widget.serialize !== false);
      return { id, type: comfyClass, size, properties, widgets_values: saved.map((widget) => widget.value) };
    });
  },
};

window.addEventListener("keydown", (event) => app.keys.push(event.key)); // what reaches the page is a shortcut of its own
