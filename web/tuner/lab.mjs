// CIE L*a*b* of gamma-coded sRGB, in JavaScript for the statistics and in GLSL for the picture. The matrix and the white
// point come with the frame; the other numbers are those of the standards (IEC 61966-2-1 and CIE 15).

/**
 * Convert a colour to Lab.
 * @param {number[]} rgb gamma-coded, 0…1
 * @param {import("./frame.mjs").LabConstants} constants
 * @returns {number[]} L (0…100), a, b
 */
export function labOf(rgb, { rgbToXyz, white }) {
  const linear = rgb.map((value) => {
    const inside = Math.min(Math.max(value, 0), 1);
    return inside <= 0.04045 ? inside / 12.92 : ((inside + 0.055) / 1.055) ** 2.4;
  });
  const [x, y, z] = rgbToXyz.map((row, axis) => {
    const share = (row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2]) / white[axis];
    return share > 216 / 24389 ? Math.cbrt(share) : ((24389 / 27) * share + 16) / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** `labOf` and `rgbOf` for the shader; `uXyz` and `uWhite` are the frame's matrix and white point. */
export const LAB = `
uniform mat3 uXyz;
uniform vec3 uWhite;
vec3 labOf(vec3 rgb) {
  rgb = clamp(rgb, 0.0, 1.0);
  vec3 linear = mix(pow((rgb + 0.055) / 1.055, vec3(2.4)), rgb / 12.92, lessThanEqual(rgb, vec3(0.04045)));
  vec3 share = uXyz * linear / uWhite;
  vec3 f = mix((24389.0 / 27.0 * share + 16.0) / 116.0, pow(max(share, 1e-9), vec3(1.0 / 3.0)), greaterThan(share, vec3(216.0 / 24389.0)));
  return vec3(116.0 * f.y - 16.0, 500.0 * (f.x - f.y), 200.0 * (f.y - f.z));
}
vec3 rgbOf(vec3 lab) {
  float y = (lab.x + 16.0) / 116.0;
  vec3 f = vec3(y + lab.y / 500.0, y, y - lab.z / 200.0);
  vec3 share = mix((116.0 * f - 16.0) * 27.0 / 24389.0, f * f * f, greaterThan(f, vec3(6.0 / 29.0)));
  vec3 linear = clamp(inverse(uXyz) * (share * uWhite), 0.0, 1.0);
  return mix(1.055 * pow(max(linear, 1e-9), vec3(1.0 / 2.4)) - 0.055, linear * 12.92, lessThanEqual(linear, vec3(0.0031308)));
}
`;
