// Advanced inputs in the classic canvas: hidden until the node's button is pressed. Nodes 2.0 has a button of its own for them;
// the classic canvas knows such inputs too, but leaves their room empty, so they are hidden here.
import { app } from "../../scripts/app.js";
import { afterwards } from "./widget/element.mjs";
import { wordsOf } from "./words/translate.mjs";

/** Nodes 2.0's setting that shows all of them. */
const ALWAYS = "Comfy.Node.AlwaysShowAdvancedWidgets";

/** Say whether a widget's value comes through a link. @param {object} node @param {object} widget */
function linked(node, widget) {
  return node.inputs?.some((input) => input.widget?.name === widget.name && input.link != null);
}

/** Shows and hides the advanced widgets of a node. Nodes 2.0 takes no notice of it. */
class Advanced {
  #node;
  #widgets;
  #open = Boolean(app.extensionManager?.setting?.get(ALWAYS));

  /** @param {object} node @param {object[]} widgets its advanced ones */
  constructor(node, widgets) {
    this.#node = node;
    this.#widgets = widgets;
    const say = wordsOf(app);
    const button = node.addWidget("button", "more settings", null, () => this.#press(), { serialize: false, canvasOnly: true });
    const label = () => (this.#open ? say("fewer settings") : say("{count} more settings", { count: widgets.length }));
    button.serialize = false;
    Object.defineProperty(button, "label", { get: label, set: () => {}, configurable: true });
    this.#update();
    // A link must lead to a widget that is seen.
    for (const event of ["onConfigure", "onConnectionsChange"]) afterwards(node, event, () => this.#hide());
  }

  #press() {
    this.#open = !this.#open;
    this.#update();
  }

  #hide() {
    for (const widget of this.#widgets) widget.hidden = !this.#open && !linked(this.#node, widget);
  }

  /** Show what is to be seen; the node becomes higher or lower by as much. */
  #update() {
    const node = this.#node;
    const before = node.computeSize()[1];
    this.#hide();
    const least = node.computeSize()[1];
    node.setSize([node.size[0], Math.max(node.size[1] + least - before, least)]);
    node.setDirtyCanvas?.(true, true);
  }
}

app.registerExtension({
  name: "SeamSync.Advanced",
  nodeCreated(node) {
    const widgets = node.widgets?.filter((widget) => widget.options?.advanced) ?? [];
    if (node.comfyClass?.startsWith("SeamSync") && widgets.length) new Advanced(node, widgets);
  },
});
