// The load nodes on ComfyUI's page: files dropped on them, pasted or chosen are uploaded and loaded, and what was chosen is shown.
// Nothing of it is saved with the graph, so that inputs can be appended to the nodes later without moving the saved values.
import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import "./advanced.js"; // first, so that its button stands over the preview
import { passDrops, takeDrops, takePastes } from "./loader/drop.mjs";
import { acceptOf, kindsOf } from "./loader/kinds.mjs";
import { mendThumbnails } from "./loader/picker.mjs";
import { ClipPlayer } from "./loader/player.mjs";
import { addressOf } from "./loader/source.mjs";
import { choose, copyTo, uploadTo } from "./loader/upload.mjs";
import { watchValues } from "./loader/watch.mjs";
import { SpeechPreview } from "./loader/waveform.mjs";
import { addElement, addStyle, afterwards } from "./widget/element.mjs";
import { wordsOf } from "./words/translate.mjs";

/** What shows the chosen file, the least height of it, and the values that it follows, by node class. */
const PREVIEWS = {
  SeamSyncLoadFaceVideo: {
    View: ClipPlayer,
    height: 236,
    values: ["file", "start", "duration", "frame_rate", "length", "loop", "skip_frames", "every_nth", "frame_cap", "video_track"],
  },
  SeamSyncLoadSpeechAudio: {
    View: SpeechPreview,
    height: 104,
    values: ["file", "start", "duration", "offset", "loudness", "audio_track"],
  },
};

const page = { app, api };
/** @type {import("./loader/drop.mjs").Taker} */
const taker = {
  upload: (node, file) => uploadTo(page, node, file, wordsOf(app)),
  choose: (node, name) => choose(app, node, name),
  copy: (node, address, name) => copyTo(page, node, address, name, wordsOf(app)),
};

/** Let the user pick a file for a node. @param {object} node */
function pick(node) {
  const input = Object.assign(document.createElement("input"), { type: "file", accept: acceptOf(node) });
  input.onchange = () => taker.upload(node, input.files[0]);
  input.click();
}

/** Add a button in the classic view; Nodes 2.0 has its own. @param {object} node @param {import("./words/translate.mjs").Say} say */
function addButton(node, say) {
  const options = { serialize: false, canvasOnly: true };
  const button = node.addWidget("button", "choose file to upload", null, () => pick(node), options);
  button.label = say("choose file to upload");
  button.serialize = false;
}

/** Show the chosen file on the node. @param {object} node @param {import("./words/translate.mjs").Say} say */
function addPreview(node, say) {
  const { View, height, values } = PREVIEWS[node.comfyClass];
  const view = new View(say, (what, of) => addressOf(api, what, of));
  addElement(app, node, "file_preview", view.element, height);
  passDrops(app, node, view.element);
  const stop = watchValues(node, values, (...now) => view.show(...now));
  afterwards(node, "onRemoved", () => {
    stop();
    view.dispose();
  });
  const [width, least] = node.computeSize?.() ?? node.size;
  node.setSize?.([Math.max(node.size[0], width), Math.max(node.size[1], least)]);
}

addStyle("widget/widget.css", "loader/loader.css");
app.registerExtension({
  name: "SeamSync.Loaders",
  setup() {
    takePastes(app, taker);
    mendThumbnails(api);
  },
  nodeCreated(node) {
    if (!kindsOf(node).length || !node.widgets?.some((widget) => widget.name === "file")) return;
    const say = wordsOf(app);
    addButton(node, say);
    takeDrops(node, taker);
    addPreview(node, say);
  },
});
