// Live seam tuning on Preview Composite in ComfyUI: made with the node, filled when the node has run, filled again when the
// page rebuilds its nodes. Nothing of it is saved with the workflow; Apply writes into the linked nodes' own widgets.
import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { linkNew, sourceOf, writeBack } from "./tuner_links.mjs";
import { SeamTuner } from "./tuner_widget.mjs";

const NODE = "SeamSyncPreviewComposite";
/** Key of the node's output; "images" stay what the page shows itself. */
const KEY = "seam_tuner";
const WIDTH = 420;
const HEIGHT = 480;
/** Inputs of the node, and the nodes whose settings they take. */
const ROOMS = {
  mask: { type: "SeamSyncShapeMouthMask", label: "Shape Mouth Mask" },
  color: { type: "SeamSyncMatchColor", label: "Match Color" },
};

/** The tuners of the nodes that are there. @type {Map<object, SeamTuner>} */
const tuners = new Map();

const style = document.createElement("link");
style.rel = "stylesheet";
style.href = new URL("./tuner.css", import.meta.url).href;
document.head.append(style);

/** Address of a file that a node told of. @param {{filename: string, subfolder: string, type: string}} file */
const address = (file) => api.apiURL(`/view?${new URLSearchParams(file)}`);

/** Write values into the nodes linked to `node`; see SeamTuner. */
function keep(node, values, used) {
  const [written, fed, missing, strange] = [[], [], [], []];
  for (const [room, { type, label }] of Object.entries(ROOMS)) {
    const source = sourceOf(node, room);
    if (!source) missing.push({ label, add: () => linkNew(node, room, globalThis.LiteGraph.createNode(type)) });
    else if (source.comfyClass !== type) strange.push(label);
    else {
      fed.push(...writeBack(source, values[room], used[room]));
      written.push(label);
    }
  }
  const sentences = [
    written.length ? `Written to ${written.join(" and ")}; run again to see the engine's own.` : "",
    fed.length ? `Fed by links, so left alone: ${fed.join(", ")}.` : "",
    strange.length ? `Not from a node of ours: ${strange.join(", ")}.` : "",
    missing.length ? `Nothing linked for: ${missing.map(({ label }) => label).join(", ")}.` : "",
  ];
  return { text: sentences.filter(Boolean).join(" "), missing };
}

/** Show a node's output, if it is one of ours. */
function fill(tuner, output) {
  const data = output?.[KEY]?.[0];
  if (data) tuner.load(data, address);
}

/** The name under which the page keeps a node's output: nodes in subgraphs have the subgraph's before their own. */
function locator(node) {
  return node.graph?.isRootGraph === false ? `${node.graph.id}:${node.id}` : String(node.id);
}

/** Give a node its widget. */
function equip(node) {
  const tuner = new SeamTuner((values, used) => keep(node, values, used));
  tuners.set(node, tuner);
  node.previewMediaType = "image"; // Nodes 2.0 takes the previews of a node with a VIDEO input for videos
  const options = { serialize: false, hideOnZoom: false, getMinHeight: () => HEIGHT };
  const widget = node.addDOMWidget("tuner", "seamsync_tuner", tuner.element, options);
  widget.serialize = false;
  node.setSize?.([Math.max(node.size[0], WIDTH), Math.max(node.size[1], HEIGHT + 220)]);
  const { onExecuted, onRemoved } = node;
  node.onExecuted = function (output, ...rest) {
    onExecuted?.call(this, output, ...rest);
    fill(tuner, output);
  };
  node.onRemoved = function (...rest) {
    onRemoved?.apply(this, rest);
    tuners.delete(node);
    tuner.dispose();
  };
}

app.registerExtension({
  name: "SeamSync.SeamTuner",
  nodeCreated(node) {
    if (node.comfyClass === NODE) equip(node);
  },
  onNodeOutputsUpdated(outputs) {
    for (const [node, tuner] of tuners) fill(tuner, outputs[locator(node)]);
  },
});
