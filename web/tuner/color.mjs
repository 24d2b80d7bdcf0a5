// The colour match of one frame: the patch's skin brought to the target's, as in blending/color.py and matching.py.
import { labOf } from "./lab.mjs";
import { IDENTITY, inverse, mapped, ofEigenvalues, product, times } from "./matrix.mjs";

/** BT.601 YCbCr of RGB, chroma centred on 0. */
const YCBCR = [
  [0.299, 0.587, 0.114],
  [-0.168736, -0.331264, 0.5],
  [0.5, -0.418688, -0.081312],
];
/** Statistics need no more pixels; fewer than these say nothing. */
const PIXELS = 24000;
const ENOUGH = 32;
/** Shares of inside and ring. */
const SHARES = { inside: [1, 0], ring: [0, 1], both: [0.5, 0.5] };
/** Added to deviations; what is another skin; how much lips are grown. */
const CALM = 0.005;
const OUTLIER = 4;
const ALIKE = 0.06;
const LIPS_GROWN = 1.15;

/**
 * The map of the patch's colours: `matrix · x + offset`, x being RGB or, if so said, Lab.
 * @typedef {object} ColorMap
 * @property {number[][]} matrix rows of 3
 * @property {number[]} offset 3
 * @property {boolean} lab
 */

/** Colours as they are. */
export const UNCHANGED = { matrix: IDENTITY, offset: [0, 0, 0], lab: false };

/**
 * The colour match that the engine makes for this alpha.
 * @param {object} frame with `target` and `patch`, Float32Array [height · width · 3] of RGB
 * @param {object} color the fields of ColorMatch
 * @param {Float32Array} alpha of the region
 * @param {{x0: number, y0: number, x1: number, y1: number}} box the region
 * @returns {ColorMap}
 */
export function colorMap(frame, color, alpha, box) {
  if (color.method === "none" || color.strength === 0) return UNCHANGED;
  const lab = color.space === "lab";
  const basis = color.space === "ycbcr" ? YCBCR : IDENTITY;
  const scale = lab ? 100 : 1;
  const cells = reduced(frame, alpha, box, lab ? labOf : (rgb) => times(basis, rgb));
  const weight = weights(cells, color.statistics);
  if (!weight) return UNCHANGED;
  leaveOutUnlike(cells, weight, scale);
  const [target, patch] = [moments(cells.target, weight), moments(cells.patch, weight)];
  const calm = (matrix) => mapped(matrix, (value, row, column) => value + (row === column ? (CALM * scale) ** 2 : 0));
  const wish = gainOf(color, calm(target.covariance), calm(patch.covariance));
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

/** What the deviations ask for, kept within the clamp. */
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

/** Means of squares of pixels: alpha, skin, and the colours of both pictures in the match's space. */
function reduced(frame, alpha, box, inSpace) {
  const [width, height] = [box.x1 - box.x0, box.y1 - box.y0];
  let step = 1;
  while (width * height > PIXELS * step * step) step *= 2;
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

/** 1 everywhere but on the lips of both faces, a little grown. */
function skinWeight(frame, box) {
  const [width, height] = [box.x1 - box.x0, box.y1 - box.y0];
  const skin = new Uint8Array(width * height).fill(1);
  for (const ring of frame.lips) {
    const centre = [0, 1].map((axis) => ring.reduce((sum, point) => sum + point[axis], 0) / ring.length);
    const grown = ring.map((point) => point.map((part, axis) => centre[axis] + LIPS_GROWN * (part - centre[axis])));
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

/** Where a polygon's edges cross a row, from left to right. */
function crossed(points, y) {
  const found = [];
  points.forEach(([x1, y1], index) => {
    const [x2, y2] = points[(index + 1) % points.length];
    if (y1 > y !== y2 > y) found.push(x1 + ((y - y1) * (x2 - x1)) / (y2 - y1));
  });
  return found.sort((a, b) => a - b);
}

/** Weight of every cell: inside by alpha, ring by 4 · alpha · (1 − alpha), skin only; null where too little is seen. */
function weights({ alpha, skin, count }, statistics) {
  const parts = [new Float64Array(count), new Float64Array(count)];
  const total = [0, 0];
  for (let i = 0; i < count; i++) {
    parts[0][i] = skin[i] > 0.999 ? alpha[i] : 0;
    parts[1][i] = 4 * parts[0][i] * (1 - alpha[i]);
    total[0] += parts[0][i];
    total[1] += parts[1][i];
  }
  if (total[0] < ENOUGH) return null;
  const share = SHARES[statistics].map((part, which) => (total[which] >= ENOUGH ? part : 0));
  if (share[0] + share[1] === 0) share[0] = 1;
  return parts[0].map((inside, i) =>
    [inside, parts[1][i]].reduce((sum, part, which) => sum + (part * share[which]) / Math.max(total[which], 1), 0),
  );
}

/** Weight 0 for cells where patch and target differ far more than elsewhere, such as a hand in front of the mouth. */
function leaveOutUnlike({ target, patch, count }, weight, scale) {
  const seen = weight.map((value) => (value > 0 ? 1 : 0));
  for (let channel = 0; channel < 3; channel++) {
    const differs = Float64Array.from({ length: count }, (_, i) => target[3 * i + channel] - patch[3 * i + channel]);
    const some = differs.filter((_, i) => i % 3 === 0 && seen[i]);
    const middle = median(some);
    const deviation = 1.4826 * median(some.map((value) => Math.abs(value - middle)));
    const limit = Math.max(OUTLIER * deviation, ALIKE * scale);
    differs.forEach((value, i) => {
      if (Math.abs(value - middle) > limit) weight[i] = 0;
    });
  }
}

/** The lower median; 0 of nothing. */
function median(values) {
  return values.length ? values.slice().sort()[(values.length - 1) >> 1] : 0;
}

/** Weighted mean and covariance of triples. */
function moments(values, weight) {
  const total = Math.max(weight.reduce((sum, value) => sum + value, 0), 1e-12);
  const average = (value) => weight.reduce((sum, w, i) => sum + w * value(3 * i), 0) / total;
  const mean = [0, 1, 2].map((channel) => average((i) => values[i + channel]));
  const covariance = mapped(IDENTITY, (_, row, column) =>
    average((i) => (values[i + row] - mean[row]) * (values[i + column] - mean[column])),
  );
  return { mean, covariance };
}
