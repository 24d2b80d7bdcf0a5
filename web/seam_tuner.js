// Live seam tuning on Preview Composite in ComfyUI; Apply writes into the linked nodes' own widgets.
import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { addNodeWidget } from "./node_widget.mjs";
import { linkNew, sourceOf, writeBack } from "./tuner/links.mjs";
import { SeamTuner } from "./tuner/widget.mjs";

/** Inputs of the node, and the nodes whose settings they take. */
const roomsIn = (say) => ({
  mask: { type: "SeamSyncShapeMouthMask", label: say("Shape Mouth Mask") },
  color: { type: "SeamSyncMatchColor", label: say("Match Color") },
});

/** Write values into the nodes linked to `node`; see SeamTuner. */
function keep(node, say, values, used) {
  const [written, fed, missing, strange] = [[], [], [], []];
  for (const [room, { type, label }] of Object.entries(roomsIn(say))) {
    const source = sourceOf(node, room);
    if (!source) missing.push({ label, add: () => linkNew(node, room, globalThis.LiteGraph.createNode(type)) });
    else if (source.comfyClass !== type) strange.push(label);
    else {
      fed.push(...writeBack(source, values[room], used[room]));
      written.push(label);
    }
  }
  const listed = (names) => names.join(say(", "));
  const unlinked = missing.map(({ label }) => label);
  const sentences = [
    written.length && say("Written to {nodes}; run again to see the engine's own.", { nodes: written.join(say(" and ")) }),
    fed.length && say("Fed by links, so left alone: {names}.", { names: listed(fed) }),
    strange.length && say("Not from a node of ours: {nodes}.", { nodes: listed(strange) }),
    unlinked.length && say("Nothing linked for: {nodes}.", { nodes: listed(unlinked) }),
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
    make: (node, say) => new SeamTuner(say, (values, used) => keep(node, say, values, used)),
  },
);
