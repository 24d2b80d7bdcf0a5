// Which time of its file a loaded clip shows at each of its own times: trim, rate and loop, as nodes/load.py plays them.

/**
 * @typedef {object} Choices the inputs of Load Face Video
 * @property {number} start seconds
 * @property {number} duration seconds, 0: all
 * @property {number} frame_rate frames a second, 0: the file's own
 * @property {number} length seconds to loop or cut to, 0: once through
 * @property {string} loop `ping_pong`, `restart` or `hold`
 * @property {number} [skip_frames] first frames left out
 * @property {number} [every_nth] every which frame is taken after these
 * @property {number} [frame_cap] how many frames at most, 0: all
 */

/**
 * @typedef {object} Plan
 * @property {number} begin first second of the file that is used
 * @property {number} end one past the last
 * @property {number} fps frames a second of the loaded clip
 * @property {number} seconds length of the loaded clip
 * @property {number} passes how often the file's piece is begun in it
 * @property {number} pass share of the clip that one takes
 * @property {boolean} whole all of the file is used
 * @property {(time: number) => {time: number, moving: -1|0|1}} at time in the file, and its direction, by time in the clip
 */

/**
 * Make the plan of a clip.
 * @param {Choices} choices
 * @param {{seconds: number, fps: number}} file its length and rate
 * @returns {Plan}
 */
export function makePlan(choices, file) {
  const { start, duration, length, loop, skip_frames: skip = 0, every_nth: every = 1, frame_cap: cap = 0 } = choices;
  const read = choices.frame_rate || file.fps || 25;
  const begin = Math.min(start, Math.max(0, file.seconds - 1 / read));
  const end = duration > 0 ? Math.min(begin + duration, file.seconds) : file.seconds;
  const left = Math.max(1, rounded((end - begin) * read)) - skip;
  const frames = Math.max(1, Math.min(Math.ceil(left / every), cap || Infinity));
  const fps = read / every;
  const count = length > 0 ? Math.max(1, rounded(length * fps)) : frames;
  const at = (time) => {
    const frame = Math.max(0, Math.min(count - 1, Math.floor(time * fps + 1e-6)));
    const { index, moving } = placeOf(frame, frames, loop);
    return { time: begin + (skip + index * every + 0.5) / read, moving };
  };
  const counted = skip || every > 1 || cap;
  const used = counted ? [begin + skip / read, begin + (skip + (frames - 1) * every + 1) / read] : [begin, end];
  const passes = loop === "hold" ? 1 : Math.ceil(count / frames);
  const whole = !(start || duration || counted);
  return { begin: used[0], end: used[1], fps, seconds: count / fps, passes, pass: frames / count, whole, at };
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

/** Round as Python does: halves to the even number. */
function rounded(value) {
  const up = Math.round(value);
  return up - value === 0.5 && up % 2 === 1 ? up - 1 : up;
}
