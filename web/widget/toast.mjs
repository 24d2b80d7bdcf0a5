// Short messages in a corner of ComfyUI's page.

/** Show a message. @param {object} app ComfyUI's @param {"error"|"info"} severity @param {string} detail */
export function toast(app, severity, detail) {
  app.extensionManager?.toast?.add({ severity, summary: "SeamSync", detail, life: 8000 });
}
