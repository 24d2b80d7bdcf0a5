// Pictures and videos that the page itself shows on our nodes.
import { app } from "../../scripts/app.js";
import { afterwards, locatorOf } from "./widget/element.mjs";

/** What the nodes show. Nodes 2.0 takes the pictures of a node with a VIDEO input for videos. @type {Record<string, string>} */
const MEDIA = {
  SeamSyncDetectFaceLandmarks: "image",
  SeamSyncPreviewComposite: "image",
  SeamSyncCompositeMouths: "video",
};

/**
 * Take the thumbnails away that a node showed while it ran: pages show them beside its result, or in the place of it. The page
 * has no call for it, so its store is asked, where there is one.
 * @param {object} node
 */
function dropThumbnails(node) {
  const stores = app.extensionManager?._p?._s;
  stores?.get("nodeOutput")?.revokePreviewsByLocatorId?.(locatorOf(node));
}

app.registerExtension({
  name: "SeamSync.Previews",
  nodeCreated(node) {
    if (!(node.comfyClass in MEDIA)) return;
    node.previewMediaType = MEDIA[node.comfyClass];
    afterwards(node, "onExecuted", (output) => {
      if (output?.images) dropThumbnails(node);
    });
  },
});
