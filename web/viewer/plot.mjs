// The timelines of the viewer: a metric over the clip, its goal, and the worst value near a place. No state, no DOM.

/**
 * @typedef {object} Metric
 * @property {string} name
 * @property {string} what what it measures, in a phrase
 * @property {string} goal of one frame, in signs; empty where there is none
 * @property {number|null} low @property {number|null} high ends of the goal's range
 * @property {boolean} missed
 * @property {(number|null)[]} values one a bin
 * @property {number[]} at the frame of each
 */

/** Margin above and below what a plot shows, a share of its height. */
const MARGIN = 0.07;

/** What a plot shows from bottom to top: all values and the ends of the goal, with a margin. */
export function valueRange({ values, low, high }) {
  const known = [...values, low, high].filter((value) => value !== null);
  if (!known.length) return [0, 1];
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const size = (most - least || Math.abs(most) || 1) / (1 - 2 * MARGIN);
  if (most > least || (high === null) === (low === null)) return [(least + most - size) / 2, (least + most + size) / 2];
  // All values are the goal's one end: they lie at its good side, with little of the bad one.
  return high === null ? [least - MARGIN * size, least + (1 - MARGIN) * size] : [most - (1 - MARGIN) * size, most + MARGIN * size];
}

/** How bad a value is, comparable within one metric: how far it is beyond the goal, or its size where there is none. */
export function strain(value, { low, high }) {
  if (value === null) return -Infinity;
  if (low === null && high === null) return value;
  return Math.max(high === null ? -Infinity : value - high, low === null ? -Infinity : low - value);
}

/** The bin at a share 0…1 of the width. */
export function binAt(metric, share) {
  return Math.max(0, Math.min(metric.values.length - 1, Math.floor(share * metric.values.length)));
}

/**
 * The frame of the worst value around a place: so a click beside a peak finds it.
 * @param {Metric} metric @param {number} share 0…1 of the width @param {number} reach the same, to either side
 */
export function peakNear(metric, share, reach) {
  let best = binAt(metric, share);
  for (let bin = binAt(metric, share - reach); bin <= binAt(metric, share + reach); bin += 1) {
    if (strain(metric.values[bin], metric) > strain(metric.values[best], metric)) best = bin;
  }
  return metric.at[best];
}

/** The value of the bin that a frame is in. @param {number} count frames of the clip */
export function valueAt(metric, frame, count) {
  return metric.values[binAt(metric, (frame + 0.5) / count)];
}

/** A number in about four digits. */
export function short(value) {
  return value === null ? "–" : String(Number(value.toPrecision(3)));
}

/**
 * Draw a metric over the whole canvas.
 * @param {CanvasRenderingContext2D} context @param {Metric} metric
 * @param {{cuts: number[], worst: number[], frame: number, count: number}} clip
 * @param {{line: string, bad: string, cursor: string, faint: string}} colors
 */
export function drawPlot(context, metric, clip, colors) {
  const { width, height } = context.canvas;
  const [low, high] = valueRange(metric);
  const down = (value) => (height * (high - value)) / (high - low);
  const across = (frame) => (width * (frame + 0.5)) / clip.count;
  context.clearRect(0, 0, width, height);
  drawGoal(context, metric, down, colors.bad);
  for (const cut of clip.cuts) drawUpright(context, (width * cut) / clip.count, colors.faint, 1);
  drawLine(context, metric.values, down, colors.line);
  for (const frame of clip.worst) drawMark(context, across(frame), colors.bad);
  drawUpright(context, across(clip.frame), colors.cursor, Math.max(1, height / 24));
}

/** Shade what is out of the goal, and rule its ends. */
function drawGoal(context, { low, high }, down, color) {
  const { width, height } = context.canvas;
  const parts = [];
  if (high !== null) parts.push([0, down(high), down(high)]);
  if (low !== null) parts.push([down(low), height, down(low)]);
  context.fillStyle = color;
  for (const [top, bottom, end] of parts) {
    context.globalAlpha = 0.16;
    context.fillRect(0, top, width, bottom - top);
    context.globalAlpha = 0.7;
    context.fillRect(0, end - 0.5, width, 1);
  }
  context.globalAlpha = 1;
}

/** The values as a line that breaks where there are none; a value alone is a dot. */
function drawLine(context, values, down, color) {
  const step = context.canvas.width / values.length;
  context.beginPath();
  values.forEach((value, bin) => {
    if (value === null) return;
    const [x, y] = [(bin + 0.5) * step, down(value)];
    if (bin > 0 && values[bin - 1] !== null) context.lineTo(x, y);
    else {
      context.moveTo(x - 0.5, y);
      context.lineTo(x + 0.5, y);
    }
  });
  context.strokeStyle = color;
  context.lineWidth = Math.max(1, context.canvas.height / 28);
  context.lineJoin = "round";
  context.stroke();
}

/** An upright line. */
function drawUpright(context, x, color, thick) {
  context.fillStyle = color;
  context.fillRect(x - thick / 2, 0, thick, context.canvas.height);
}

/** A small wedge at the top edge. */
function drawMark(context, x, color) {
  const side = context.canvas.height / 7;
  context.fillStyle = color;
  context.beginPath();
  context.moveTo(x - side, 0);
  context.lineTo(x + side, 0);
  context.lineTo(x, 1.4 * side);
  context.fill();
}
