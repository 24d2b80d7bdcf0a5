// Alpha at the pixels from the ramp at the lattice's nodes, as in blending/mask/feather.py. The shader computes the same
// (shaders.mjs); the colour match needs it here, because its statistics weigh pixels by alpha.

/** Error function, accurate to 2e-7 (Abramowitz & Stegun, 7.1.26). @param {number} x @returns {number} */
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}

/**
 * Where the engine cuts a Gaussian falloff off, as an argument of the error function.
 * @param {import("./frame.mjs").MaskConstants} constants
 * @returns {number}
 */
export function gaussianEnd({ gaussianReach }) {
  return gaussianReach * Math.SQRT2;
}

/**
 * Compute alpha, without opacity, from the ramp.
 * @param {number} ramp 0…1
 * @param {object} mask the fields of MouthMask
 * @param {import("./frame.mjs").MaskConstants} constants
 * @returns {number} 0…1
 */
export function shaped(ramp, mask, constants) {
  if (mask.falloff === "gaussian") {
    const end = gaussianEnd(constants);
    const alpha = (erf((ramp - 0.5) * 2 * end) * constants.gaussianHalfRange) / erf(end) + 0.5;
    return Math.min(Math.max(alpha, 0), 1);
  }
  const t = mask.falloff_gamma === 1 ? ramp : ramp ** mask.falloff_gamma;
  return (3 - 2 * t) * t * t;
}

/**
 * Apply the change that the engine's later stages made to alpha.
 * @param {number} alpha 0…1
 * @param {number} change −1…1: below 0 the share of alpha taken away, above 0 the share of 1 − alpha added
 * @returns {number} 0…1
 */
export function changed(alpha, change) {
  return change < 0 ? alpha * (1 + change) : alpha + change * (1 - alpha);
}

/**
 * Compute alpha of every pixel of the region.
 * @param {import("./frame.mjs").Frame} frame
 * @param {object} mask the fields of MouthMask
 * @param {import("./lattice.mjs").Lattice} lattice
 * @param {import("./outline.mjs").Region} box
 * @returns {Float32Array} 0…1, row by row
 */
export function alphaOf(frame, mask, lattice, box) {
  const [width, height] = lattice.size;
  const [across, down] = [0, 1].map((axis) => neighbours(lattice, axis));
  const [columns] = lattice.counts;
  const weight = mask.opacity * frame.weight;
  const alpha = new Float32Array(width * height);
  for (let y = 0, place = 0; y < height; y++) {
    const [above, below, low] = down[y];
    for (let x = 0; x < width; x++, place++) {
      const [left, right, share] = across[x];
      const { values } = lattice;
      const first = values[above * columns + left] * (1 - share) + values[above * columns + right] * share;
      const second = values[below * columns + left] * (1 - share) + values[below * columns + right] * share;
      const ramp = Math.min(Math.max(first * (1 - low) + second * low, 0), 1);
      alpha[place] = weight * shaped(ramp, mask, frame.engine.mask);
      if (frame.change) alpha[place] = changed(alpha[place], frame.change[(y + box.y0) * frame.size[0] + x + box.x0]);
    }
  }
  return alpha;
}

/**
 * Find the two lattice nodes around every pixel along an axis.
 * @param {import("./lattice.mjs").Lattice} lattice
 * @param {0|1} axis 0 across, 1 down
 * @returns {[number, number, number][]} one a pixel: the node before, the node after, and the weight of the node after
 */
function neighbours({ size, steps, counts, margin }, axis) {
  const last = counts[axis] - 1;
  return Array.from({ length: size[axis] }, (_, pixel) => {
    const place = (pixel + margin[axis] + 0.5) / steps[axis] - 0.5;
    const before = Math.floor(place);
    return [Math.max(before, 0), Math.min(before + 1, last), place - before];
  });
}
