// Addresses of a file chosen in a load node, and what the server knows of it (nodes/routes.py).

/**
 * @param {object} api ComfyUI's
 * @param {"file"|"facts"|"waveform"|"thumbnail"} what
 * @param {Record<string, any>} values of the node: `file` and the tracks
 */
export function addressOf(api, what, { file, video_track = 0, audio_track = 0 }) {
  return api.apiURL(`/seamsync/${what}?${new URLSearchParams({ name: file, video_track, audio_track })}`);
}

/**
 * What the server knows of a file.
 * @param {string} address
 * @returns {Promise<object>}
 * @throws {Error} with the server's sentence
 */
export async function ask(address) {
  const answer = await fetch(address);
  const told = answer.ok ? await answer.json() : { error: `${answer.status} ${answer.statusText}` };
  if (told.error) throw new Error(told.error);
  return told;
}
