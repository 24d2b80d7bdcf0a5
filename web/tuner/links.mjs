// Where a node's settings come from in the graph, and how values are written back there.
import { widgetOf } from "../widget/values.mjs";

/** Links are followed through at most this many reroutes and subgraphs. */
const FURTHEST = 64;

/**
 * The node that feeds an input: its link followed through reroutes, out of and into subgraphs.
 * @param {object} node
 * @param {string} name of the input
 * @returns {object|null}
 */
export function sourceOf(node, name) {
  const slot = node.inputs?.findIndex((input) => input.name === name) ?? -1;
  return slot < 0 ? null : upstream(node, slot, FURTHEST);
}

/** What feeds the input at `slot`. */
function upstream(node, slot, left) {
  const { graph } = node;
  const id = node.inputs?.[slot]?.link;
  return id == null || !graph ? null : originOf(graph, linkOf(graph, id), left - 1);
}

/** The node at a link's beginning that is neither reroute nor subgraph. */
function originOf(graph, link, left) {
  if (!link || left < 0) return null;
  if (graph.inputNode && link.origin_id === graph.inputNode.id) {
    const outside = holderOf(graph.rootGraph, graph);
    return outside && upstream(outside, link.origin_slot, left);
  }
  const origin = graph.getNodeById(link.origin_id);
  if (!origin) return null;
  if (origin.subgraph) {
    const [inner] = origin.subgraph.outputNode.slots[link.origin_slot].getLinks();
    return originOf(origin.subgraph, inner, left - 1);
  }
  return origin.type === "Reroute" ? upstream(origin, 0, left) : origin;
}

/** A link by its number; graphs keep them in a Map, older ones in an object. */
function linkOf(graph, id) {
  return graph.getLink?.(id) ?? graph.links?.get?.(id) ?? graph.links?.[id] ?? null;
}

/** The node that stands for a subgraph, the first one where there are several. */
function holderOf(graph, subgraph) {
  for (const node of graph?.nodes ?? []) {
    if (node.subgraph === subgraph) return node;
    const inside = node.subgraph && holderOf(node.subgraph, subgraph);
    if (inside) return inside;
  }
  return null;
}

/**
 * Write values into a node's widgets, so that they hold: a preset, which would override them, becomes "custom" and leaves its
 * values behind.
 * @param {object} node
 * @param {Record<string, number>} values by widget
 * @param {Record<string, any>} used what the node gave in the last run, by widget
 * @returns {string[]} widgets whose values differ but are fed by links, and so cannot be set here
 */
export function writeBack(node, values, used) {
  const preset = widgetOf(node, "preset");
  const wanted = preset && preset.value !== "custom" ? { ...used, ...values, preset: "custom" } : values;
  const fed = new Set(node.inputs?.filter((input) => input.widget && input.link != null).map((input) => input.widget.name));
  const moved = Object.entries(wanted).filter(([name, value]) => ![undefined, value].includes(widgetOf(node, name)?.value));
  node.graph?.beforeChange?.();
  for (const [name, value] of moved.filter(([changed]) => !fed.has(changed))) {
    const widget = widgetOf(node, name);
    widget.value = value;
    widget.callback?.(value);
  }
  node.graph?.afterChange?.();
  node.setDirtyCanvas?.(true, true);
  return moved.map(([name]) => name).filter((name) => fed.has(name));
}

/**
 * Put a new node before an input and link it.
 * @param {object} node
 * @param {string} name of the input
 * @param {object} made the new node, not yet in a graph
 */
export function linkNew(node, name, made) {
  made.pos = [node.pos[0] - made.size[0] - 60, node.pos[1]];
  node.graph.add(made);
  made.connect(0, node, node.inputs.findIndex((input) => input.name === name));
}
