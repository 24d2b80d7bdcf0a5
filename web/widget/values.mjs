// Reads, writes and watches the values of a node's widgets.

/** Return a widget by its name. @param {object} node @param {string} name @returns {object|undefined} */
export function widgetOf(node, name) {
  return node.widgets?.find((widget) => widget.name === name);
}

/** Return the value of a widget. @param {object} node @param {string} name @returns {any} */
export function valueOf(node, name) {
  return widgetOf(node, name)?.value;
}

/**
 * Write values into widgets, those that differ, and call their callbacks.
 * @param {object} node
 * @param {Record<string, any>} values by widget
 */
export function write(node, values) {
  for (const [name, value] of Object.entries(values)) {
    const widget = widgetOf(node, name);
    if (!widget || widget.value === value) continue;
    widget.value = value;
    widget.callback?.(value);
  }
  node.setDirtyCanvas?.(true, true);
}

/** Call `then` after a widget's callback. @param {object} node @param {string} name @param {() => void} then */
export function watch(node, name, then) {
  const widget = widgetOf(node, name);
  if (!widget) return;
  const own = widget.callback;
  widget.callback = function (...args) {
    const answer = own?.apply(this, args);
    then();
    return answer;
  };
}
