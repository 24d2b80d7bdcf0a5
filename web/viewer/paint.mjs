// Paints the viewer's canvases from its state: the picture under the wipe, and the timelines.
import { drawPlot, short, strain, valueAt } from "./plot.mjs";
import { clipped, drawCell, drawLandmarks, fit, sheetPlace } from "./stage.mjs";

const LANDMARKS = "#50ff78";

/** The kind of picture that a view shows. */
export const pictureOf = (view) => (view === "landmarks" ? "result" : view);

/** Where the frame's picture, or its part around the mouth, lies on the stage. */
export function stagePlace(canvas, data, zoomed) {
  return fit(zoomed ? data.mouth : [0, 0, ...data.cell], canvas.width, canvas.height);
}

/**
 * Paint the stage; while a picture is on its way, what was there stays.
 * @param {HTMLCanvasElement} canvas
 * @param {object} data what view.json says
 * @param {import("./sheets.mjs").Sheets} sheets
 * @param {{index: number, view: string, share: number, flipped: boolean, zoomed: boolean}} state
 * @param {import("../words/translate.mjs").Say} say
 * @returns {{wipe: number, notice: string}} place of the wipe, 0…1 of the stage's width, and the notice to show
 */
export function paintStage(canvas, data, sheets, { index, view, share, flipped, zoomed }, say) {
  sharpen(canvas);
  const place = stagePlace(canvas, data, zoomed);
  const [left, top, width, height] = place.target;
  const wipe = left + share * width;
  const corner = sheetPlace(index, data);
  const before = sheets.get("original", corner.sheet);
  const after = sheets.get(pictureOf(view), corner.sheet);
  if (!before || !after) return { wipe: wipe / canvas.width, notice: say("loading…") };
  const context = canvas.getContext("2d");
  const edge = flipped ? left + width : wipe;
  context.clearRect(0, 0, canvas.width, canvas.height);
  clipped(context, [left, top, edge - left, height], () => drawCell(context, before, corner, place));
  clipped(context, [edge, top, left + width - edge, height], () => {
    drawCell(context, after, corner, place);
    const points = view === "landmarks" && data.landmarks[index];
    if (points) drawLandmarks(context, points, place, LANDMARKS);
  });
  const maskless = !flipped && (view === "alpha" || view === "seam") && !data.masked[index];
  return { wipe: wipe / canvas.width, notice: maskless ? say("no mask is kept of this frame") : "" };
}

/** Paint the timelines in the theme's colours, and write their values at a frame of the clip. */
export function paintPlots(element, plots, { count, cuts, worst }, frame) {
  const style = getComputedStyle(element);
  const color = (name, other) => style.getPropertyValue(name).trim() || other;
  const colors = {
    line: color("--fg-color", "#e6e6e6"),
    cursor: color("--p-primary-color", "#4a9eff"),
    bad: color("--error-text", "#ff6b5e"),
    faint: "#8888",
  };
  const clip = { count, cuts, worst: worst.map((one) => one.frame), frame };
  for (const { metric, canvas, value } of plots) {
    sharpen(canvas);
    drawPlot(canvas.getContext("2d"), metric, clip, colors);
    const now = valueAt(metric, frame, count);
    value.textContent = short(now);
    value.classList.toggle("ssv-bad", Boolean(metric.goal) && strain(now, metric) > 0);
  }
}

/** Give a canvas as many pixels as it has on the screen. */
function sharpen(canvas) {
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.max(1, Math.round(side * scale)));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
}
