// Nodes 2.0 takes the pictures of a node with a VIDEO input for videos; these nodes show images.
import { app } from "../../scripts/app.js";

const NODES = new Set(["SeamSyncDetectFaceLandmarks", "SeamSyncPreviewComposite"]);

app.registerExtension({
  name: "SeamSync.Previews",
  nodeCreated(node) {
    if (NODES.has(node.comfyClass)) node.previewMediaType = "image";
  },
});
