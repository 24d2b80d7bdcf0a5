// Reads a tuning frame as the node writes it (browser/tuner_frame.py): a header of numbers, then pictures.

/**
 * Constants of the mask (browser/tuner_constants.py says from where). Lengths are in face widths unless said otherwise.
 * @typedef {object} MaskConstants
 * @property {number} visible least alpha that is seen
 * @property {number} rounding tolerance of the face's border
 * @property {number} lipCover least distance between lips and outline
 * @property {number} margin frame pixels around the mask
 * @property {number} mostWidening limit of the widening by motion
 * @property {Record<string, number>} outsideShare share of the feather outside the outline, by side
 * @property {number} gaussianReach half the width of a Gaussian falloff, in feather widths
 * @property {number} gaussianHalfRange half the range of its alpha before it is clipped
 * @property {number} lipMargin how much larger lips are taken
 * @property {number} narrowing exponent of the smooth minimum at the lips
 * @property {number} nodes most lattice nodes
 * @property {number} leastWidth of the feather, pixels
 * @property {number} leastCore least width of the feather's inner part, pixels
 * @property {number} centreRadius around the outline's centre, where directions are blended
 * @property {number} coverMargin pixels that the patch's border must lie beyond alpha to be ignored
 */

/**
 * Constants of the colour match. Colours are shares of full scale.
 * @typedef {object} ColorConstants
 * @property {number[][]} ycbcr matrix from RGB
 * @property {Record<string, number>} fullScale by colour space
 * @property {number} pixels most pixels of the statistics
 * @property {number} enough least pixels of the statistics
 * @property {Record<string, number[]>} shares of inside and ring, by the setting
 * @property {number} skin weight above which a pixel counts as skin
 * @property {number} deviationFloor added to every standard deviation
 * @property {number} outlier @property {number} alike a difference beyond this many deviations, and this large, is left out
 * @property {number} deviationOfMad standard deviation in median absolute deviations
 * @property {number} medianStride the medians take every so many-th pixel
 * @property {number} lipsGrown factor of the lips that are left out
 */

/**
 * @typedef {object} LabConstants
 * @property {number[][]} rgbToXyz matrix from linear RGB
 * @property {number[]} white XYZ of white
 */

/**
 * A frame to be composed: the numbers of the header, and pictures. Lengths are pixels of the pictures.
 * @typedef {object} Frame
 * @property {[number, number]} size width and height
 * @property {number} shrink frame pixels a pixel
 * @property {[number, number, number, number]} view the part to show: left, top, right, bottom
 * @property {[number, number]} chroma luma columns and rows a chroma sample covers
 * @property {{black: number, luma: number, centre: number, chroma: number, top: number}} levels stored black, luma from black
 *   to white, chroma centre, chroma from −0.5 to 0.5, largest value
 * @property {[number, number]} lumaWeights of red and blue
 * @property {{mask: MaskConstants, color: ColorConstants, lab: LabConstants}} engine its constants
 * @property {number} faceWidth
 * @property {number[][]} toPicture 2 × 3, from face coordinates
 * @property {number[]} centre of the outline, face coordinates @property {number} angle its turn, radians
 * @property {number[]} radii of the outline, face widths
 * @property {number[]|null} faceLimit @property {number[]|null} lipRadii bounds of the radii
 * @property {number[][][]} lips outlines of the lips of both faces
 * @property {boolean} narrowed whether the feather is narrowed at the lips
 * @property {number[][]} quad corners of the patch @property {number[][]} regionPoints other points of the region
 * @property {number[]|null} motion pixels per frame @property {number} weight factor of opacity
 * @property {Uint8Array|Uint16Array} y @property {Uint8Array|Uint16Array} u @property {Uint8Array|Uint16Array} v as stored
 * @property {Float32Array} target @property {Float32Array} patch RGB, [height · width · 3]
 * @property {Float32Array} [change] @property {Float32Array} [finish] −1…1, where the engine did more than mask and colour
 */

const TYPES = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };

/**
 * Read the file of one frame.
 * @param {ArrayBuffer} buffer
 * @returns {Frame}
 */
export function readFrame(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const frame = { ...header, size: [header.pictures.y.shape[1], header.pictures.y.shape[0]] };
  for (const [name, { type, shape, offset }] of Object.entries(header.pictures)) {
    const count = shape.reduce((product, side) => product * side, 1);
    frame[name] = new TYPES[type](buffer, 4 + length + offset, count);
  }
  for (const name of ["change", "finish"]) {
    if (frame[name]) frame[name] = Float32Array.from(frame[name], (value) => (value - header.signed.zero) / header.signed.unit);
  }
  frame.target = rgb(frame);
  return frame;
}

/**
 * Convert the planes to gamma-coded RGB. Chroma is upsampled bilinearly; it is sited left and between two rows.
 * @param {Frame} frame
 * @returns {Float32Array} [height · width · 3]
 */
function rgb({ y, u, v, size: [width, height], chroma: [sx, sy], lumaWeights: [red, blue], levels: stored }) {
  const [columns, rows] = [Math.ceil(width / sx), Math.ceil(height / sy)];
  const out = new Float32Array(3 * y.length);
  const green = 1 - red - blue;
  for (let row = 0, place = 0; row < height; row++) {
    const near = Math.floor(row / sy);
    const far = sy === 1 ? near : Math.min(Math.max(near + (row % 2 ? 1 : -1), 0), rows - 1);
    for (let column = 0; column < width; column++, place++) {
      const left = Math.floor(column / sx);
      const right = sx === 2 && column % 2 ? Math.min(left + 1, columns - 1) : left;
      const [cb, cr] = [u, v].map((plane) => {
        const [a, b] = [left, right].map(
          (x) => 0.75 * plane[near * columns + x] + 0.25 * plane[far * columns + x] - stored.centre,
        );
        return (a + b) / 2 / stored.chroma;
      });
      const luma = (y[place] - stored.black) / stored.luma;
      out[3 * place] = luma + 2 * (1 - red) * cr;
      out[3 * place + 2] = luma + 2 * (1 - blue) * cb;
      out[3 * place + 1] = luma - (2 * (1 - blue) * blue * cb + 2 * (1 - red) * red * cr) / green;
    }
  }
  return out;
}
