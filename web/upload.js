// An upload button for the speech file in the classic node view; the new one (Nodes 2.0) has its own.
import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";

const NODE = "SeamSyncLoadSpeechAudio";
const ACCEPT = "audio/*,video/*";

/** Send a file to ComfyUI's input folder and return the name to choose. */
async function upload(file) {
  const body = new FormData();
  body.append("image", file);
  const response = await api.fetchApi("/upload/image", { method: "POST", body });
  if (response.status !== 200) throw new Error(`upload failed: ${response.status} ${response.statusText}`);
  const { name, subfolder } = await response.json();
  return subfolder ? `${subfolder}/${name}` : name;
}

/** Let the user pick a file, upload it and choose it in the combo. */
function pick(combo) {
  const input = Object.assign(document.createElement("input"), { type: "file", accept: ACCEPT });
  input.onchange = async () => {
    const name = await upload(input.files[0]);
    if (!combo.options.values.includes(name)) combo.options.values.push(name);
    combo.value = name;
    combo.callback?.(name);
  };
  input.click();
}

app.registerExtension({
  name: "SeamSync.Upload",
  nodeCreated(node) {
    if (node.comfyClass !== NODE) return;
    const combo = node.widgets?.find((widget) => widget.name === "file");
    if (!combo) return;
    const options = { serialize: false, canvasOnly: true };
    const button = node.addWidget("button", "choose file to upload", null, () => pick(combo), options);
    button.serialize = false;
  },
});
