// Composes tuning frames on a canvas with WebGL2.
import { alphaOf, gaussianEnd } from "./alpha.mjs";
import { colorMap } from "./color.mjs";
import { rampLattice } from "./lattice.mjs";
import { outline, region } from "./outline.mjs";
import { CHROMA, PICTURE, VERTEX } from "./shaders.mjs";

/** Textures by the samplers they are read through, each on its own unit. */
const UNITS = ["uTarget", "uPatch", "uFinish", "uChange", "uRamp", "uY", "uU", "uV", "uNewChroma"];

/** A canvas that shows one frame under changing settings. */
export class Composer {
  /**
   * @param {HTMLCanvasElement} canvas
   * @throws {Error} the browser has no WebGL2
   */
  constructor(canvas) {
    const gl = canvas.getContext("webgl2", {
      alpha: false,
      antialias: false,
      depth: false,
      preserveDrawingBuffer: true, // drawn when something changes, not with every picture of the screen
    });
    if (!gl) throw new Error("this browser has no WebGL2, which live tuning needs");
    this.canvas = canvas;
    this.gl = gl;
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    this.passes = { chroma: linked(gl, CHROMA), picture: linked(gl, PICTURE) };
    this.textures = UNITS.map((_, unit) => texture(gl, unit));
    this.buffer = gl.createFramebuffer();
  }

  /**
   * Take a frame; the canvas gets its size.
   * @param {object} frame of readFrame
   */
  load(frame) {
    const { gl } = this;
    const [width, height] = frame.size;
    const chroma = frame.chroma.map((step, axis) => Math.ceil(frame.size[axis] / step));
    this.frame = frame;
    this.chroma = chroma;
    for (const name of ["target", "patch", "finish"]) {
      if (frame[name]) this.fill(name, [width, height], frame[name], gl.RGB32F, gl.RGB);
    }
    if (frame.change) this.fill("change", [width, height], frame.change);
    this.fill("y", [width, height], Float32Array.from(frame.y));
    for (const name of ["u", "v"]) this.fill(name, chroma, Float32Array.from(frame[name]));
    this.fill("newChroma", chroma, null, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE);
    const [x0, y0, x1, y1] = frame.view;
    Object.assign(this.canvas, { width: x1 - x0, height: y1 - y0 });
  }

  /**
   * Compose the frame.
   * @param {{mask: object, color: object}} settings
   * @param {{show?: string, finished?: boolean}} [view] the `result`, `before` it the target alone, `alpha`, or the
   *   `difference` of result and target; with what the engine did after the colour match
   */
  draw(settings, { show = "result", finished = true } = {}) {
    const { gl, frame } = this;
    const { mask, color } = settings;
    const points = outline(frame, mask);
    const box = region(frame, mask, points);
    const lattice = rampLattice(frame, mask, points, box);
    const map = colorMap(frame, color, alphaOf(frame, mask, lattice, box), box);
    this.fill("ramp", lattice.counts, lattice.values);
    const uniforms = this.uniforms(mask, box, lattice, map);
    const before = show === "before";
    uniforms.uOpacity = before ? 0 : mask.opacity * frame.weight;
    uniforms.uFinished = finished && frame.finish !== undefined;
    uniforms.uChanged = !before && frame.change !== undefined;
    uniforms.uAlpha = show === "alpha";
    uniforms.uDifference = show === "difference";
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.buffer);
    const target = this.textures[UNITS.indexOf("uNewChroma")];
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, target, 0);
    this.run(this.passes.chroma, this.chroma, uniforms, ["uNewChroma", "uY"]);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    this.run(this.passes.picture, [this.canvas.width, this.canvas.height], uniforms, ["uU", "uV"]);
  }

  /** Numbers of both passes; arrays of whole numbers are ivec2. */
  uniforms(mask, box, lattice, map) {
    const { frame } = this;
    const [red, blue] = frame.lumaWeights;
    const { luma, chroma, centre, top, black } = frame.levels;
    const { mask: constants, lab } = frame.engine;
    return {
      uSize: Int32Array.from(frame.size),
      uChroma: Int32Array.from(frame.chroma),
      uBoxLow: Int32Array.of(box.x0, box.y0),
      uBoxHigh: Int32Array.of(box.x1, box.y1),
      uCounts: Int32Array.from(lattice.counts),
      uView: Int32Array.of(frame.view[0], frame.view[1]),
      uSteps: lattice.steps,
      uMargin: lattice.margin,
      uGamma: mask.falloff_gamma,
      uGaussian: mask.falloff === "gaussian" ? gaussianEnd(constants) : 0,
      uHalfRange: constants.gaussianHalfRange,
      uMatrix: byColumn(map.matrix),
      uOffset: map.offset,
      uLab: map.lab,
      uXyz: byColumn(lab.rgbToXyz),
      uWhite: lab.white,
      uWeights: [red, 1 - red - blue, blue],
      uLevels: [luma, chroma, centre, top],
      uBlack: black,
      uHeight: this.canvas.height,
    };
  }

  /** Draw one pass; textures it does not read (the one it writes above all) are left unbound. */
  run(program, [width, height], uniforms, unread) {
    const { gl } = this;
    gl.useProgram(program);
    UNITS.forEach((name, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, unread.includes(name) ? null : this.textures[unit]);
      gl.uniform1i(gl.getUniformLocation(program, name), unit);
    });
    for (const [name, value] of Object.entries(uniforms)) set(gl, gl.getUniformLocation(program, name), value);
    gl.viewport(0, 0, width, height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /** Put values into the texture called `name`; floats of one channel unless said otherwise. */
  fill(name, [width, height], values, stored = this.gl.R32F, channels = this.gl.RED, type = this.gl.FLOAT) {
    const { gl } = this;
    const unit = UNITS.indexOf(`u${name[0].toUpperCase()}${name.slice(1)}`);
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, this.textures[unit]);
    gl.texImage2D(gl.TEXTURE_2D, 0, stored, width, height, 0, channels, type, values);
  }

  /** Give the graphics memory back; browsers keep only some sixteen contexts. */
  release() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

/** A texture that is read texel by texel. */
function texture(gl, unit) {
  const made = gl.createTexture();
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, made);
  for (const [name, value] of [
    [gl.TEXTURE_MIN_FILTER, gl.NEAREST],
    [gl.TEXTURE_MAG_FILTER, gl.NEAREST],
    [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE],
    [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
  ]) {
    gl.texParameteri(gl.TEXTURE_2D, name, value);
  }
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, 1, 1, 0, gl.RED, gl.FLOAT, new Float32Array(1));
  return made;
}

/** A program over the whole picture. */
function linked(gl, fragment) {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, fragment],
  ]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const logs = gl.getAttachedShaders(program).map((shader) => gl.getShaderInfoLog(shader));
    throw new Error(`the tuner's shader does not compile: ${logs.join("\n")}`);
  }
  return program;
}

/** Return a 3 × 3 matrix as WebGL takes it. @param {number[][]} matrix rows @returns {number[]} column by column */
function byColumn(matrix) {
  return [0, 1, 2].flatMap((column) => matrix.map((row) => row[column]));
}

/** Set a uniform by the kind of its value. */
function set(gl, place, value) {
  if (value instanceof Int32Array) gl.uniform2iv(place, value);
  else if (typeof value === "boolean") gl.uniform1i(place, value);
  else if (typeof value === "number") gl.uniform1f(place, value);
  else if (value.length === 9) gl.uniformMatrix3fv(place, false, value);
  else gl[`uniform${value.length}fv`](place, value);
}
