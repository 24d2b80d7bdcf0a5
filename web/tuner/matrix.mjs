// Vectors of 3 and 3 × 3 matrices, as plain arrays of rows.

/** The matrix that changes nothing. */
export const IDENTITY = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** Scalar product of two vectors. @param {number[]} a @param {number[]} b */
export function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** Matrix times vector. @param {number[][]} matrix @param {number[]} vector @returns {number[]} */
export function times(matrix, vector) {
  return matrix.map((row) => dot(row, vector));
}

/** Product of matrices, the first one outermost. @param {...number[][]} factors @returns {number[][]} */
export function product(...factors) {
  return factors.reduce((a, b) => a.map((row) => [0, 1, 2].map((column) => dot(row, b.map((other) => other[column])))));
}

/** Inverse, by the adjugate. @param {number[][]} m @returns {number[][]} */
export function inverse(m) {
  const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const columns = [cross(m[1], m[2]), cross(m[2], m[0]), cross(m[0], m[1])];
  const size = dot(m[0], columns[0]);
  return [0, 1, 2].map((row) => columns.map((column) => column[row] / size));
}

/** Entry by entry. @param {number[][]} matrix @param {(value: number, row: number, column: number) => number} change */
export function mapped(matrix, change) {
  return matrix.map((values, row) => values.map((value, column) => change(value, row, column)));
}

/**
 * A function of a symmetric matrix: of its eigenvalues, found by Jacobi's rotations.
 * @param {number[][]} matrix
 * @param {(value: number) => number} change
 * @returns {number[][]}
 */
export function ofEigenvalues(matrix, change) {
  let [rest, axes] = [matrix, IDENTITY];
  for (let round = 0; round < 12; round++) {
    for (const [p, q] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ]) {
      const turn = rotation(rest, p, q);
      rest = product(transposed(turn), rest, turn);
      axes = product(axes, turn);
    }
  }
  const values = [0, 1, 2].map((axis) => change(rest[axis][axis]));
  return product(mapped(axes, (value, _, column) => value * values[column]), transposed(axes));
}

/** Rows as columns. */
function transposed(matrix) {
  return mapped(matrix, (_, row, column) => matrix[column][row]);
}

/** The rotation that makes the entry (p, q) of a symmetric matrix vanish. */
function rotation(matrix, p, q) {
  const angle = Math.atan2(2 * matrix[p][q], matrix[q][q] - matrix[p][p]) / 2;
  const turn = mapped(IDENTITY, (value) => value);
  turn[p][p] = turn[q][q] = Math.cos(angle);
  turn[p][q] = Math.sin(angle);
  turn[q][p] = -turn[p][q];
  return turn;
}
