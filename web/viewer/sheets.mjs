// Loads the viewer's contact sheets: those of the chosen views only, the sheet that is looked at first.

export class Sheets {
  /**
   * @param {Record<string, string[]>} addresses of the sheets of each view
   * @param {() => void} changed called when a sheet has come
   */
  constructor(addresses, changed) {
    this.addresses = addresses;
    this.changed = changed;
    this.loaded = new Map();
    this.closed = false;
  }

  /** A sheet, or null while it is on its way (then it is requested). @returns {HTMLImageElement|null} */
  get(view, number) {
    const address = this.addresses[view]?.[number];
    if (!address || this.closed) return null;
    if (!this.loaded.has(address)) this.#load(address);
    return this.loaded.get(address);
  }

  /** Load all sheets of a view, one after the other, from one on. */
  async prepare(view, first) {
    const count = this.addresses[view]?.length ?? 0;
    for (let k = 0; k < count && !this.closed; k += 1) {
      const address = this.addresses[view][(first + k) % count];
      if (!this.loaded.has(address)) await this.#load(address);
    }
  }

  /** Load no more, and let go of what is there. */
  close() {
    this.closed = true;
    this.loaded.clear();
  }

  async #load(address) {
    this.loaded.set(address, null);
    const image = new Image();
    image.src = address;
    try {
      await image.decode();
    } catch {
      return; // gone with the server's temp folder; the stage says so
    }
    if (this.closed) return;
    this.loaded.set(address, image);
    this.changed();
  }
}
