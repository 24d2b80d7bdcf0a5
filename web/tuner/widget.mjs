// Live seam tuning: composes a frame in the browser while its settings are dragged. It does not depend on ComfyUI's page: it
// takes the node's output, a function that makes addresses of files, and one that writes the values.
import { Composer } from "./composer.mjs";
import { readFrame } from "./frame.mjs";
import { makeAdd, makeParts, makeSlider } from "./parts.mjs";
import { keepPresses, onKeys } from "../widget/input.mjs";
import { make } from "../widget/elements.mjs";

/** How runs were looked at, and the values dragged to, when their widget was taken away; by the run. @type {Map<string, object>} */
const looks = new Map();

const GONE = "The pictures are gone; run the workflow again.";

export class SeamTuner {
  #parts;
  #state = { frame: 0, show: "result", plain: false };
  /** @type {object|null} the node's output */
  #data = null;
  #address = null;
  #values = {};
  #sliders = [];
  /** @type {Map<number, Promise<object>>} */
  #frames = new Map();
  /** @type {Composer|null} */
  #composer = null;
  #drawing = 0;
  #say;
  #keep;

  /**
   * @param {import("../words/translate.mjs").Say} say gives texts in the user's language
   * @param {(values: Record<string, Record<string, number>>, used: Record<string, object>) => object} keep writes the values, by
   *   group, where they belong; returns `text`, what it did, and `missing` nodes: a `label`, and `add` that adds one
   */
  constructor(say, keep) {
    this.#say = say;
    this.#keep = keep;
    this.#parts = makeParts(say);
    this.#parts.notice.textContent = say("Run the workflow to tune its seam.");
    this.#listen();
    this.#update();
  }

  /** The widget's root. @returns {HTMLElement} */
  get element() {
    return this.#parts.element;
  }

  /**
   * Show a finished run; the one that is shown already stays as the user has dragged it.
   * @param {object} data the node's output, of browser/tuner.py
   * @param {(file: object) => string} address where a file can be fetched
   */
  load(data, address) {
    if (JSON.stringify(data) === JSON.stringify(this.#data)) return;
    this.#data = data;
    this.#address = address;
    this.#frames.clear();
    this.#state.frame = Math.min(this.#state.frame, Math.max(data.frames.length - 1, 0));
    this.#sliders = data.sliders.map((about) => this.#slider(about));
    this.#parts.sliders.replaceChildren(...this.#sliders.map(({ row }) => row));
    this.#parts.frames.replaceChildren(...data.frames.map(({ index }, place) => this.#frameButton(index, place)));
    this.#reset();
    const look = looks.get(JSON.stringify(data));
    if (look) [this.#state, this.#values] = structuredClone([look.state, look.values]);
    this.#choose(this.#state.frame);
  }

  /** Give the graphics memory back; a new widget that shows the same run goes on as this one was left. */
  dispose() {
    if (this.#data) looks.set(JSON.stringify(this.#data), { state: this.#state, values: this.#values });
    cancelAnimationFrame(this.#drawing);
    this.#composer?.release();
    this.#composer = null;
  }

  #listen() {
    const { element, shows, plain, reset, apply } = this.#parts;
    for (const one of shows) one.addEventListener("click", () => this.#show(one.dataset.show));
    plain.addEventListener("click", () => this.#togglePlain());
    reset.addEventListener("click", () => this.#reset());
    apply.addEventListener("click", () => this.#apply());
    const digits = [1, 2, 3, 4].map((digit) => [String(digit), () => this.#choose(digit - 1)]);
    onKeys(element, {
      a: () => this.#show("alpha"),
      d: () => this.#show("difference"),
      f: () => this.#show("before"),
      m: () => this.#togglePlain(),
      ...Object.fromEntries(digits),
    });
    keepPresses(element);
  }

  #slider(about) {
    const slider = makeSlider(about, this.#say);
    slider.input.addEventListener("input", () => {
      this.#values[about.group][about.name] = Number(slider.input.value);
      if (this.#state.show === "before") this.#state.show = "result";
      this.#update();
    });
    return { ...slider, about };
  }

  #frameButton(index, place) {
    const title = this.#say("frame {frame} ({key})", { frame: index, key: place + 1 });
    const one = make("button", { type: "button", class: "sst-frame", title }, String(index));
    one.addEventListener("click", () => this.#choose(place));
    return one;
  }

  /** Show this, or the result again where it is shown. */
  #show(name) {
    this.#state.show = this.#state.show === name ? "result" : name;
    this.#update();
  }

  #togglePlain() {
    this.#state.plain = !this.#state.plain;
    this.#update();
  }

  /** The values of the last run. */
  #reset() {
    this.#values = {};
    for (const { group, name, value } of this.#data.sliders) (this.#values[group] ??= {})[name] = value;
    this.#showStatus("");
    this.#update();
  }

  /** The same values by the ids of the nodes' inputs, which keep the names that settings had first. */
  #byInput(parts) {
    const { inputs } = this.#data;
    const renamed = (part, values) => Object.entries(values).map(([name, value]) => [inputs[part]?.[name] ?? name, value]);
    return Object.fromEntries(Object.entries(parts).map(([part, values]) => [part, Object.fromEntries(renamed(part, values))]));
  }

  #apply() {
    const { text, missing } = this.#keep(this.#byInput(this.#values), this.#byInput(this.#data.settings));
    this.#showStatus(text, missing);
  }

  /** A sentence beside the buttons, and buttons for nodes that are missing. */
  #showStatus(text, missing = []) {
    this.#parts.status.textContent = text;
    const buttons = missing.map(({ label, add }) => {
      const one = makeAdd(label, this.#say);
      one.addEventListener("click", () => {
        add();
        this.#apply();
      });
      return one;
    });
    this.#parts.add.replaceChildren(...buttons);
  }

  /** Fetch a frame and show it. */
  async #choose(place) {
    if (!this.#data) return;
    const chosen = this.#data.frames[place];
    if (!chosen) {
      this.#parts.notice.textContent = this.#say("None of the chosen frames is composited; choose others under 'frames'.");
      return;
    }
    this.#state.frame = place;
    this.#update();
    const [data, address] = [this.#data, this.#address(chosen.file)];
    if (!this.#frames.has(place)) this.#frames.set(place, fetchFrame(address));
    try {
      const frame = await this.#frames.get(place);
      if (data === this.#data && place === this.#state.frame) this.#take(frame);
    } catch (error) {
      this.#frames.delete(place);
      const text = this.#say(error instanceof TypeError ? GONE : error.message);
      if (data === this.#data) this.#parts.notice.textContent = text;
    }
  }

  #take(frame) {
    if (!this.#composer || this.#composer.gl.isContextLost()) this.#renew();
    this.#composer.load(frame);
    this.#parts.notice.textContent = "";
    this.#parts.element.classList.add("sst-filled");
    this.#update();
  }

  /** A canvas with a context of its own; browsers take old contexts away when there are many. */
  #renew() {
    const { canvas } = this.#parts;
    const fresh = canvas.cloneNode();
    canvas.replaceWith(fresh);
    this.#parts.canvas = fresh;
    this.#composer = new Composer(fresh);
  }

  /** Bring all that is text or an attribute up to date; the picture follows. */
  #update() {
    const { frames, shows, plain, reset, apply, truth } = this.#parts;
    for (const one of shows) one.setAttribute("aria-pressed", String(one.dataset.show === this.#state.show));
    plain.setAttribute("aria-pressed", String(this.#state.plain));
    [...frames.children].forEach((one, place) => one.setAttribute("aria-pressed", String(place === this.#state.frame)));
    for (const control of [...shows, plain, reset, apply]) control.disabled = !this.#data?.frames.length;
    for (const { about, show } of this.#sliders) show(this.#values[about.group][about.name]);
    const reasons = this.#data ? this.#reasons() : [];
    truth.textContent = this.#data ? this.#describe(reasons) : "";
    truth.classList.toggle("sst-approximated", reasons.length > 0);
    cancelAnimationFrame(this.#drawing);
    this.#drawing = requestAnimationFrame(() => this.#draw());
  }

  /** Why the picture shown can differ from the engine's. */
  #reasons() {
    const { always, finished, frames } = this.#data;
    const shrink = frames[this.#state.frame]?.shrink ?? 1;
    const rendered = [...always, ...(this.#state.plain ? [] : finished)].map((reason) => this.#say(reason));
    return [...rendered, ...(shrink > 1 ? [this.#say("shown at 1/{shrink} of its size", { shrink })] : [])];
  }

  /** What the user may expect of the picture. */
  #describe(reasons) {
    if (this.#state.show === "before") return this.#say("the target");
    if (!reasons.length) return this.#say("exact");
    return this.#say("approximated: {reasons}", { reasons: reasons.join(this.#say(", ")) });
  }

  #draw() {
    if (!this.#composer?.frame) return;
    if (this.#composer.gl.isContextLost()) {
      this.#choose(this.#state.frame);
      return;
    }
    const { mask, color } = this.#data.settings;
    const settings = { mask: { ...mask, ...this.#values.mask }, color: { ...color, ...this.#values.color } };
    this.#composer.draw(settings, { show: this.#state.show, finished: !this.#state.plain });
  }
}

/** The frame behind an address. */
async function fetchFrame(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(GONE);
  return readFrame(await answer.arrayBuffer());
}
