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

  addDOMWidget(name, type, element, options) {
    const widget = new Widget(name, type, element, options);
    this.widgets.push(widget);
    this.element.append(element);
    return widget;
  }
}

export const app = {
  extensions: [],
  nodes: [],
  nodeOutputs: {},
  keys: [],

  registerExtension(extension) {
    this.extensions.push(extension);
  },

  /** A node as a workflow's opening makes it. */
  addNode(id, comfyClass) {
    const node = new Node(id, comfyClass);
    this.nodes.push(node);
    for (const extension of this.extensions) extension.nodeCreated?.(node, this);
    return node;
  },

  /** What a finished run does: the page keeps the output and tells the node. */
  executed(id, output) {
    this.nodeOutputs[String(id)] = output;
    this.nodes.find((node) => node.id === id)?.onExecuted?.(output);
  },

  /** Another workflow tab and back: nodes are made anew, and the kept outputs are told of. */
  switchTabs() {
    const old = this.nodes;
    this.nodes = [];
    for (const node of old) {
      node.onRemoved?.();
      node.element.remove();
    }
    for (const node of old) this.addNode(node.id, node.comfyClass);
    for (const extension of this.extensions) extension.onNodeOutputsUpdated?.(this.nodeOutputs);
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
