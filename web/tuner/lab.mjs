// CIE L*a*b* (D65) of gamma-coded sRGB (IEC 61966-2-1, CIE 15), in JavaScript for the statistics and in GLSL for the picture.

const WHITE = [0.950456, 1, 1.088754];
const XYZ = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
];

/** Lab, L 0…100. @param {number[]} rgb 0…1 @returns {number[]} */
export function labOf(rgb) {
  const linear = rgb.map((value) => {
    const inside = Math.min(Math.max(value, 0), 1);
    return inside <= 0.04045 ? inside / 12.92 : ((inside + 0.055) / 1.055) ** 2.4;
  });
  const [x, y, z] = XYZ.map((row, axis) => {
    const share = (row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2]) / WHITE[axis];
    return share > 216 / 24389 ? Math.cbrt(share) : ((24389 / 27) * share + 16) / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** `labOf` and `rgbOf` for the shader. */
export const LAB = `
const vec3 WHITE = vec3(${WHITE.join(", ")});
const mat3 XYZ = mat3(${[0, 1, 2].flatMap((column) => XYZ.map((row) => row[column])).join(", ")});

vec3 labOf(vec3 rgb) {
  rgb = clamp(rgb, 0.0, 1.0);
  vec3 linear = mix(pow((rgb + 0.055) / 1.055, vec3(2.4)), rgb / 12.92, lessThanEqual(rgb, vec3(0.04045)));
  vec3 share = XYZ * linear / WHITE;
  vec3 f = mix((24389.0 / 27.0 * share + 16.0) / 116.0, pow(max(share, 1e-9), vec3(1.0 / 3.0)), greaterThan(share, vec3(216.0 / 24389.0)));
  return vec3(116.0 * f.y - 16.0, 500.0 * (f.x - f.y), 200.0 * (f.y - f.z));
}

vec3 rgbOf(vec3 lab) {
  float y = (lab.x + 16.0) / 116.0;
  vec3 f = vec3(y + lab.y / 500.0, y, y - lab.z / 200.0);
  vec3 share = mix((116.0 * f - 16.0) * 27.0 / 24389.0, f * f * f, greaterThan(f, vec3(6.0 / 29.0)));
  vec3 linear = clamp(inverse(XYZ) * (share * WHITE), 0.0, 1.0);
  return mix(1.055 * pow(max(linear, 1e-9), vec3(1.0 / 2.4)) - 0.055, linear * 12.92, lessThanEqual(linear, vec3(0.0031308)));
}
`;
