// Shows and plays the speech chosen in Load Speech Audio: its waveform with the silences, and the part that is used. It does not
// depend on ComfyUI's page.
import { make, makeButton } from "../widget/elements.mjs";
import { keepPresses, onDrag, onKeys } from "../widget/input.mjs";
import { ask } from "./source.mjs";

export class SpeechPreview {
  #parts;
  #say;
  #address;
  #choices = null;
  /** @type {object|null} what the server knows of the sound */
  #sound = null;
  #wanted = "";
  #drawing = 0;
  #observer = new ResizeObserver(() => this.#redraw());

  /**
   * @param {import("../words/translate.mjs").Say} say gives texts in the user's language
   * @param {(what: string, values: object) => string} address of a file and of what the server knows of it
   */
  constructor(say, address) {
    this.#say = say;
    this.#address = address;
    this.#parts = makeParts(say);
    this.#listen();
    this.#observer.observe(this.#parts.canvas);
    this.#update();
  }

  /** The widget's root. @returns {HTMLElement} */
  get element() {
    return this.#parts.element;
  }

  /** Show the file and the choices of the node's values. @param {object} values @param {Set<string>} linked inputs fed by links */
  show(values, linked) {
    this.#choices = values;
    const notice = noticeOf(values, linked, this.#say);
    const wanted = notice ? "" : this.#address("waveform", values);
    if (wanted !== this.#wanted) this.#open(wanted, values);
    if (notice) this.#parts.notice.textContent = notice;
    this.#update();
  }

  /** Stop playing and loading. */
  dispose() {
    this.#wanted = "";
    this.#observer.disconnect();
    cancelAnimationFrame(this.#drawing);
    this.#parts.audio.removeAttribute("src");
    this.#parts.audio.load();
  }

  async #open(wanted, values) {
    const { audio, notice } = this.#parts;
    [this.#wanted, this.#sound] = [wanted, null];
    audio.pause();
    if (wanted) audio.src = this.#address("file", values);
    else audio.removeAttribute("src");
    notice.textContent = wanted ? this.#say("loading…") : "";
    if (!wanted) return;
    try {
      const sound = await ask(wanted);
      if (wanted !== this.#wanted) return;
      this.#sound = sound;
      notice.textContent = "";
      this.#update();
    } catch (error) {
      if (wanted === this.#wanted) notice.textContent = error.message;
    }
  }

  /** First and last second that are used. */
  get #span() {
    const { start = 0, duration = 0, offset = 0 } = this.#choices ?? {};
    const end = duration > 0 ? Math.min(start + duration, this.#sound.seconds) : this.#sound.seconds;
    return [Math.min(start - Math.min(offset, 0), end), end];
  }

  #listen() {
    const { element, audio, canvas, play } = this.#parts;
    play.addEventListener("click", () => this.#playOrPause());
    for (const name of ["play", "pause", "seeked"]) audio.addEventListener(name, () => this.#update());
    audio.addEventListener("timeupdate", () => {
      if (this.#sound && audio.currentTime >= this.#span[1]) audio.pause();
      this.#redraw();
    });
    onDrag(canvas, (share) => this.#seek(share * (this.#sound?.seconds ?? 0)));
    onKeys(element, {
      " ": () => this.#playOrPause(),
      arrowleft: () => this.#seek(audio.currentTime - 0.5),
      arrowright: () => this.#seek(audio.currentTime + 0.5),
      home: () => this.#seek(this.#span[0]),
    });
    keepPresses(element);
  }

  #seek(time) {
    if (this.#sound) this.#parts.audio.currentTime = Math.max(0, Math.min(this.#sound.seconds, time));
  }

  #playOrPause() {
    const { audio } = this.#parts;
    if (!this.#sound) return;
    if (!audio.paused) return audio.pause();
    const [first, last] = this.#span;
    if (audio.currentTime < first || audio.currentTime >= last - 0.05) audio.currentTime = first;
    audio.play().catch((error) => (this.#parts.notice.textContent = error.message));
  }

  /** Bring all that is text or an attribute up to date; the waveform follows. */
  #update() {
    const { audio, play, facts, element } = this.#parts;
    play.disabled = !this.#sound;
    play.textContent = audio.paused ? "▶" : "⏸";
    play.setAttribute("aria-label", audio.paused ? this.#say("play") : this.#say("pause"));
    element.classList.toggle("ssa-filled", Boolean(this.#sound));
    facts.textContent = this.#sound ? describe(this.#sound, this.#span, this.#choices, this.#say) : "";
    this.#redraw();
  }

  #redraw() {
    cancelAnimationFrame(this.#drawing);
    this.#drawing = requestAnimationFrame(() => {
      const { canvas, audio, element } = this.#parts;
      const scale = window.devicePixelRatio || 1;
      const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.max(1, Math.round(side * scale)));
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, width, height);
      if (!this.#sound) return;
      const style = getComputedStyle(element);
      const color = (name, other) => style.getPropertyValue(name).trim() || other;
      const colors = { line: color("--fg-color", "#e6e6e6"), cursor: color("--p-primary-color", "#4a9eff") };
      drawWaveform(context, this.#sound, this.#span, audio.currentTime, colors);
      if (!audio.paused) this.#redraw();
    });
  }
}

/** Why there is nothing to show; empty where there is. */
function noticeOf({ file }, linked, say) {
  if (linked.has("audio")) return say("The linked audio is used, not the file.");
  if (linked.has("file")) return say("The file comes from a link.");
  return file ? "" : say("No file is chosen; drop one here.");
}

/** Draw peaks, silences, what is not used, and the place that is played. */
export function drawWaveform(context, { peaks, silences, seconds }, [first, last], now, { line, cursor }) {
  const { width, height } = context.canvas;
  const at = (time) => (time / seconds) * width;
  context.fillStyle = "#4a9eff38";
  for (const [begin, end] of silences) context.fillRect(at(begin), 0, at(end) - at(begin), height);
  const step = width / peaks.length;
  peaks.forEach((peak, k) => {
    const time = ((k + 0.5) / peaks.length) * seconds;
    context.globalAlpha = time >= first && time < last ? 0.9 : 0.25;
    context.fillStyle = line;
    const high = Math.max(1, (peak / 100) * height);
    context.fillRect(k * step, (height - high) / 2, Math.max(1, step), high);
  });
  context.globalAlpha = 1;
  context.fillStyle = "#0009";
  context.fillRect(0, 0, at(first), height);
  context.fillRect(at(last), 0, width - at(last), height);
  context.fillStyle = cursor;
  context.fillRect(Math.min(at(now), width - 2), 0, 2, height);
}

/** Make the elements, by name. @param {import("../words/translate.mjs").Say} say */
function makeParts(say) {
  const audio = make("audio", { preload: "metadata" });
  const canvas = make("canvas", { class: "ssw-picture ssa-wave", role: "img", "aria-label": say("waveform; silences are tinted") });
  const notice = make("div", { class: "ssw-overlay ssw-notice ssa-notice", role: "status" });
  const play = makeButton("ssa-play", "▶", say("play and pause (Space)"));
  const facts = make("div", { class: "ssw-status ssa-facts" });
  const element = make(
    "div",
    { class: "ssw ssa", tabindex: "0", role: "group", "aria-label": say("Preview of the speech") },
    make("div", { class: "ssw-stage ssa-stage" }, canvas, notice),
    make("div", { class: "ssw-line" }, play, facts),
    audio,
  );
  return { element, audio, canvas, notice, play, facts };
}

/** Say in a line what of the sound is used, and how much of it is silent. */
function describe({ seconds, more, silences }, [first, last], { start, duration, offset, loudness }, say) {
  const number = (value) => String(Math.round(value * 10) / 10);
  const all = more ? say("first {seconds} s", { seconds: number(seconds) }) : `${number(seconds)} s`;
  const cut = start || duration || offset < 0;
  const used = cut ? say("{first}–{last} s of {seconds} s", { first: number(first), last: number(last), seconds: number(seconds) }) : all;
  const quiet = silences.reduce((sum, [begin, end]) => sum + Math.max(0, Math.min(end, last) - Math.max(begin, first)), 0);
  return [
    used,
    say("{seconds} s silent", { seconds: number(quiet) }),
    offset > 0 && say("begins {seconds} s later", { seconds: number(offset) }),
    loudness < 0 && `${number(loudness)} LUFS`,
  ]
    .filter(Boolean)
    .join(" · ");
}
