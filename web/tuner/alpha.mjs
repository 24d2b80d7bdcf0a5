// From the ramp at the lattice's nodes to alpha at the pixels, as in blending/mask/feather.py. The shader does the same
// (shaders.mjs); here it is wanted for the colour match, whose statistics count pixels by alpha.
import { GAUSSIAN } from "./outline.mjs";

const END = GAUSSIAN * Math.SQRT2;

/** Error function, to 2e-7 (Abramowitz & Stegun, 7.1.26). */
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}

/**
 * Alpha from a ramp 0…1, without opacity.
 * @param {number} ramp
 * @param {object} mask
 * @returns {number} 0…1
 */
export function shaped(ramp, mask) {
  if (mask.falloff === "gaussian") {
    const alpha = (erf((ramp - 0.5) * 2 * END) * 0.500001) / erf(END) + 0.5;
    return Math.min(Math.max(alpha, 0), 1);
  }
  const t = mask.gamma === 1 ? ramp : ramp ** mask.gamma;
  return (3 - 2 * t) * t * t;
}

/**
 * Alpha with what else the engine did to it: below 0 a share taken away, above 0 a share of what was missing.
 * @param {number} alpha
 * @param {number} change −1…1
 * @returns {number}
 */
export function changed(alpha, change) {
  return change < 0 ? alpha * (1 + change) : alpha + change * (1 - alpha);
}

/**
 * Alpha of every pixel of the region.
 * @param {object} frame
 * @param {object} mask
 * @param {import("./lattice.mjs").Lattice} lattice
 * @param {{x0: number, y0: number}} box
 * @returns {Float32Array} row by row
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
      alpha[place] = weight * shaped(ramp, mask);
      if (frame.change) alpha[place] = changed(alpha[place], frame.change[(y + box.y0) * frame.size[0] + x + box.x0]);
    }
  }
  return alpha;
}

/** For every pixel along an axis: the nodes on either side, and the share of the second. */
function neighbours({ size, steps, counts, margin }, axis) {
  const last = counts[axis] - 1;
  return Array.from({ length: size[axis] }, (_, pixel) => {
    const place = (pixel + margin[axis] + 0.5) / steps[axis] - 0.5;
    const before = Math.floor(place);
    return [Math.max(before, 0), Math.min(before + 1, last), place - before];
  });
}
