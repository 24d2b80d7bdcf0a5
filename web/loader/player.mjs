// Plays the clip chosen in Load Face Video as it will be used: trimmed, at its rate, looped. It does not depend on ComfyUI's page.
import { make, makeButton } from "../widget/elements.mjs";
import { keepPresses, onKeys } from "../widget/input.mjs";
import { isPicture } from "./kinds.mjs";
import { makePlan } from "./plan.mjs";
import { ask } from "./source.mjs";

/** How far a playing video may be from where it should be, seconds. */
const SLACK = 0.2;

export class ClipPlayer {
  #parts;
  #say;
  #address;
  #state = { time: 0, playing: null };
  /** @type {object|null} what the server knows of the file */
  #file = null;
  #choices = null;
  /** @type {import("./plan.mjs").Plan|null} */
  #plan = null;
  #wanted = "";

  /**
   * @param {import("../words/translate.mjs").Say} say gives texts in the user's language
   * @param {(what: string, values: object) => string} address of a file and of what the server knows of it
   */
  constructor(say, address) {
    this.#say = say;
    this.#address = address;
    this.#parts = makeParts(say);
    this.#listen();
    this.#update();
  }

  /** The widget's root. @returns {HTMLElement} */
  get element() {
    return this.#parts.element;
  }

  /** Show the file and the choices of the node's values. @param {object} values @param {Set<string>} linked inputs fed by links */
  show(values, linked) {
    this.#choices = values;
    const known = values.file && !linked.has("file");
    const wanted = known ? this.#address("file", values) : "";
    if (wanted === this.#wanted) this.#replan();
    else this.#open(wanted, values);
    if (!known) this.#note(values.file ? this.#say("The file comes from a link.") : this.#say("No file is chosen; drop one here."));
  }

  /** Stop playing and loading. */
  dispose() {
    this.#pause();
    this.#wanted = "";
    this.#parts.video.removeAttribute("src");
    this.#parts.video.load();
  }

  async #open(wanted, values) {
    this.#pause();
    const { video, image } = this.#parts;
    [this.#wanted, this.#file, this.#plan, this.#state.time] = [wanted, null, null, 0];
    const still = isPicture(values.file ?? "");
    image.hidden = !wanted || !still;
    video.hidden = !wanted || still;
    video.removeAttribute("poster");
    if (still || !wanted) video.removeAttribute("src");
    else video.src = wanted;
    if (still && wanted) image.src = this.#address("thumbnail", values);
    this.#note(wanted ? this.#say("loading…") : "");
    if (!wanted) return this.#update();
    try {
      const file = await ask(this.#address("facts", values));
      if (wanted !== this.#wanted) return;
      this.#file = file;
      this.#note("");
      this.#replan();
    } catch (error) {
      if (wanted === this.#wanted) this.#note(error.message);
    }
  }

  #replan() {
    if (!this.#file || !this.#choices) return;
    this.#plan = makePlan(this.#choices, this.#file);
    this.#state.time = Math.min(this.#state.time, this.#plan.seconds);
    this.#seek(this.#state.time);
  }

  #listen() {
    const { element, video, image, play, scrub, sound } = this.#parts;
    play.addEventListener("click", () => this.#playOrPause());
    sound.addEventListener("click", () => this.#toggleSound());
    scrub.addEventListener("input", () => this.#jump(Number(scrub.value)));
    video.addEventListener("error", () => this.#showStill());
    image.addEventListener("error", () => (image.hidden = true));
    const step = (frames) => this.#jump(this.#state.time + frames / (this.#plan?.fps ?? 25));
    onKeys(element, {
      " ": () => this.#playOrPause(),
      m: () => this.#toggleSound(),
      arrowleft: () => step(-1),
      arrowright: () => step(1),
      home: () => this.#jump(0),
      end: () => this.#jump(Infinity),
    });
    keepPresses(element);
  }

  /** The browser cannot play the file: show its first picture, which the server can read. */
  #showStill() {
    if (!this.#wanted || !this.#parts.video.getAttribute("src")) return;
    this.#pause();
    this.#parts.video.hidden = true;
    this.#parts.image.hidden = false;
    this.#parts.image.src = this.#address("thumbnail", this.#choices);
    this.#note(this.#say("This browser cannot play the file; it loads all the same."));
    this.#update();
  }

  #playOrPause() {
    if (this.#state.playing !== null) this.#pause();
    else this.#play();
  }

  #play() {
    if (!this.#plan || this.#file.still || this.#parts.video.hidden) return;
    const from = this.#state.time >= this.#plan.seconds - 1 / this.#plan.fps ? 0 : this.#state.time;
    const began = performance.now();
    const step = (now) => {
      this.#state.time = (from + Math.max(0, now - began) / 1000) % this.#plan.seconds;
      this.#state.playing = requestAnimationFrame(step);
      this.#follow();
      this.#update();
    };
    this.#state.playing = requestAnimationFrame(step);
    this.#update();
  }

  #pause() {
    if (this.#state.playing === null) return;
    cancelAnimationFrame(this.#state.playing);
    this.#state.playing = null;
    this.#parts.video.pause();
    this.#update();
  }

  /** Let the video play where it moves forwards; elsewhere show one picture after another. */
  #follow() {
    const { video } = this.#parts;
    const { time, moving } = this.#plan.at(this.#state.time);
    if (video.seeking) return;
    if (moving === 1) {
      if (Math.abs(video.currentTime - time) > SLACK) video.currentTime = time;
      else if (video.paused) video.play().catch(() => {});
    } else {
      if (!video.paused) video.pause();
      if (Math.abs(video.currentTime - time) > 0.5 / this.#plan.fps) video.currentTime = time;
    }
  }

  /** To a time of the clip, by hand. */
  #jump(time) {
    this.#pause();
    this.#seek(time);
  }

  #seek(time) {
    if (!this.#plan) return;
    this.#state.time = Math.max(0, Math.min(this.#plan.seconds - 1 / this.#plan.fps, time));
    const { time: at } = this.#plan.at(this.#state.time);
    if (!this.#parts.video.hidden) this.#parts.video.currentTime = at;
    this.#update();
  }

  #toggleSound() {
    this.#parts.video.muted = !this.#parts.video.muted;
    this.#update();
  }

  #note(text) {
    this.#parts.notice.textContent = text;
  }

  /** Bring all that is text or an attribute up to date. */
  #update() {
    const { element, play, scrub, readout, sound, facts, video } = this.#parts;
    const [plan, moves] = [this.#plan, Boolean(this.#plan) && !this.#file.still && !video.hidden];
    for (const control of [play, scrub, sound]) control.disabled = !moves;
    sound.hidden = !this.#file?.sound;
    sound.textContent = video.muted ? "🔇" : "🔊";
    sound.setAttribute("aria-pressed", String(!video.muted));
    play.textContent = this.#state.playing === null ? "▶" : "⏸";
    play.setAttribute("aria-label", this.#state.playing === null ? this.#say("play") : this.#say("pause"));
    element.classList.toggle("ssp-filled", Boolean(this.#file));
    facts.textContent = plan ? describe(this.#file, plan, this.#choices, this.#say) : "";
    readout.textContent = plan ? `${this.#state.time.toFixed(1)} / ${plan.seconds.toFixed(1)} s` : "";
    if (!plan) return;
    scrub.max = String(plan.seconds);
    scrub.step = String(1 / plan.fps);
    scrub.value = String(this.#state.time);
    scrub.style.setProperty("--ssp-pass", `${100 * plan.pass}%`);
    scrub.classList.toggle("ssp-looped", plan.passes > 1);
  }
}

/** Make the player's elements, by name. @param {import("../words/translate.mjs").Say} say */
function makeParts(say) {
  const video = make("video", { class: "ssw-picture", playsinline: "", preload: "auto" });
  video.muted = true;
  const image = make("img", { class: "ssw-picture", alt: "", draggable: "false", hidden: "" });
  const notice = make("div", { class: "ssw-overlay ssw-notice ssp-notice", role: "status" });
  const stage = make("div", { class: "ssw-stage ssp-stage" }, video, image, notice);
  const play = makeButton("ssp-play", "▶", say("play and pause (Space)"));
  const scrub = make("input", { type: "range", class: "ssp-scrub", min: "0", max: "1", value: "0", "aria-label": say("time") });
  const readout = make("span", { class: "ssw-value ssp-readout" });
  const sound = makeButton("ssp-sound", "🔇", say("the clip's own sound (M)"), "false");
  const facts = make("div", { class: "ssw-status ssp-facts" });
  const element = make(
    "div",
    { class: "ssw ssp", tabindex: "0", role: "group", "aria-label": say("Preview of the clip") },
    stage,
    make("div", { class: "ssw-line" }, play, scrub, readout, sound),
    facts,
  );
  return { element, stage, video, image, notice, play, scrub, readout, sound, facts };
}

/** Say in a line what of the file is used. */
function describe(file, plan, { start, length, loop }, say) {
  const number = (value) => String(Math.round(value * 100) / 100);
  const size = `${file.width}×${file.height}`;
  const rate = file.still || plan.fps === file.fps ? `${number(plan.fps)} fps` : `${number(file.fps)} → ${number(plan.fps)} fps`;
  if (file.still) return [size, say("still picture"), rate].join(" · ");
  if (start >= file.seconds) return say("start lies past the end: the clip has {seconds} s", { seconds: number(file.seconds) });
  const whole = { first: number(plan.begin), last: number(plan.end), seconds: number(file.seconds) };
  const cut = !plan.whole ? say("{first}–{last} s of {seconds} s", whole) : `${whole.seconds} s`;
  const more = { seconds: number(length), loop };
  const looped = length && (plan.passes > 1 || loop === "hold") ? say("{loop} to {seconds} s", more) : length && say("cut to {seconds} s", more);
  return [size, rate, cut, looped].filter(Boolean).join(" · ");
}
