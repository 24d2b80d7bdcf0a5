// Presets of the seam's nodes: choosing one shows its values in the node's widgets, and changing a value makes the preset
// "custom" with the other values kept. So what the node shows is what is used.
import { app } from "../../scripts/app.js";
import { valueOf, watch, write } from "./widget/values.mjs";

/** Preset of the widgets' own values. */
const CUSTOM = "custom";
/** Values of every preset by input, by the class of the node. @type {Map<string, Record<string, Record<string, any>>>} */
const PRESETS = new Map();

/**
 * Link the preset of a node to its other widgets.
 * @param {object} node
 * @param {Record<string, Record<string, any>>} presets values of the node's inputs by preset
 */
function link(node, presets) {
  // While a node is made and while a preset's values are written, the widgets' callbacks are not the user's changes: a page
  // that loads a prompt writes all inputs, the preset first.
  let ours = true;
  const show = () => {
    ours = true;
    write(node, presets[valueOf(node, "preset")] ?? {});
    ours = false;
  };
  watch(node, "preset", () => ours || show());
  for (const name of Object.keys(Object.values(presets)[0])) {
    watch(node, name, () => ours || valueOf(node, "preset") === CUSTOM || write(node, { preset: CUSTOM }));
  }
  setTimeout(show);
}

app.registerExtension({
  name: "SeamSync.Presets",
  beforeRegisterNodeDef(_, { name, input }) {
    const values = input?.optional?.preset?.[1]?.seamsync_presets;
    if (values) PRESETS.set(name, values);
  },
  nodeCreated(node) {
    if (PRESETS.has(node.comfyClass)) link(node, PRESETS.get(node.comfyClass));
  },
});
