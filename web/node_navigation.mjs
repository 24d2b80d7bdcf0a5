// Moving about the graph with the pointer over a widget, in the classic view, where a widget's element lies over the canvas.

/** Mouse buttons as `pointermove` tells them: the middle one. */
const MIDDLE = 4;

/**
 * Hand the wheel and drags with the middle button on to the canvas, as ComfyUI does over its own pictures and videos. In
 * Nodes 2.0 the page hears them itself.
 * @param {HTMLElement} element the widget's
 * @param {() => object} canvas ComfyUI's graph canvas
 */
export function keepNavigation(element, canvas) {
  const handOn = (type, method, concerns) =>
    element.addEventListener(type, (event) => {
      if (!globalThis.LiteGraph?.vueNodesMode && concerns(event)) canvas()[method]?.(event);
    });
  handOn("wheel", "processMouseWheel", () => true);
  handOn("pointerdown", "processMouseDown", (event) => event.button === 1);
  handOn("pointermove", "processMouseMove", (event) => (event.buttons & MIDDLE) === MIDDLE);
  handOn("pointerup", "processMouseUp", (event) => event.button === 1);
}
