// Pointer, key and wheel events of the widgets: drags do not move the node, keys do not reach the page, the wheel scrolls.

/**
 * Call `move` with the pointer's horizontal position while it is dragged in an element, and on a click.
 * @param {HTMLElement} element
 * @param {(share: number) => void} move takes the position as a share of the element's width, 0…1
 */
export function onDrag(element, move) {
  const report = (event) => {
    const box = element.getBoundingClientRect();
    move(box.width ? (event.clientX - box.left) / box.width : 0);
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.stopPropagation();
    element.setPointerCapture(event.pointerId);
    report(event);
  });
  element.addEventListener("pointermove", (event) => {
    if (!element.hasPointerCapture(event.pointerId)) return;
    event.stopPropagation();
    report(event);
  });
}

/**
 * Prevent presses inside a widget from dragging the node, and keep the focus on the widget, which listens for keys.
 * @param {HTMLElement} element
 */
export function keepPresses(element) {
  const focus = (event) => {
    if (event.button === 0 && !event.target.closest("input")) element.focus({ preventScroll: true });
  };
  element.addEventListener("pointerdown", focus, { capture: true }); // before a drag takes the press
  element.addEventListener("pointerdown", (event) => {
    if (event.button === 0) event.stopPropagation();
  });
  element.addEventListener("mousedown", (event) => {
    if (!event.target.closest("input, button")) event.preventDefault(); // or the focus would go to what was pressed
  });
  element.addEventListener("click", (event) => {
    // A press with the mouse focuses its button, which would take the next Space.
    if (event.detail > 0 && event.target.closest("button")) element.focus({ preventScroll: true });
  });
}

/** Let the wheel scroll an element whose content is larger than it, instead of zooming the graph. @param {HTMLElement} element */
export function keepWheel(element) {
  const keep = (event) => {
    if (!event.ctrlKey && element.scrollHeight > element.clientHeight) event.stopPropagation();
  };
  element.addEventListener("wheel", keep, { passive: true });
}

/**
 * Run the action of a key. Keys with a modifier, and those that an input or button needs, are ignored.
 * @param {HTMLElement} element
 * @param {Record<string, () => void>} actions by lower-case key
 */
export function onKeys(element, actions) {
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    const taken = event.target.tagName === "INPUT" ? key.startsWith("arrow") : event.target.tagName === "BUTTON" && key === " ";
    if (taken) event.stopPropagation();
    if (taken || !(key in actions)) return;
    event.preventDefault();
    event.stopPropagation();
    actions[key]();
  });
}
