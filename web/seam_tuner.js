// Live seam tuning on Preview Composite in ComfyUI; Apply writes into the linked nodes' own widgets.
import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { addNodeWidget } from "./node_widget.mjs";
import { linkNew, sourceOf, writeBack } from "./tuner_links.mjs";
import { SeamTuner } from "./tuner_widget.mjs";

/** Inputs of the node, and the nodes whose settings they take. */
const ROOMS = {
  mask: { type: "SeamSyncShapeMouthMask", label: "Shape Mouth Mask" },
  color: { type: "SeamSyncMatchColor", label: "Match Color" },
};

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

addNodeWidget(
  { app, api },
  {
    extension: "SeamSync.SeamTuner",
    comfyClass: "SeamSyncPreviewComposite",
    key: "seam_tuner",
    style: "./tuner.css",
    size: [420, 480],
    above: 220,
    make: (node) => new SeamTuner((values, used) => keep(node, values, used)),
  },
);
