// Live seam tuning on Preview Composite in ComfyUI; Apply writes into the linked nodes' own widgets.
import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { addNodeWidget } from "./widget/node.mjs";
import { linkNew, sourceOf, writeBack } from "./tuner/links.mjs";
import { SeamTuner } from "./tuner/widget.mjs";

/**
 * The inputs of the node, and the nodes that give their settings.
 * @param {import("./words/translate.mjs").Say} say
 */
const sourcesIn = (say) => ({
  mask: { type: "SeamSyncShapeMouthMask", label: say("Shape Mouth Mask") },
  color: { type: "SeamSyncMatchColor", label: say("Match Color") },
});

/**
 * Write values into the nodes linked to `node`.
 * @param {object} node the Preview Composite
 * @param {import("./words/translate.mjs").Say} say
 * @param {Record<string, Record<string, number>>} values by input and field
 * @param {Record<string, object>} used the settings of the last run, by input
 * @returns {{text: string, missing: {label: string, add: () => void}[]}} as SeamTuner takes it
 */
function apply(node, say, values, used) {
  const [written, fed, missing, strange] = [[], [], [], []];
  for (const [input, { type, label }] of Object.entries(sourcesIn(say))) {
    const source = sourceOf(node, input);
    if (!source) missing.push({ label, add: () => linkNew(node, input, globalThis.LiteGraph.createNode(type)) });
    else if (source.comfyClass !== type) strange.push(label);
    else {
      fed.push(...writeBack(source, values[input], used[input]));
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
    style: "tuner/tuner.css",
    size: [420, 480],
    above: 220,
    make: (node, say) => new SeamTuner(say, (values, used) => apply(node, say, values, used)),
  },
);
