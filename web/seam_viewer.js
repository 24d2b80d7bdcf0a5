// The Seam Debug Viewer in ComfyUI.
import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { addNodeWidget } from "./widget/node.mjs";
import { SeamViewer } from "./viewer/widget.mjs";

addNodeWidget(
  { app, api },
  {
    extension: "SeamSync.SeamDebugViewer",
    comfyClass: "SeamSyncSeamDebugViewer",
    key: "seam_viewer",
    style: "viewer/viewer.css",
    size: [480, 600],
    above: 180,
    make: (_, say) => new SeamViewer(say),
  },
);
