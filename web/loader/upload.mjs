// Sends files to ComfyUI's input folder and chooses them in a load node.
import { toast } from "../widget/toast.mjs";

/** A picture copied in another program has this name; ComfyUI keeps such pictures in a folder of their own. */
const COPIED = "image.png";

/**
 * Send a file to the input folder.
 * @param {object} api ComfyUI's
 * @param {File} file
 * @returns {Promise<string>} its name in the node
 */
async function upload(api, file) {
  const body = new FormData();
  body.append("image", file);
  if (file.name === COPIED) body.append("subfolder", "pasted");
  const response = await api.fetchApi("/upload/image", { method: "POST", body });
  if (response.status === 413) throw new Error("too large");
  if (response.status !== 200) throw new Error(`${response.status} ${response.statusText}`);
  const { name, subfolder } = await response.json();
  return subfolder ? `${subfolder}/${name}` : name;
}

/** Which upload of a node is the newest; one that ends after another choice chooses nothing. @type {WeakMap<object, File>} */
const newest = new WeakMap();

/** Choose a file in a node. @param {object} app ComfyUI's @param {object} node @param {string} name as the node takes it */
export function choose(app, node, name) {
  newest.delete(node);
  const combo = node.widgets.find((widget) => widget.name === "file");
  const { values } = combo.options;
  if (Array.isArray(values) && !values.includes(name)) values.push(name);
  const before = combo.value;
  combo.value = name;
  combo.callback?.(name);
  node.onWidgetChanged?.("file", name, before, combo);
  node.graph?.setDirtyCanvas?.(true, true);
  const tracker = app.extensionManager?.workflow?.activeWorkflow?.changeTracker;
  (tracker?.captureCanvasState ?? tracker?.checkState)?.call(tracker); // one step for undo
}

/**
 * Send a file and choose it in a node; where that fails, say why.
 * @param {{app: object, api: object}} page ComfyUI's
 * @param {object} node
 * @param {File} file
 * @param {import("../words/translate.mjs").Say} say
 */
export async function uploadTo({ app, api }, node, file, say) {
  newest.set(node, file);
  node.isUploading = true;
  try {
    const name = await upload(api, file);
    if (newest.get(node) === file) choose(app, node, name);
  } catch (error) {
    const why =
      error.message === "too large"
        ? say("{name} is larger than ComfyUI takes; start it with a larger --max-upload-size, or copy the file into its input folder", file)
        : say("upload failed: {why}", { why: error.message });
    toast(app, "error", why);
  } finally {
    node.isUploading = newest.has(node) && newest.get(node) !== file;
  }
}

/**
 * Send a file that the server shows under an address, and choose it in a node.
 * @param {{app: object, api: object}} page ComfyUI's
 * @param {object} node
 * @param {string} address
 * @param {string} name of the file
 * @param {import("../words/translate.mjs").Say} say
 */
export async function copyTo(page, node, address, name, say) {
  const answer = address ? await fetch(address) : null;
  if (answer?.ok) await uploadTo(page, node, new File([await answer.blob()], name), say);
  else toast(page.app, "error", say("upload failed: {why}", { why: answer?.statusText ?? name }));
}
