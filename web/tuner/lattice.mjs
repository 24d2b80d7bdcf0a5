// Alpha's ramp at the nodes of a coarse lattice, computed as in blending/mask/feather.py and polygon.py.
import { alphaExtent, falloff, featherWidth, sides, widening } from "./outline.mjs";

/**
 * A lattice over a region, centred on it.
 * @typedef {object} Lattice
 * @property {number[]} size width and height of the region
 * @property {number[]} steps pixels between nodes
 * @property {number[]} counts nodes across and down
 * @property {number[]} margin pixels that the nodes' cells reach past the region on the left and at the top
 * @property {Float32Array} values at the nodes, row by row
 */

/**
 * Compute alpha's ramp, not yet clipped to 0…1.
 * @param {import("./frame.mjs").Frame} frame
 * @param {object} mask the fields of MouthMask
 * @param {number[][]} points the outline
 * @param {import("./outline.mjs").Region} box its region
 * @returns {Lattice}
 */
export function rampLattice(frame, mask, points, box) {
  const constants = frame.engine.mask;
  const lattice = latticeOver([box.x1 - box.x0, box.y1 - box.y0], constants.nodes);
  const [xs, ys] = [0, 1].map((axis) => nodes(lattice, axis, axis ? box.y0 : box.x0));
  const signed = signedDistance(points, xs, ys);
  const lips = frame.narrowed ? frame.lips.map((ring) => signedDistance(ring, xs, ys)) : [];
  const soft = softEdge(frame, mask, points);
  const border = covers(frame, points, alphaExtent(frame, mask)) ? null : edgeLines(frame.quad);
  const { span, outside } = falloff(mask, constants);
  const shift = (mask.dilation - mask.erosion) * frame.faceWidth;
  const lipMargin = constants.lipMargin * frame.faceWidth;
  lattice.values = Float32Array.from(signed, (distance, node) => {
    const [x, y] = [xs[node % xs.length], ys[Math.floor(node / xs.length)]];
    const [depth, width] = [distance + shift, soft(x, y)];
    let core = Math.max(width * (span - outside), constants.leastCore);
    if (lips.length && span > outside) {
      const away = Math.max(-Math.max(...lips.map((ring) => ring[node])) - lipMargin, 0);
      core = smoothMinimum(core, Math.max(Math.max(depth, 0) + away, constants.leastCore), constants.narrowing);
    }
    const ramp = ((depth > 0 ? (depth * (span - outside)) / core : depth / width) + outside) / span;
    return border ? Math.min(ramp, lineDistance(border, x, y) / width) : ramp;
  });
  return lattice;
}

/**
 * Return a smooth minimum of two lengths; `exponent` sets how sharply it changes from one to the other.
 * @param {number} a
 * @param {number} b
 * @param {number} exponent
 * @returns {number}
 */
function smoothMinimum(a, b, exponent) {
  return a / (1 + (a / b) ** exponent) ** (1 / exponent);
}

/**
 * Lay out a lattice of about `most` nodes, without values.
 * @param {number[]} size width and height of the region, pixels
 * @param {number} most
 * @returns {Lattice}
 */
function latticeOver(size, most) {
  const wanted = Math.ceil(Math.sqrt((size[0] * size[1]) / most));
  const axes = size.map((length) => {
    const step = wanted - (length % 2 && wanted % 2 === 0 ? 1 : 0);
    const count = Math.ceil((length + step - 1) / step);
    return [step, count + (Math.abs(count * step - length) % 2)];
  });
  const [steps, counts] = [0, 1].map((part) => axes.map((axis) => axis[part]));
  const margin = size.map((length, axis) => (counts[axis] * steps[axis] - length) / 2);
  return { size, steps, counts, margin, values: new Float32Array() };
}

/**
 * Return the positions of the nodes along an axis.
 * @param {Lattice} lattice
 * @param {0|1} axis 0 across, 1 down
 * @param {number} origin of the region along it, pixels
 * @returns {Float64Array} pixels
 */
function nodes({ counts, steps, margin }, axis, origin) {
  return Float64Array.from({ length: counts[axis] }, (_, i) => (i + 0.5) * steps[axis] - margin[axis] + origin);
}

/**
 * Compute the distance of every node to the nearest edge of a polygon, positive inside (even-odd rule).
 * @param {number[][]} points
 * @param {Float64Array} xs
 * @param {Float64Array} ys
 * @returns {Float64Array} row by row
 */
export function signedDistance(points, xs, ys) {
  const nearest = new Float64Array(xs.length * ys.length).fill(Infinity);
  const inside = new Uint8Array(nearest.length);
  points.forEach(([x1, y1], index) => {
    const [x2, y2] = points[(index + 1) % points.length];
    const [dx, dy] = [x2 - x1, y2 - y1];
    const squared = dx * dx + dy * dy || 1;
    for (let row = 0, node = 0; row < ys.length; row++) {
      const y = ys[row] - y1;
      const crossing = y1 > ys[row] !== y2 > ys[row] ? x1 + (y * dx) / dy : -Infinity;
      for (let column = 0; column < xs.length; column++, node++) {
        const x = xs[column] - x1;
        const along = Math.min(Math.max((x * dx + y * dy) / squared, 0), 1);
        const [left, up] = [x - along * dx, y - along * dy];
        const away = left * left + up * up;
        if (away < nearest[node]) nearest[node] = away;
        if (xs[column] < crossing) inside[node] ^= 1;
      }
    }
  });
  return nearest.map((away, node) => (inside[node] ? 1 : -1) * Math.sqrt(away));
}

/**
 * Return the feather width as a function of the position. It may differ at the top, the sides and the chin, and motion
 * widens it.
 * @param {import("./frame.mjs").Frame} frame
 * @param {object} mask
 * @param {number[][]} points the outline
 * @returns {(x: number, y: number) => number} pixels
 */
function softEdge(frame, mask, points) {
  const width = featherWidth(frame, mask);
  const [top, side, chin] = sides(mask);
  const motion = widening(frame);
  if (!motion && top === 1 && side === 1 && chin === 1) return () => width;
  const centre = [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
  const down = [frame.toPicture[0][1], frame.toPicture[1][1]];
  const length = Math.hypot(...down);
  return (px, py) => {
    const [x, y] = [px - centre[0], py - centre[1]];
    const away = Math.sqrt(x * x + y * y + (frame.engine.mask.centreRadius * frame.faceWidth) ** 2);
    const cosine = (down[0] * x + down[1] * y) / length / away;
    const share = side + (top - side) * Math.min(cosine, 0) ** 2 + (chin - side) * Math.max(cosine, 0) ** 2;
    return width * share + (motion ? Math.abs(motion[0] * x + motion[1] * y) / away : 0);
  };
}

/**
 * Return the edge lines of a convex quadrangle.
 * @param {number[][]} quad corners in order
 * @returns {{x: number, y: number, offset: number}[]} unit normals that point inside, and offsets
 */
function edgeLines(quad) {
  const middle = [0, 1].map((axis) => quad.reduce((sum, point) => sum + point[axis], 0) / quad.length);
  return quad.map(([x, y], index) => {
    const [nextX, nextY] = quad[(index + 1) % quad.length];
    const length = Math.max(Math.hypot(nextX - x, nextY - y), 1e-9);
    const normal = [-(nextY - y) / length, (nextX - x) / length];
    const sign = (middle[0] - x) * normal[0] + (middle[1] - y) * normal[1] < 0 ? -1 : 1;
    return { x: sign * normal[0], y: sign * normal[1], offset: sign * (x * normal[0] + y * normal[1]) };
  });
}

/**
 * Return the distance to the nearest of these lines, positive inside.
 * @param {{x: number, y: number, offset: number}[]} lines
 * @param {number} x
 * @param {number} y
 * @returns {number} pixels
 */
function lineDistance(lines, x, y) {
  return Math.min(...lines.map((line) => line.x * x + line.y * y - line.offset));
}

/**
 * Return whether the outline lies deeper in the patch than alpha reaches past it.
 * @param {import("./frame.mjs").Frame} frame
 * @param {number[][]} points the outline
 * @param {number} extent of alpha past the outline, pixels
 * @returns {boolean}
 */
function covers(frame, points, extent) {
  const lines = edgeLines(frame.quad);
  return points.every(([x, y]) => lineDistance(lines, x, y) >= extent + frame.engine.mask.coverMargin);
}
