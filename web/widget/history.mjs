// What nodes showed last, from ComfyUI's history: after a reload, the page itself knows no outputs any more.

/** How many of the last runs are looked through. */
const RUNS = 32;

/**
 * The newest output with a key of each node of the open workflow, by the node's id. Nodes inside subgraphs are left out.
 * @param {{app: object, api: object}} page ComfyUI's
 * @param {string} key of the output
 * @returns {Promise<Map<string, object>>} empty where the server does not tell
 */
export async function lastOutputs({ app, api }, key) {
  const found = new Map();
  const workflow = app.graph?.id;
  if (!workflow) return found;
  const answer = await api.fetchApi(`/history?max_items=${RUNS}`).catch(() => null);
  if (!answer?.ok) return found;
  const runs = Object.values(await answer.json()).filter((run) => run.prompt?.[3]?.extra_pnginfo?.workflow?.id === workflow);
  runs.sort((one, other) => one.prompt[0] - other.prompt[0]); // by the number in the queue
  for (const { outputs } of runs) {
    for (const [id, output] of Object.entries(outputs ?? {})) if (output?.[key]) found.set(id, output);
  }
  return found;
}
