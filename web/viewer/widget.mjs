// The Seam Debug Viewer: original and result under a wipe, a scrubber, the metrics over time. It does not
// depend on ComfyUI: it takes the name of a `view.json` (of browser/viewer.py) and a function that makes its address.
import { makeButton } from "../widget/elements.mjs";
import { keepPresses, keepWheel, onDrag, onKeys } from "../widget/input.mjs";
import { paintPlots, paintStage, pictureOf, stagePlace } from "./paint.mjs";
import { makeParts, makePlot } from "./parts.mjs";
import { peakNear } from "./plot.mjs";
import { Sheets } from "./sheets.mjs";
import { lastUpTo, nearest, sheetPlace } from "./stage.mjs";
import { adviceRows } from "./advice.mjs";

/** How far beside a peak a click still finds it, in pixels. */
const REACH = 7;

/** How runs were looked at when their widget was taken away, by address. @type {Map<string, object>} */
const looks = new Map();

export class SeamViewer {
  #parts;
  #state = { index: 0, view: "result", share: 0.5, flipped: false, zoomed: false, playing: null };
  /** @type {object|null} what view.json says */
  #data = null;
  #sheets = new Sheets({}, () => {});
  #plots = [];
  #wanted = "";
  #drawing = 0;
  #say;
  #set;
  #report = "";
  #observer = new ResizeObserver(() => this.#redraw());

  /**
   * @param {import("../words/translate.mjs").Say} say gives texts in the user's language
   * @param {(changes: Record<string, Record<string, any>>) => string} [set] sets values in the graph, and says what it did
   */
  constructor(say, set) {
    this.#say = say;
    this.#set = set;
    this.#parts = makeParts(say);
    this.#listen();
    this.#parts.notice.textContent = say("Run the workflow to look at its seam.");
    this.#observer.observe(this.#parts.stage);
    this.#observer.observe(this.#parts.plots);
    this.#update();
  }

  /** The widget's root. @returns {HTMLElement} */
  get element() {
    return this.#parts.element;
  }

  /**
   * Show a finished run; the one that is shown already stays as it is.
   * @param {{filename: string, subfolder: string, type: string}} file of `view.json`
   * @param {(file: object) => string} address where a file can be fetched
   */
  async load(file, address) {
    const wanted = address(file);
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    try {
      const answer = await fetch(wanted);
      if (!answer.ok) throw new Error(answer.statusText);
      const data = await answer.json();
      if (wanted === this.#wanted) this.#show(data, (filename) => address({ ...file, filename }));
    } catch {
      if (wanted !== this.#wanted) return;
      this.#wanted = "";
      this.#parts.notice.textContent = this.#say("The pictures are gone; run the workflow again.");
    }
  }

  /** Stop playing and loading; a new widget that shows the same run goes on as this one was left. */
  dispose() {
    this.#pause();
    if (this.#data) looks.set(this.#wanted, this.#state);
    this.#observer.disconnect();
    this.#sheets.close();
    cancelAnimationFrame(this.#drawing);
  }

  #show(data, address) {
    this.#pause();
    this.#sheets.close();
    this.#data = data;
    const addresses = Object.fromEntries(Object.entries(data.sheets).map(([view, names]) => [view, names.map(address)]));
    this.#sheets = new Sheets(addresses, () => this.#redraw());
    const { scrub, verdict, worst, plots } = this.#parts;
    this.#state.index = data.worst.length ? nearest(data.frames, data.worst[0].frame) : 0;
    Object.assign(this.#state, looks.get(this.#wanted));
    scrub.max = String(data.frames.length - 1);
    verdict.textContent = data.verdict;
    this.#parts.advice.replaceChildren(...adviceRows(data.advice ?? [], this.#set, this.#say));
    this.#report = data.report ? address(data.report) : "";
    const worstOnes = data.worst.map((one) => this.#worstButton(one));
    worst.replaceChildren(...(worstOnes.length ? [this.#say("Worst:"), ...worstOnes] : []));
    this.#plots = data.metrics.map((metric) => this.#plot(metric));
    plots.replaceChildren(...this.#plots.map(({ row }) => row));
    if (!data.landmarks.length && this.#state.view === "landmarks") this.#state.view = "result";
    this.#update();
    this.#prepare();
  }

  #worstButton({ frame, faults }) {
    const title = faults.join("\n") || this.#say("the least good");
    const button = makeButton("ssv-bad-frame", String(frame), title);
    button.addEventListener("click", () => this.#goTo(frame));
    return button;
  }

  #plot(metric) {
    const plot = makePlot(metric, this.#say);
    onDrag(plot.canvas, (share) => this.#goTo(peakNear(metric, share, REACH / (plot.canvas.clientWidth || 1))));
    return plot;
  }

  #listen() {
    const { element, views, flip, zoom, handle, stage, play, scrub, plots, explain, report, keys } = this.#parts;
    explain.addEventListener("click", () => this.explain());
    report.addEventListener("click", () => this.#openReport());
    keys.addEventListener("click", () => this.#fold("shortcuts", "keys"));
    for (const one of views) one.addEventListener("click", () => this.#choose(one.dataset.view));
    flip.addEventListener("click", () => this.#toggle("flipped"));
    zoom.addEventListener("click", () => this.#toggle("zoomed"));
    play.addEventListener("click", () => this.#playOrPause());
    scrub.addEventListener("input", () => this.#seek(Number(scrub.value)));
    onDrag(stage, (share) => this.#wipe(this.#shareOfPicture(share)));
    onKeys(handle, {
      arrowleft: () => this.#wipe(this.#state.share - 0.02),
      arrowright: () => this.#wipe(this.#state.share + 0.02),
    });
    onKeys(element, {
      f: () => this.#toggle("flipped"),
      z: () => this.#toggle("zoomed"),
      e: () => this.explain(),
      r: () => this.#openReport(),
      "?": () => this.#fold("shortcuts", "keys"),
      " ": () => this.#playOrPause(),
      arrowleft: () => this.#seek(this.#state.index - 1),
      arrowright: () => this.#seek(this.#state.index + 1),
      home: () => this.#seek(0),
      end: () => this.#seek(Infinity),
      ...Object.fromEntries(views.map((one, k) => [String(k + 1), () => this.#choose(one.dataset.view)])),
    });
    keepPresses(element);
    keepWheel(plots);
  }

  /** Show or hide what to change about the faults. */
  explain() {
    if (this.#data) this.#fold("advice", "explain");
  }

  /** Show or hide a part, by a button that stays pressed. */
  #fold(part, button) {
    const shown = this.#parts[part].toggleAttribute("hidden") === false;
    this.#parts[button].setAttribute("aria-pressed", String(shown));
  }

  /** Open the report's page in a tab. The server would only let it be saved. */
  async #openReport() {
    if (!this.#report) return;
    const tab = window.open("", "_blank"); // now, as browsers open none later
    const answer = await fetch(this.#report).catch(() => null);
    if (!answer?.ok) {
      tab?.close();
      this.#parts.notice.textContent = this.#say("The pictures are gone; run the workflow again.");
      return;
    }
    const page = new Blob([await answer.text()], { type: "text/html" });
    if (tab) tab.location = URL.createObjectURL(page);
  }

  #choose(view) {
    if (this.#parts.views.find((one) => one.dataset.view === view).disabled) return;
    this.#state.view = view;
    this.#state.flipped = false;
    this.#update();
    this.#prepare();
  }

  #toggle(name) {
    this.#state[name] = !this.#state[name];
    this.#update();
  }

  #wipe(share) {
    this.#state.share = Math.max(0, Math.min(1, share));
    this.#state.flipped = false;
    this.#update();
  }

  #seek(index) {
    if (!this.#data) return;
    this.#pause();
    this.#state.index = Math.max(0, Math.min(this.#data.frames.length - 1, index));
    this.#update();
  }

  /** To the shown frame nearest to one of the clip's. */
  #goTo(frame) {
    this.#seek(nearest(this.#data.frames, frame));
  }

  #playOrPause() {
    if (this.#state.playing !== null) this.#pause();
    else if (this.#data) this.#play();
  }

  #play() {
    const { frames, fps, count } = this.#data;
    const from = frames[this.#state.index];
    const began = performance.now();
    const step = (now) => {
      const frame = (from + ((now - began) / 1000) * fps) % count;
      const index = lastUpTo(frames, Math.floor(frame));
      this.#state.playing = requestAnimationFrame(step);
      if (index === this.#state.index) return;
      this.#state.index = index;
      this.#update();
    };
    this.#state.playing = requestAnimationFrame(step);
    this.#update();
  }

  #pause() {
    if (this.#state.playing === null) return;
    cancelAnimationFrame(this.#state.playing);
    this.#state.playing = null;
    this.#update();
  }

  /** Load the sheets of what is looked at, the one in front first. */
  #prepare() {
    if (!this.#data) return;
    const { sheet } = sheetPlace(this.#state.index, this.#data);
    for (const view of ["original", pictureOf(this.#state.view)]) this.#sheets.prepare(view, sheet);
  }

  /** Bring all that is text or an attribute up to date; pictures and plots follow. */
  #update() {
    const { views, flip, zoom, play, scrub, readout, handle, left, right, canvas, element } = this.#parts;
    const { index, view, share, flipped, zoomed, playing } = this.#state;
    for (const one of views) one.setAttribute("aria-pressed", String(one.dataset.view === view));
    flip.setAttribute("aria-pressed", String(flipped));
    zoom.setAttribute("aria-pressed", String(zoomed));
    play.textContent = playing === null ? "▶" : "⏸";
    play.setAttribute("aria-label", playing === null ? this.#say("play") : this.#say("pause"));
    handle.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    handle.hidden = flipped || !this.#data;
    const [before, after] = this.#data?.labels ?? ["", ""];
    left.textContent = flipped || share > 0 ? before : "";
    const looked = view === "result" ? after : views.find((one) => one.dataset.view === view).textContent;
    right.textContent = flipped || !this.#data ? "" : looked;
    const { explain, report } = this.#parts;
    for (const control of [play, scrub, flip, zoom, explain, report, ...views]) control.disabled = !this.#data;
    report.disabled ||= !this.#report;
    for (const one of views) one.disabled ||= one.dataset.view === "landmarks" && !this.#data.landmarks.length;
    element.classList.toggle("ssv-filled", Boolean(this.#data));
    if (this.#data) {
      const frame = this.#data.frames[index];
      readout.textContent = `${frame} / ${this.#data.count - 1} · ${(frame / this.#data.fps).toFixed(2)} s`;
      scrub.value = String(index);
      const frameLabel = this.#say("frame {frame}", { frame });
      scrub.setAttribute("aria-valuetext", frameLabel);
      canvas.setAttribute("aria-label", [frameLabel, left.textContent, right.textContent].filter(Boolean).join(this.#say(", ")));
    }
    this.#redraw();
  }

  /** Draw with the next picture of the screen, once however often it is called. */
  #redraw() {
    cancelAnimationFrame(this.#drawing);
    this.#drawing = requestAnimationFrame(() => {
      if (!this.#data) return;
      const { canvas, handle, notice, element } = this.#parts;
      const painted = paintStage(canvas, this.#data, this.#sheets, this.#state, this.#say);
      handle.style.left = `${100 * painted.wipe}%`;
      notice.textContent = painted.notice;
      paintPlots(element, this.#plots, this.#data, this.#data.frames[this.#state.index]);
    });
  }

  /** A place on the stage as a place on the picture, which may be narrower. */
  #shareOfPicture(share) {
    if (!this.#data) return share;
    const { canvas } = this.#parts;
    const { target } = stagePlace(canvas, this.#data, this.#state.zoomed);
    return (share * canvas.width - target[0]) / target[2];
  }
}
