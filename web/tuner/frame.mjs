// A tuning frame as the node writes it (browser/tuner.py): a header of numbers, then pictures.

const TYPES = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };

/**
 * Read the file of one frame.
 * @param {ArrayBuffer} buffer
 * @returns {object} its numbers; `size` [width, height]; `y`, `u`, `v` as stored; `target`, `patch` RGB as Float32Array
 *   [height · width · 3]; `change` and `finish`, −1…1, where there are any
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
    if (frame[name]) frame[name] = Float32Array.from(frame[name], (value) => (value - 128) / 127);
  }
  frame.levels = levels(frame);
  frame.target = rgb(frame);
  return frame;
}

/** Stored black, luma from black to white, chroma centre, chroma from −0.5 to 0.5 (ITU-R BT.709). */
function levels({ bitDepth, fullRange }) {
  const unit = 2 ** (bitDepth - 8);
  const top = 2 ** bitDepth - 1;
  if (fullRange) return { black: 0, luma: top, centre: 128 * unit, chroma: top, top };
  return { black: 16 * unit, luma: 219 * unit, centre: 128 * unit, chroma: 224 * unit, top };
}

/** Gamma-coded RGB of the planes; chroma upsampled bilinearly, sited left and between two rows. */
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
