// Which files the load nodes take.

/** Kinds of files by node class, as in MIME types. @type {Record<string, string[]>} */
const KINDS = {
  SeamSyncLoadFaceVideo: ["video", "image"],
  SeamSyncLoadSpeechAudio: ["audio", "video"],
};

/** Suffixes of files that some browsers know no type of. @type {Record<string, string>} */
const SUFFIXES = {
  video: "mp4 webm mkv mov m4v avi mts m2ts ts mpg mpeg wmv flv mxf",
  audio: "wav mp3 flac ogg oga opus m4a aac aiff aif wma ac3",
  image: "png jpg jpeg jfif webp gif bmp avif heic heif tif tiff",
};

/** Kinds of files that a node takes; none for other nodes. @param {object} node @returns {string[]} */
export function kindsOf(node) {
  return KINDS[node?.comfyClass] ?? [];
}

/** The files that a node takes, of a list. @param {object} node @param {Iterable<File>} files @returns {File[]} */
export function takenBy(node, files) {
  const kinds = kindsOf(node);
  return [...files].filter((file) => kinds.includes(kindOf(file)));
}

/** The value of `accept` for a dialog that opens files. @param {object} node */
export function acceptOf(node) {
  return kindsOf(node)
    .flatMap((kind) => [`${kind}/*`, ...SUFFIXES[kind].split(" ").map((suffix) => `.${suffix}`)])
    .join(",");
}

/** `video`, `audio`, `image`, or another kind. @param {File} file */
function kindOf({ name, type }) {
  if (/^(video|audio|image)\//.test(type)) return type === "image/svg+xml" ? "" : type.split("/")[0];
  const suffix = name.split(".").pop().toLowerCase();
  return Object.keys(SUFFIXES).find((kind) => SUFFIXES[kind].split(" ").includes(suffix)) ?? "";
}

/** Whether a name is that of a picture. @param {string} name as the node takes it */
export function isPicture(name) {
  return kindOf({ name: name.replace(/ \[\w+\]$/, ""), type: "" }) === "image";
}
