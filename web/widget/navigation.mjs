// Keeps the graph's zooming and panning working over a widget. In the classic view, the widget's element covers the canvas.

/** The middle mouse button in the field `buttons` of an event. */
const MIDDLE = 4;

/**
 * Pass wheel events and drags with the middle button to the canvas, as ComfyUI does over its own pictures and videos. In
 * Nodes 2.0 the page handles them itself.
 * @param {HTMLElement} element the widget's element
 * @param {() => object} canvas ComfyUI's graph canvas
 */
export function keepNavigation(element, canvas) {
  const forward = (type, method, concerns) =>
    element.addEventListener(type, (event) => {
      if (!globalThis.LiteGraph?.vueNodesMode && concerns(event)) canvas()[method]?.(event);
    });
  forward("wheel", "processMouseWheel", () => true);
  forward("pointerdown", "processMouseDown", (event) => event.button === 1);
  forward("pointermove", "processMouseMove", (event) => (event.buttons & MIDDLE) === MIDDLE);
  forward("pointerup", "processMouseUp", (event) => event.button === 1);
}
