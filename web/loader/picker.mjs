// Thumbnails in the list of files that Nodes 2.0 shows: it takes every file of Load Face Video for a video of the input folder,
// so samples and still pictures would stay black.
import { isPicture } from "./kinds.mjs";
import { addressOf } from "./source.mjs";

/** Beginning of the names of the bundled samples. */
const SAMPLE = "[sample] ";

/**
 * Show a picture in the place of a video that could not be loaded.
 * @param {object} api ComfyUI's
 */
export function mendThumbnails(api) {
  const mend = ({ target }) => {
    if (!(target instanceof HTMLVideoElement || target instanceof HTMLImageElement)) return;
    const address = new URL(target.currentSrc || target.getAttribute("src") || "", location.href);
    const file = address.pathname.endsWith("/view") ? (address.searchParams.get("filename") ?? "") : "";
    if (!file.startsWith(SAMPLE) && !isPicture(file)) return;
    const subfolder = address.searchParams.get("subfolder");
    const picture = addressOf(api, "thumbnail", { file: subfolder ? `${subfolder}/${file}` : file });
    if (target instanceof HTMLVideoElement) target.poster = picture;
    else if (file.startsWith(SAMPLE)) target.src = picture;
  };
  document.addEventListener("error", mend, { capture: true }); // such events do not bubble
}
