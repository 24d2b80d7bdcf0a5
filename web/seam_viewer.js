// The Seam Debug Viewer in ComfyUI; what it advises is written into the nodes that made the result.
import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { setAdvised } from "./viewer/sources.mjs";
import { addNodeWidget } from "./widget/node.mjs";
import { SeamViewer } from "./viewer/widget.mjs";
import { wordsOf } from "./words/translate.mjs";

const CLASS = "SeamSyncSeamDebugViewer";
/** The views of the existing nodes. @type {WeakMap<object, SeamViewer>} */
const views = new WeakMap();

addNodeWidget(
  { app, api },
  {
    extension: "SeamSync.SeamDebugViewer",
    comfyClass: CLASS,
    key: "seam_viewer",
    style: "viewer/viewer.css",
    size: [480, 600],
    above: 180,
    make: (node, say) => {
      const view = new SeamViewer(say, (changes) => setAdvised(node, changes, say));
      views.set(node, view);
      return view;
    },
  },
);

app.registerExtension({
  name: "SeamSync.Explain",
  getNodeMenuItems(node) {
    if (node.comfyClass !== CLASS) return [];
    const say = wordsOf(app);
    return [{ content: say("SeamSync: explain"), callback: () => views.get(node)?.explain() }];
  },
});
