// The picture of the viewer: where a frame lies in its sheet and on the canvas, and how it is drawn. No state, no DOM.

/**
 * @typedef {[number, number, number, number]} Rect x, y, width, height
 * @typedef {{source: Rect, target: Rect}} Place a part of a frame's picture, and where on the canvas it goes
 */

/** Which sheet a frame is in, and its left top corner there. @returns {{sheet: number, x: number, y: number}} */
export function sheetPlace(index, { across, down, cell }) {
  const within = index % (across * down);
  return {
    sheet: Math.floor(index / (across * down)),
    x: (within % across) * cell[0],
    y: Math.floor(within / across) * cell[1],
  };
}

/**
 * The largest centred rectangle of the window's aspect on the canvas.
 * @param {Rect} window part of the frame's picture that is shown
 * @returns {Place}
 */
export function fit(window, width, height) {
  const scale = Math.min(width / window[2], height / window[3]);
  const size = [window[2] * scale, window[3] * scale];
  return { source: window, target: [(width - size[0]) / 2, (height - size[1]) / 2, ...size] };
}

/** Draw one frame of a sheet. @param {HTMLImageElement} sheet @param {Place} place */
export function drawCell(context, sheet, corner, { source, target }) {
  context.drawImage(sheet, corner.x + source[0], corner.y + source[1], source[2], source[3], ...target);
}

/** Call `draw` with all but a part of the canvas covered. @param {Rect} part */
export function clipped(context, part, draw) {
  context.save();
  context.beginPath();
  context.rect(...part);
  context.clip();
  draw();
  context.restore();
}

/** Dots at landmarks. @param {number[]} points x, y of each, in pixels of the frame's picture @param {Place} place */
export function drawLandmarks(context, points, { source, target }, color) {
  const scale = target[2] / source[2];
  const radius = Math.max(1.2, target[2] / 240);
  context.fillStyle = color;
  for (let k = 0; k < points.length; k += 2) {
    const x = target[0] + (points[k] - source[0]) * scale;
    const y = target[1] + (points[k + 1] - source[1]) * scale;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  }
}

/** The shown frame nearest to a frame of the clip: an index into `frames`, which ascend. */
export function nearest(frames, frame) {
  let low = 0;
  let high = frames.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (frames[middle] < frame) low = middle + 1;
    else high = middle;
  }
  return low > 0 && frame - frames[low - 1] <= frames[low] - frame ? low - 1 : low;
}

/** The last shown frame at or before a frame of the clip (the first where there is none): an index into `frames`. */
export function lastUpTo(frames, frame) {
  const near = nearest(frames, frame);
  return near > 0 && frames[near] > frame ? near - 1 : near;
}
