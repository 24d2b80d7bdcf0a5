// An upload button for the loaders in the classic node view; the new one (Nodes 2.0) has its own. It is not saved with the
// graph, so that inputs can be appended to the nodes later without moving the saved values.
import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { wordsOf } from "./words/translate.mjs";

/** File types of each loader. @type {Record<string, string>} */
const ACCEPT = {
  SeamSyncLoadSpeechAudio: "audio/*,video/*",
  SeamSyncLoadFaceVideo: "video/*,image/*",
};

/** Send a file to ComfyUI's input folder. @param {File} file @returns {Promise<string>} its name in the loader's list */
async function upload(file) {
  const body = new FormData();
  body.append("image", file);
  const response = await api.fetchApi("/upload/image", { method: "POST", body });
  if (response.status !== 200) throw new Error(`${response.status} ${response.statusText}`);
  const { name, subfolder } = await response.json();
  return subfolder ? `${subfolder}/${name}` : name;
}

/** Let the user pick a file, upload it and select it in the combo. @param {object} combo the widget @param {string} accept */
function pick(combo, accept) {
  const input = Object.assign(document.createElement("input"), { type: "file", accept });
  input.onchange = async () => {
    try {
      const name = await upload(input.files[0]);
      if (!combo.options.values.includes(name)) combo.options.values.push(name);
      combo.value = name;
      combo.callback?.(name);
    } catch (error) {
      const say = wordsOf(app);
      const detail = say("upload failed: {why}", { why: error.message });
      app.extensionManager.toast.add({ severity: "error", summary: "SeamSync", detail });
    }
  };
  input.click();
}

app.registerExtension({
  name: "SeamSync.Upload",
  nodeCreated(node) {
    const accept = ACCEPT[node.comfyClass];
    const combo = node.widgets?.find((widget) => widget.name === "file");
    if (!accept || !combo) return;
    const say = wordsOf(app);
    const options = { serialize: false, canvasOnly: true };
    const button = node.addWidget("button", "choose file to upload", null, () => pick(combo, accept), options);
    button.label = say("choose file to upload");
    button.serialize = false;
  },
});
