// Colours of our nodes and links: a node's by its stage, as long as the user gives it no other; a link's by its type.
import { app } from "../../scripts/app.js";

/** Names of the page's own node colours, by the last part of a node's category. @type {Record<string, string>} */
const STAGES = { load: "blue", track: "cyan", generate: "purple", seam: "green", prove: "brown" };
/** Colours of links and slots, light enough for a dark canvas and dark enough for a light one. @type {Record<string, string>} */
const LINKS = {
  SEAMSYNC_FACE_TRACK: "#2bb3c0",
  SEAMSYNC_LIPSYNC_MODEL: "#9c7bd6",
  SEAMSYNC_MOUTHS: "#e0608f",
  SEAMSYNC_MOUTH_MASK: "#6fae5c",
  SEAMSYNC_SEAM_TEMPORAL: "#c9a227",
  SEAMSYNC_COLOR_MATCH: "#e08a3c",
  SEAMSYNC_SEAM_BLEND: "#5b8def",
  SEAMSYNC_SEAM_REPORT: "#b58863",
};
/** Stage of each class of ours. @type {Map<string, string>} */
const STAGE_OF = new Map();

/**
 * Set the colour of a type in a table of the page, which palettes empty whenever one is chosen; their own colour for it holds.
 * @param {Record<string, string>|undefined} table @param {string} type @param {string} color
 */
function keep(table, type, color) {
  if (!table) return;
  let own = "";
  const get = () => own || color;
  Object.defineProperty(table, type, { get, set: (value) => (own = value), enumerable: true, configurable: true });
}

/** Nodes 2.0 takes the colours of slots from style sheets. */
function addStyle() {
  const lines = Object.entries(LINKS).map(([type, color]) => `--color-datatype-${type}: ${color};`);
  document.head.append(Object.assign(document.createElement("style"), { textContent: `:root { ${lines.join(" ")} }` }));
}

app.registerExtension({
  name: "SeamSync.Colors",
  setup() {
    addStyle();
    for (const [type, color] of Object.entries(LINKS)) {
      keep(app.canvas?.default_connection_color_byType, type, color);
      keep(app.canvas?.constructor?.link_type_colors, type, color);
    }
  },
  beforeRegisterNodeDef(_, { name, category = "" }) {
    const [pack, stage] = category.split("/");
    if (pack === "SeamSync" && stage in STAGES) STAGE_OF.set(name, stage);
  },
  nodeCreated(node) {
    const colors = app.canvas?.constructor?.node_colors?.[STAGES[STAGE_OF.get(node.comfyClass)]];
    if (colors && !node.color) Object.assign(node, { color: colors.color, bgcolor: colors.bgcolor });
  },
});
