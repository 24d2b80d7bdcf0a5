// Outline and region of interest of the mask for given settings, computed as in the engine: blending/mask/bounds.py,
// shapes.py and feather.py, blending/plan.py. The engine's constants come with the frame (`frame.engine`). Lengths are pixels
// of the frame's pictures unless the comment says otherwise; `mask` has the fields of MouthMask.

/**
 * A part of the frame, on the chroma grid.
 * @typedef {object} Region
 * @property {number} x0 first column, pixels
 * @property {number} y0 first row
 * @property {number} x1 first column past it
 * @property {number} y1 first row past it
 */

/**
 * Return the whole width of the falloff and its part outside the outline.
 * @param {object} mask
 * @param {import("./frame.mjs").MaskConstants} constants
 * @returns {{span: number, outside: number}} in feather widths
 */
export function falloff(mask, { gaussianReach, outsideShare }) {
  if (mask.falloff === "gaussian") return { span: 2 * gaussianReach, outside: gaussianReach };
  return { span: 1, outside: outsideShare[mask.feather_side] };
}

/**
 * Return the factors of the feather width at the top, the sides and the chin.
 * @param {object} mask
 * @returns {number[]}
 */
export function sides(mask) {
  return [mask.feather_top, mask.feather_sides, mask.feather_chin];
}

/**
 * Return the feather width.
 * @param {import("./frame.mjs").Frame} frame
 * @param {object} mask
 * @returns {number} pixels
 */
export function featherWidth(frame, mask) {
  const [low, high] = [mask.feather_min / frame.shrink, mask.feather_max / frame.shrink];
  return Math.max(Math.min(Math.max(mask.feather * frame.faceWidth, low), high), frame.engine.mask.leastWidth);
}

/**
 * Return the motion that widens the feather, limited as in the engine.
 * @param {import("./frame.mjs").Frame} frame
 * @returns {number[]|null} [x, y], pixels per frame; null where motion does not count
 */
export function widening(frame) {
  if (!frame.motion) return null;
  const length = Math.hypot(...frame.motion);
  const share = Math.min(1, (frame.engine.mask.mostWidening * frame.faceWidth) / Math.max(length, 1e-9));
  return frame.motion.map((part) => part * share);
}

/**
 * Return how far alpha reaches past the outline; negative where it ends inside.
 * @param {import("./frame.mjs").Frame} frame
 * @param {object} mask
 * @returns {number} pixels
 */
export function alphaExtent(frame, mask) {
  let width = featherWidth(frame, mask) * Math.max(...sides(mask));
  if (frame.motion) width += Math.hypot(...widening(frame));
  return falloff(mask, frame.engine.mask).outside * width + (mask.dilation - mask.erosion) * frame.faceWidth;
}

/**
 * Return the outline, limited to the face and extended around the lips.
 * @param {import("./frame.mjs").Frame} frame
 * @param {object} mask
 * @returns {number[][]} vertices [x, y], pixels
 */
export function outline(frame, mask) {
  const radii = bounded(frame, mask);
  const [[a, b, left], [c, d, top]] = frame.toPicture;
  const [cos, sin] = [Math.cos(frame.angle), Math.sin(frame.angle)];
  return radii.map((radius, ray) => {
    const angle = (ray * 2 * Math.PI) / radii.length;
    const [along, across] = [Math.cos(angle) * radius, Math.sin(angle) * radius];
    const x = along * cos - across * sin + frame.centre[0];
    const y = along * sin + across * cos + frame.centre[1];
    return [a * x + b * y + left, c * x + d * y + top];
  });
}

/**
 * Limit the radii to the face, where the shape ends at its border, and extend them past the lips.
 * @param {import("./frame.mjs").Frame} frame
 * @param {object} mask
 * @returns {number[]} one a ray, face widths
 */
function bounded(frame, mask) {
  const constants = frame.engine.mask;
  let { radii } = frame;
  if (frame.faceLimit) {
    const limitMargin = mask.padding + Math.max(invisible(mask, constants) - constants.rounding, 0);
    radii = radii.map((radius, ray) => Math.min(radius, frame.faceLimit[ray] * mask.scale + limitMargin));
  }
  if (frame.lipRadii) {
    const margin = Math.max(constants.lipCover + mask.erosion - mask.dilation, 0);
    radii = radii.map((radius, ray) => Math.max(radius, frame.lipRadii[ray] > 0 ? frame.lipRadii[ray] + margin : 0));
  }
  return radii;
}

/**
 * Return how far an inward feather may pass the border of the face before it becomes visible. Near 0 the smoothstep is
 * 3 t², which is solved for the ramp t.
 * @param {object} mask
 * @param {import("./frame.mjs").MaskConstants} constants
 * @returns {number} face widths
 */
function invisible(mask, { visible }) {
  if (mask.feather_side !== "inward" || mask.falloff !== "distance") return 0;
  const narrowest = mask.feather * Math.min(...sides(mask));
  return narrowest * (visible / 3) ** (0.5 / mask.falloff_gamma) + mask.erosion - mask.dilation;
}

/**
 * Return the region of interest that the engine takes, on the chroma grid and inside the pictures.
 * @param {import("./frame.mjs").Frame} frame
 * @param {object} mask
 * @param {number[][]} points of {@link outline}
 * @returns {Region}
 */
export function region(frame, mask, points) {
  const margin = alphaExtent(frame, mask) + frame.engine.mask.margin / frame.shrink;
  const all = points.concat(frame.regionPoints);
  const [width, height] = frame.size;
  const [x, y] = [0, 1].map((axis) => {
    const low = Math.floor(Math.min(...all.map((point) => point[axis])) - margin);
    const high = Math.ceil(Math.max(...all.map((point) => point[axis])) + margin);
    const [step, length] = [frame.chroma[axis], axis ? height : width];
    const end = Math.ceil(Math.min(high, length) / step) * step;
    return [Math.floor(Math.max(low, 0) / step) * step, Math.min(end, length)];
  });
  return { x0: x[0], y0: y[0], x1: x[1], y1: y[1] };
}
