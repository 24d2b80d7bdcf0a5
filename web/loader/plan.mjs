// Which time of its file a loaded clip shows at each of its own times: trim, rate and loop, as nodes/load.py plays them.

/**
 * @typedef {object} Choices the inputs of Load Face Video
 * @property {number} start seconds
 * @property {number} duration seconds, 0: all
 * @property {number} frame_rate frames a second, 0: the file's own
 * @property {number} length seconds to loop or cut to, 0: once through
 * @property {string} loop `ping_pong`, `restart` or `hold`
 */

/**
 * @typedef {object} Plan
 * @property {number} begin first second of the file that is used
 * @property {number} end one past the last
 * @property {number} fps frames a second of the loaded clip
 * @property {number} seconds length of the loaded clip
 * @property {number} passes how often the file's piece is begun in it
 * @property {(time: number) => {time: number, moving: -1|0|1}} at time in the file, and its direction, by time in the clip
 */

/**
 * Make the plan of a clip.
 * @param {Choices} choices
 * @param {{seconds: number, fps: number}} file its length and rate
 * @returns {Plan}
 */
export function makePlan({ start, duration, frame_rate: rate, length, loop }, file) {
  const fps = rate || file.fps || 25;
  const begin = Math.min(start, Math.max(0, file.seconds - 1 / fps));
  const end = duration > 0 ? Math.min(begin + duration, file.seconds) : file.seconds;
  const frames = Math.max(1, Math.round((end - begin) * fps));
  const count = length > 0 ? Math.max(1, Math.round(length * fps)) : frames;
  const at = (time) => {
    const frame = Math.max(0, Math.min(count - 1, Math.floor(time * fps + 1e-6)));
    const { index, moving } = placeOf(frame, frames, loop);
    return { time: begin + (index + 0.5) / fps, moving };
  };
  return { begin, end, fps, seconds: count / fps, passes: loop === "hold" ? 1 : Math.ceil(count / frames), at };
}

/** Frame of the file's piece that a frame of the clip shows, and its direction. As `play_order` of media/loops.py. */
function placeOf(frame, frames, loop) {
  const last = frames - 1;
  if (frame <= last) return { index: frame, moving: 1 };
  if (loop === "hold" || last === 0) return { index: last, moving: 0 };
  if (loop === "restart") return { index: frame % frames, moving: 1 };
  const inside = frame % (2 * last);
  return { index: last - Math.abs(inside - last), moving: inside < last ? 1 : -1 };
}
