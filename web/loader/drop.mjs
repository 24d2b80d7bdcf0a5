// Drop and paste: files that land on a load node, or are pasted while it is selected, are loaded into it.
import { kindsOf, takenBy } from "./kinds.mjs";

/** Where an item of ComfyUI's own lists is described while it is dragged. */
const ITEM = "comfy/asset-info";

/**
 * @typedef {object} Taker what is done with what was dropped
 * @property {(node: object, file: File) => void} upload send a file and choose it
 * @property {(node: object, name: string) => void} choose choose a file that is on the server
 * @property {(node: object, address: string, name: string) => void} copy send a file that will not stay where it is
 */

/** Whether a drag may hold a file; browsers tell more only when it is dropped. @param {DragEvent} event */
function mayHoldFile({ dataTransfer }) {
  return [...(dataTransfer?.types ?? [])].some((type) => type === "Files" || type === "text/uri-list" || type === ITEM);
}

/**
 * What is dragged from a list or a preview of ComfyUI: the file on the server, and its address.
 * @param {DataTransfer} data
 * @returns {{filename: string, subfolder?: string, type?: string, address: string}|null}
 */
function fileOnServer(data) {
  const link = data.getData("text/uri-list").split("\n")[0].trim();
  try {
    const url = link ? new URL(link, location.href) : null;
    const address = url?.origin === location.origin ? url.href : "";
    const item = JSON.parse(data.getData(ITEM) || "null") ?? (address && Object.fromEntries(url.searchParams));
    return item?.filename ? { ...item, address } : null;
  } catch {
    return null;
  }
}

/**
 * Let a node take files that are dropped on it, in both renderers; everything else is left to the page.
 * @param {object} node
 * @param {Taker} taker
 */
export function takeDrops(node, taker) {
  const loadFile = (files) => {
    const [file] = takenBy(node, files);
    if (file) taker.upload(node, file);
    return Boolean(file);
  };
  node.onDragOver = mayHoldFile;
  node.onDragDrop = (event) => {
    if (loadFile(event.dataTransfer.files)) return true;
    const item = fileOnServer(event.dataTransfer);
    if (!item || !takenBy(node, [{ name: item.filename, type: "" }]).length) return false;
    const { filename, subfolder, type = "output", address } = item;
    const path = subfolder ? `${subfolder}/${filename}` : filename;
    if (type === "temp") taker.copy(node, address, filename);
    else taker.choose(node, type === "input" ? path : `${path} [${type}]`);
    return true;
  };
  node.pasteFiles = loadFile;
}

/**
 * Let what is dropped on an element of the node count as dropped on the node. In the classic view it covers the canvas.
 * @param {object} app ComfyUI's
 * @param {object} node
 * @param {HTMLElement} element
 */
export function passDrops(app, node, element) {
  element.addEventListener("dragover", (event) => {
    if (!mayHoldFile(event)) return;
    event.preventDefault();
    app.dragOverNode = node;
  });
}

/**
 * Load files pasted while a load node is selected into it. The page knows nodes of one kind of files alone, and would put a
 * node of its own beside ours.
 * @param {object} app ComfyUI's
 * @param {Taker} taker
 */
export function takePastes(app, taker) {
  const paste = (event) => {
    const selected = Object.values(app.canvas?.selected_nodes ?? {});
    if (selected.length !== 1 || !kindsOf(selected[0]).length || isText(event.target)) return;
    const [file] = takenBy(selected[0], event.clipboardData?.files ?? []);
    if (!file) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    taker.upload(selected[0], file);
  };
  document.addEventListener("paste", paste, { capture: true });
}

/** Whether an element takes text. @param {EventTarget} target */
function isText(target) {
  return target instanceof Element && target.closest("textarea, [contenteditable=true], input:not([type=range])") !== null;
}
