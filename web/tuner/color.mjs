// The colour match of one frame: maps the patch's skin to the target's, as in blending/match/color.py and
// blending/matching.py. The engine's constants come with the frame (`frame.engine`).
import { labOf } from "./lab.mjs";
import { IDENTITY, inverse, mapped, ofEigenvalues, product, times } from "./matrix.mjs";

/**
 * An affine map of the patch's colours, `matrix · x + offset`.
 * @typedef {object} ColorMap
 * @property {number[][]} matrix rows of 3
 * @property {number[]} offset 3
 * @property {boolean} lab whether x is Lab; else it is RGB
 */

/** The identity. @type {ColorMap} */
export const UNCHANGED = { matrix: IDENTITY, offset: [0, 0, 0], lab: false };

/**
 * Compute the map that the engine would use with this alpha.
 * @param {import("./frame.mjs").Frame} frame
 * @param {object} color the fields of ColorMatch
 * @param {Float32Array} alpha of the region
 * @param {import("./outline.mjs").Region} box
 * @returns {ColorMap}
 */
export function colorMap(frame, color, alpha, box) {
  if (color.method === "none" || color.strength === 0) return UNCHANGED;
  const lab = color.space === "lab";
  const constants = frame.engine.color;
  const basis = color.space === "ycbcr" ? constants.ycbcr : IDENTITY;
  const scale = constants.fullScale[color.space];
  const cells = reduced(frame, alpha, box, (rgb) => (lab ? labOf(rgb, frame.engine.lab) : times(basis, rgb)));
  const weight = weights(cells, color.sample_region, constants);
  if (!weight) return UNCHANGED;
  leaveOutOutliers(cells, weight, scale, constants);
  const [target, patch] = [moments(cells.target, weight), moments(cells.patch, weight)];
  const floor = (constants.deviationFloor * scale) ** 2;
  const regularized = (matrix) => mapped(matrix, (value, row, column) => value + (row === column ? floor : 0));
  const wish = gainOf(color, regularized(target.covariance), regularized(patch.covariance));
  const gain = mapped(wish, (value, row, column) => IDENTITY[row][column] * (1 - color.strength) + color.strength * value);
  const limit = color.shift_clamp * scale;
  const pulled = times(gain, patch.mean);
  const offset = patch.mean.map((mean, channel) => {
    const shift = Math.min(Math.max(target.mean[channel] - mean, -limit), limit);
    return mean + color.strength * shift - pulled[channel];
  });
  const back = inverse(basis);
  return { matrix: product(back, gain, basis), offset: times(back, offset), lab };
}

/**
 * Return the gain that turns one covariance into another, within the clamp.
 * @param {object} color the fields of ColorMatch
 * @param {number[][]} wanted covariance of the target
 * @param {number[][]} given covariance of the patch
 * @returns {number[][]}
 */
function gainOf(color, wanted, given) {
  if (color.method === "mean") return IDENTITY;
  const most = 1 + color.gain_clamp;
  const kept = (value) => Math.min(Math.max(value, 1 / most), most);
  if (color.method !== "covariance") {
    return mapped(IDENTITY, (one, row) => one * kept(Math.sqrt(wanted[row][row] / given[row][row])));
  }
  const [root, back] = [ofEigenvalues(given, Math.sqrt), ofEigenvalues(given, (value) => value ** -0.5)];
  return ofEigenvalues(product(back, ofEigenvalues(product(root, wanted, root), Math.sqrt), back), kept);
}

/**
 * The region averaged over squares of pixels, one entry a square; colours in the match's space.
 * @typedef {object} Cells
 * @property {number} count
 * @property {Float32Array} alpha @property {Float32Array} skin 0…1
 * @property {Float64Array} target @property {Float64Array} patch [count · 3]
 */

/**
 * Average the region over squares, as many as the statistics need.
 * @param {import("./frame.mjs").Frame} frame
 * @param {Float32Array} alpha
 * @param {import("./outline.mjs").Region} box
 * @param {(rgb: number[]) => number[]} inSpace
 * @returns {Cells}
 */
function reduced(frame, alpha, box, inSpace) {
  const [width, height] = [box.x1 - box.x0, box.y1 - box.y0];
  let step = 1;
  while (width * height > frame.engine.color.pixels * step * step) step *= 2;
  const [columns, rows] = [Math.floor(width / step), Math.floor(height / step)];
  const [skin, count] = [skinWeight(frame, box), columns * rows];
  const cells = { count, alpha: new Float32Array(count), skin: new Float32Array(count) };
  cells.target = new Float64Array(3 * count);
  cells.patch = new Float64Array(3 * count);
  for (let y = 0; y < rows * step; y++) {
    for (let x = 0; x < columns * step; x++) {
      const cell = Math.floor(y / step) * columns + Math.floor(x / step);
      const [here, there] = [y * width + x, 3 * ((y + box.y0) * frame.size[0] + x + box.x0)];
      cells.alpha[cell] += alpha[here];
      cells.skin[cell] += skin[here];
      for (let channel = 0; channel < 3; channel++) {
        cells.target[3 * cell + channel] += frame.target[there + channel];
        cells.patch[3 * cell + channel] += frame.patch[there + channel];
      }
    }
  }
  for (const values of [cells.alpha, cells.skin, cells.target, cells.patch]) {
    for (let i = 0; i < values.length; i++) values[i] /= step * step;
  }
  for (const values of [cells.target, cells.patch]) {
    for (let i = 0; i < values.length; i += 3) values.set(inSpace(values.slice(i, i + 3)), i);
  }
  return cells;
}

/**
 * Mark skin: everything but the enlarged lips of both faces.
 * @param {import("./frame.mjs").Frame} frame
 * @param {import("./outline.mjs").Region} box
 * @returns {Uint8Array} 1 on skin, else 0; row by row
 */
function skinWeight(frame, box) {
  const [width, height] = [box.x1 - box.x0, box.y1 - box.y0];
  const { lipsGrown } = frame.engine.color;
  const skin = new Uint8Array(width * height).fill(1);
  for (const ring of frame.lips) {
    const centre = [0, 1].map((axis) => ring.reduce((sum, point) => sum + point[axis], 0) / ring.length);
    const grown = ring.map((point) => point.map((part, axis) => centre[axis] + lipsGrown * (part - centre[axis])));
    for (let row = 0; row < height; row++) {
      const crossings = crossed(grown, row + box.y0 + 0.5);
      for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
        const [start, stop] = [crossings[pair], crossings[pair + 1]].map((x) =>
          Math.min(Math.max(Math.ceil(x - box.x0 - 0.5), 0), width),
        );
        skin.fill(0, row * width + start, row * width + stop);
      }
    }
  }
  return skin;
}

/**
 * Find where a polygon's edges cross a row.
 * @param {number[][]} points
 * @param {number} y
 * @returns {number[]} x, from left to right
 */
function crossed(points, y) {
  const found = [];
  points.forEach(([x1, y1], index) => {
    const [x2, y2] = points[(index + 1) % points.length];
    if (y1 > y !== y2 > y) found.push(x1 + ((y - y1) * (x2 - x1)) / (y2 - y1));
  });
  return found.sort((a, b) => a - b);
}

/**
 * Weigh the cells on skin: the inside by alpha, the ring by 4 · alpha · (1 − alpha).
 * @param {Cells} cells
 * @param {string} statistics what counts: "inside", "ring" or "both"
 * @param {import("./frame.mjs").ColorConstants} constants
 * @returns {Float64Array|null} one weight a cell; null where too little skin is seen
 */
function weights({ alpha, skin, count }, statistics, constants) {
  const parts = [new Float64Array(count), new Float64Array(count)];
  const total = [0, 0];
  for (let i = 0; i < count; i++) {
    parts[0][i] = skin[i] > constants.skin ? alpha[i] : 0;
    parts[1][i] = 4 * parts[0][i] * (1 - alpha[i]);
    total[0] += parts[0][i];
    total[1] += parts[1][i];
  }
  if (total[0] < constants.enough) return null;
  const share = constants.shares[statistics].map((part, which) => (total[which] >= constants.enough ? part : 0));
  if (share[0] + share[1] === 0) share[0] = 1;
  return parts[0].map((inside, i) =>
    [inside, parts[1][i]].reduce((sum, part, which) => sum + (part * share[which]) / Math.max(total[which], 1), 0),
  );
}

/**
 * Set the weight to 0 where patch and target differ far more than elsewhere, as at a hand in front of the mouth.
 * @param {Cells} cells
 * @param {Float64Array} weight changed in place
 * @param {number} scale full scale of the colour space
 * @param {import("./frame.mjs").ColorConstants} constants
 */
function leaveOutOutliers({ target, patch, count }, weight, scale, constants) {
  const seen = weight.map((value) => (value > 0 ? 1 : 0));
  for (let channel = 0; channel < 3; channel++) {
    const differs = Float64Array.from({ length: count }, (_, i) => target[3 * i + channel] - patch[3 * i + channel]);
    const some = differs.filter((_, i) => i % constants.medianStride === 0 && seen[i]);
    const middle = median(some);
    const deviation = constants.deviationOfMad * median(some.map((value) => Math.abs(value - middle)));
    const limit = Math.max(constants.outlier * deviation, constants.alike * scale);
    differs.forEach((value, i) => {
      if (Math.abs(value - middle) > limit) weight[i] = 0;
    });
  }
}

/** Return the lower median, 0 for no values. @param {Float64Array} values @returns {number} */
function median(values) {
  return values.length ? values.slice().sort()[(values.length - 1) >> 1] : 0;
}

/**
 * Compute the weighted mean and covariance of colours.
 * @param {Float64Array} values [count · 3]
 * @param {Float64Array} weight [count]
 * @returns {{mean: number[], covariance: number[][]}}
 */
function moments(values, weight) {
  const total = Math.max(weight.reduce((sum, value) => sum + value, 0), 1e-12);
  const average = (value) => weight.reduce((sum, w, i) => sum + w * value(3 * i), 0) / total;
  const mean = [0, 1, 2].map((channel) => average((i) => values[i + channel]));
  const covariance = mapped(IDENTITY, (_, row, column) =>
    average((i) => (values[i + row] - mean[row]) * (values[i + column] - mean[column])),
  );
  return { mean, covariance };
}
