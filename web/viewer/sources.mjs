// Finds the nodes that made what a viewer shows, and writes values into them.
import { linkNew, sourceOf, writeBack } from "../tuner/links.mjs";
import { widgetOf, write } from "../widget/values.mjs";

/** Class of the nodes that give a composite its settings, by its inputs. @type {Record<string, string>} */
const PARTS = {
  mask: "SeamSyncShapeMouthMask",
  temporal: "SeamSyncTemporalEMA",
  color: "SeamSyncMatchColor",
  blend: "SeamSyncSeamBlend",
};

/**
 * Write values into the nodes that made a result; a node that is missing is added and linked.
 * @param {object} viewer the node that shows the result
 * @param {Record<string, Record<string, any>>} changes values by part and input
 * @param {import("../words/translate.mjs").Say} say
 * @returns {string} what was done
 */
export function setAdvised(viewer, changes, say) {
  const maker = makerOf(viewer);
  if (!maker) return say("No composite is linked to the report here; set it by hand.");
  const named = new Set();
  for (const [part, values] of Object.entries(changes)) {
    const node = partOf(maker, part);
    if (!node || !Object.keys(values).some((name) => widgetOf(node, name))) continue;
    if ("preset" in values) write(node, values);
    else writeBack(node, values, {});
    named.add(node.title ?? node.type);
  }
  if (!named.size) return say("No composite is linked to the report here; set it by hand.");
  return say("Written to {nodes}; run again to see the engine's own.", { nodes: [...named].join(say(" and ")) });
}

/** The composite, or the Lip Sync node, whose report a viewer shows. */
function makerOf(viewer) {
  const node = sourceOf(viewer, "report") ?? sourceOf(viewer, "result");
  return "SeamSyncCompositeMouths".includes(node?.comfyClass) ? node : sourceOf(viewer, "result");
}

/** The node that holds the values of a part; a missing one is added. */
function partOf(maker, part) {
  if (maker.comfyClass === "SeamSyncLipSync") return maker;
  if (part === "mouths") return generatorOf(maker);
  if (maker.comfyClass !== "SeamSyncCompositeMouths") return null;
  const type = PARTS[part];
  const source = sourceOf(maker, part);
  if (source) return source.comfyClass === type ? source : null;
  const made = globalThis.LiteGraph.createNode(type);
  linkNew(maker, part, made);
  return made;
}

/** The node that generated the mouths of a composite, behind those that only change them. */
function generatorOf(composite) {
  let node = sourceOf(composite, "mouths");
  for (let k = 0; node && !widgetOf(node, "silence") && k < 8; k++) node = sourceOf(node, "mouths");
  return node && widgetOf(node, "silence") ? node : null;
}
