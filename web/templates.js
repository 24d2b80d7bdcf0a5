// The order of our templates in the page's browser: by their names, which begin with numbers. The server lists them as its file
// system does.
import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";

/** The first of them, by which our list is known, whatever the pack's folder is called. */
const FIRST = "01 Quickstart";

app.registerExtension({
  name: "SeamSync.Templates",
  setup() {
    const own = api.getWorkflowTemplates;
    if (!own) return;
    api.getWorkflowTemplates = async function (...args) {
      const listed = await own.apply(this, args);
      for (const names of Object.values(listed)) if (names.includes?.(FIRST)) names.sort();
      return listed;
    };
  },
});
