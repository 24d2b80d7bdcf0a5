// Outline and region of interest of the mask for given settings; mirrors blending/bounds.py, shapes.py, feather.py, plan.py.
// Lengths are pixels of the frame's pictures unless said otherwise; `mask` holds the fields of MouthMask by their names.

/** How far a Gaussian reaches to either side, in widths of the soft edge. */
export const GAUSSIAN = 1.5;
/** Motion widens the soft edge by at most this many face widths. */
const MOST_WIDENING = 0.15;
/** Share of the soft edge that lies outside the outline. */
const START = { inward: 0, centred: 0.5, outward: 1 };
/** Alpha that nobody sees, what is kept in hand for rounding, and the least room around lips, in face widths. */
const VISIBLE = 0.02;
const ROUNDING = 0.012;
const LIP_ROOM = 0.03;
/** Frame pixels around the mask. */
const MARGIN = 8;

/**
 * How much of the soft edge lies outside the outline, and its whole span, in its widths.
 * @param {object} mask
 * @returns {{span: number, outside: number}}
 */
export function falloff(mask) {
  if (mask.falloff === "gaussian") return { span: 2 * GAUSSIAN, outside: GAUSSIAN };
  return { span: 1, outside: START[mask.side] };
}

/**
 * Multiples of the soft edge at top, sides and chin.
 * @param {object} mask
 * @returns {number[]}
 */
export function sides(mask) {
  return [mask.feather_top, mask.feather_sides, mask.feather_chin];
}

/**
 * Width of the soft edge.
 * @param {object} frame the numbers of a tuning frame
 * @param {object} mask
 * @returns {number} pixels
 */
export function featherWidth(frame, mask) {
  const [low, high] = [mask.feather_min / frame.shrink, mask.feather_max / frame.shrink];
  return Math.max(Math.min(Math.max(mask.feather * frame.faceWidth, low), high), 1);
}

/**
 * Motion, shortened so that a whip pan does not wash the mouth out.
 * @param {object} frame
 * @returns {number[]|null} pixels a frame
 */
export function widening(frame) {
  if (!frame.motion) return null;
  const length = Math.hypot(...frame.motion);
  const share = Math.min(1, (MOST_WIDENING * frame.faceWidth) / Math.max(length, 1e-9));
  return frame.motion.map((part) => part * share);
}

/**
 * How far alpha reaches past the outline; negative where it ends inside.
 * @param {object} frame
 * @param {object} mask
 * @returns {number} pixels
 */
export function reach(frame, mask) {
  let width = featherWidth(frame, mask) * Math.max(...sides(mask));
  if (frame.motion) width += Math.hypot(...widening(frame));
  return falloff(mask).outside * width + (mask.dilation - mask.erosion) * frame.faceWidth;
}

/**
 * The outline kept on the face and around the lips.
 * @param {object} frame
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

/** Radii in face widths: inside the face where the shape ends at its border, then outside the lips. */
function bounded(frame, mask) {
  let { radii } = frame;
  if (frame.faceLimit) {
    const room = mask.padding + Math.max(unseen(mask) - ROUNDING, 0);
    radii = radii.map((radius, ray) => Math.min(radius, frame.faceLimit[ray] * mask.scale + room));
  }
  if (frame.lipRadii) {
    const margin = Math.max(LIP_ROOM + mask.erosion - mask.dilation, 0);
    radii = radii.map((radius, ray) => Math.max(radius, frame.lipRadii[ray] > 0 ? frame.lipRadii[ray] + margin : 0));
  }
  return radii;
}

/** How far an inward soft edge may stand out before it shows, face widths. */
function unseen(mask) {
  if (mask.side !== "inward" || mask.falloff !== "distance") return 0;
  const narrowest = mask.feather * Math.min(...sides(mask));
  return narrowest * (VISIBLE / 3) ** (0.5 / mask.gamma) + mask.erosion - mask.dilation;
}

/**
 * The region of interest that the engine takes, on the chroma grid and inside the pictures.
 * @param {object} frame
 * @param {object} mask
 * @param {number[][]} points of {@link outline}
 * @returns {{x0: number, y0: number, x1: number, y1: number}} pixels; x1 and y1 are the first past it
 */
export function region(frame, mask, points) {
  const margin = reach(frame, mask) + MARGIN / frame.shrink;
  const all = points.concat(frame.held);
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
