// The Seam Debug Viewer's widget in ComfyUI: made with the node, filled when the node has run, filled again when the page
// rebuilds its nodes (another workflow tab, a reload). Nothing of it is saved with the workflow.
import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { SeamViewer } from "./viewer_widget.mjs";

const NODE = "SeamSyncSeamDebugViewer";
/** Key of the node's output; not "images", which the page would show itself. */
const KEY = "seam_viewer";
const WIDTH = 480;
const HEIGHT = 600;

/** The viewers of the nodes that are there. @type {Map<object, SeamViewer>} */
const viewers = new Map();

const style = document.createElement("link");
style.rel = "stylesheet";
style.href = new URL("./viewer.css", import.meta.url).href;
document.head.append(style);

/** Address of a file that a node told of. @param {{filename: string, subfolder: string, type: string}} file */
const address = (file) => api.apiURL(`/view?${new URLSearchParams(file)}`);

/** Show what a node's output names, if it is one of ours. */
function fill(viewer, output) {
  const file = output?.[KEY]?.[0];
  if (file) viewer.load(file, address);
}

/** The name under which the page keeps a node's output: nodes in subgraphs have the subgraph's before their own. */
function locator(node) {
  return node.graph?.isRootGraph === false ? `${node.graph.id}:${node.id}` : String(node.id);
}

/** Give a node its widget. */
function equip(node) {
  const viewer = new SeamViewer();
  viewers.set(node, viewer);
  const options = { serialize: false, hideOnZoom: false, getMinHeight: () => HEIGHT };
  const widget = node.addDOMWidget("viewer", "seamsync_viewer", viewer.element, options);
  widget.serialize = false;
  node.setSize?.([Math.max(node.size[0], WIDTH), Math.max(node.size[1], HEIGHT + 120)]);
  const { onExecuted, onRemoved } = node;
  node.onExecuted = function (output, ...rest) {
    onExecuted?.call(this, output, ...rest);
    fill(viewer, output);
  };
  node.onRemoved = function (...rest) {
    onRemoved?.apply(this, rest);
    viewers.delete(node);
    viewer.dispose();
  };
}

app.registerExtension({
  name: "SeamSync.SeamDebugViewer",
  nodeCreated(node) {
    if (node.comfyClass === NODE) equip(node);
  },
  onNodeOutputsUpdated(outputs) {
    for (const [node, viewer] of viewers) fill(viewer, outputs[locator(node)]);
  },
});
