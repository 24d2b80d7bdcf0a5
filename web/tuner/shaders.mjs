// GLSL of the tuner: mask, colour match and cross-fade of a frame, stored as the engine stores it: the change is added to
// the planes, its chroma averaged onto the chroma grid, everything rounded (media/planes.py).
import { LAB } from "./lab.mjs";

/** A triangle over the whole picture. */
export const VERTEX = `#version 300 es
void main() {
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}`;

const COMMON = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
uniform sampler2D uTarget, uPatch, uFinish, uChange, uRamp;
uniform ivec2 uSize, uChroma, uBoxLow, uBoxHigh, uCounts;
uniform vec2 uSteps, uMargin;
uniform float uOpacity, uGamma, uGaussian, uHalfRange;
uniform bool uFinished, uChanged, uLab;
uniform mat3 uMatrix;
uniform vec3 uOffset, uWeights;
uniform vec4 uLevels; // luma from black to white, chroma, chroma centre, largest value
out vec4 color;
${LAB}
float erf(float x) {
  float t = 1.0 / (1.0 + 0.3275911 * abs(x));
  float sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(x) * (1.0 - sum * exp(-x * x));
}

float node(ivec2 place) {
  return texelFetch(uRamp, clamp(place, ivec2(0), uCounts - 1), 0).r;
}

float rampAt(ivec2 place) {
  vec2 at = (vec2(place - uBoxLow) + uMargin + 0.5) / uSteps - 0.5;
  ivec2 low = ivec2(floor(at));
  vec2 share = at - vec2(low);
  float above = mix(node(low), node(low + ivec2(1, 0)), share.x);
  float below = mix(node(low + ivec2(0, 1)), node(low + ivec2(1, 1)), share.x);
  return clamp(mix(above, below, share.y), 0.0, 1.0);
}

float alphaAt(ivec2 place) {
  if (any(lessThan(place, uBoxLow)) || any(greaterThanEqual(place, uBoxHigh))) return 0.0;
  float ramp = rampAt(place), alpha;
  if (uGaussian > 0.0) {
    alpha = clamp(erf((ramp - 0.5) * 2.0 * uGaussian) * uHalfRange / erf(uGaussian) + 0.5, 0.0, 1.0);
  } else {
    float t = ramp <= 0.0 ? 0.0 : pow(ramp, uGamma);
    alpha = (3.0 - 2.0 * t) * t * t;
  }
  alpha *= uOpacity;
  if (!uChanged) return alpha;
  float change = texelFetch(uChange, place, 0).r;
  return change < 0.0 ? alpha * (1.0 + change) : alpha + change * (1.0 - alpha);
}

vec3 deltaAt(ivec2 place, float alpha) {
  vec3 patched = texelFetch(uPatch, place, 0).rgb;
  if (uLab) patched = rgbOf(uMatrix * labOf(patched) + uOffset) + patched - clamp(patched, 0.0, 1.0);
  else patched = uMatrix * patched + uOffset;
  if (uFinished) patched += texelFetch(uFinish, place, 0).rgb;
  return alpha * (patched - texelFetch(uTarget, place, 0).rgb);
}

float added(float stored, float change, float low, float high) {
  return min(max(stored + roundEven(change), min(stored, low)), max(stored, high));
}
`;

/** Changed chroma of the planes, 16 bits each of u and v in a pixel. */
export const CHROMA = `${COMMON}
uniform sampler2D uU, uV;

vec2 chromaOf(ivec2 place) {
  place = clamp(place, ivec2(0), uSize - 1);
  vec3 delta = deltaAt(place, alphaAt(place));
  float luma = dot(uWeights, delta);
  return uLevels.y * vec2((delta.b - luma) / (2.0 - 2.0 * uWeights.b), (delta.r - luma) / (2.0 - 2.0 * uWeights.r));
}

vec2 columnOf(ivec2 place) {
  return uChroma.y == 2 ? mix(chromaOf(place), chromaOf(place + ivec2(0, 1)), 0.5) : chromaOf(place);
}

bool covered(ivec2 place) {
  for (int y = 0; y < uChroma.y; y++)
    for (int x = 0; x < uChroma.x; x++)
      if (all(lessThan(place + ivec2(x, y), uSize)) && alphaAt(place + ivec2(x, y)) > 0.0) return true;
  return false;
}

void main() {
  ivec2 sample_ = ivec2(gl_FragCoord.xy), place = sample_ * uChroma;
  vec2 stored = vec2(texelFetch(uU, sample_, 0).r, texelFetch(uV, sample_, 0).r), change = vec2(0.0);
  if (covered(place)) {
    change = columnOf(place);
    if (uChroma.x == 2) {
      vec2 before = columnOf(place - ivec2(1, 0)), after = columnOf(place + ivec2(1, 0));
      if (place.x == 0) before = change;
      change = mix(change, mix(before, after, 0.5), 0.5);
    }
  }
  float low = max(floor(uLevels.z - uLevels.y / 2.0), 0.0), high = min(uLevels.z + uLevels.y / 2.0, uLevels.w);
  float u = added(stored.x, change.x, low, high), v = added(stored.y, change.y, low, high);
  color = vec4(floor(u / 256.0), mod(u, 256.0), floor(v / 256.0), mod(v, 256.0)) / 255.0;
}`;

/** The picture: changed luma and chroma as RGB; or alpha; or what was changed, eight times as strong. */
export const PICTURE = `${COMMON}
uniform sampler2D uY, uNewChroma;
uniform ivec2 uView;
uniform float uBlack, uHeight;
uniform bool uAlpha, uDifference;

vec2 stored(ivec2 sample_) {
  ivec2 last = (uSize + uChroma - 1) / uChroma - 1;
  vec4 bytes = roundEven(255.0 * texelFetch(uNewChroma, clamp(sample_, ivec2(0), last), 0));
  return (vec2(bytes.r * 256.0 + bytes.g, bytes.b * 256.0 + bytes.a) - uLevels.z) / uLevels.y;
}

vec2 columnOf(ivec2 place, int column) {
  ivec2 near = ivec2(column, place.y / uChroma.y);
  if (uChroma.y == 1) return stored(near);
  return mix(stored(near), stored(near + ivec2(0, place.y % 2 == 1 ? 1 : -1)), 0.25);
}

void main() {
  ivec2 place = ivec2(gl_FragCoord.x, uHeight - gl_FragCoord.y) + uView;
  float alpha = alphaAt(place), change = uLevels.x * dot(uWeights, deltaAt(place, alpha));
  float luma = (added(texelFetch(uY, place, 0).r, change, uBlack, uBlack + uLevels.x) - uBlack) / uLevels.x;
  int column = place.x / uChroma.x;
  vec2 chroma = columnOf(place, column);
  if (uChroma.x == 2 && place.x % 2 == 1) chroma = mix(chroma, columnOf(place, column + 1), 0.5);
  float red = 2.0 * (1.0 - uWeights.r) * chroma.y, blue = 2.0 * (1.0 - uWeights.b) * chroma.x;
  float green = -(uWeights.b * blue + uWeights.r * red) / uWeights.g;
  vec3 result = roundEven(255.0 * clamp(luma + vec3(red, green, blue), 0.0, 1.0)) / 255.0;
  vec3 target = roundEven(255.0 * texelFetch(uTarget, place, 0).rgb) / 255.0;
  if (uDifference) result = 8.0 * abs(result - target);
  color = vec4(uAlpha ? vec3(alpha) : result, 1.0);
}`;
