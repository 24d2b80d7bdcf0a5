"""Runs a graph in API format as the real host does: checks every input against the schema, then executes."""

from __future__ import annotations

from typing import Any


class Runner:
    """Executes graphs over a list of node classes."""

    def __init__(self, nodes: list[Any]) -> None:
        self.schemas = {(schema := node.define_schema()).node_id: schema for node in nodes}
        self.classes = {node.define_schema().node_id: node for node in nodes}

    def run(self, graph: dict[str, Any]) -> dict[str, Any]:
        """Outputs of every node by its id in the graph.

        Raises:
            ValueError: what the real host answers with 400: an unknown node, a missing input, a link of another type, or
                what the node's own validation says.
        """
        self.check(graph)
        done: dict[str, Any] = {}
        for identity in graph:
            self._execute(identity, graph, done)
        return done

    def check(self, graph: dict[str, Any]) -> None:
        """Raise ``ValueError`` where the real host would refuse the graph."""
        for identity, node in graph.items():
            if node["class_type"] not in self.schemas:
                raise ValueError(f"{identity}: no node {node['class_type']}")
            schema = self.schemas[node["class_type"]]
            for wanted in schema.inputs:
                if wanted.id in node["inputs"]:
                    self._check_value(graph, f"{identity}.{wanted.id}", wanted, node)
                elif not wanted.optional:
                    raise ValueError(f"{identity}: required_input_missing {wanted.id}")

    def _check_value(self, graph: dict[str, Any], where: str, wanted: Any, node: dict[str, Any]) -> None:
        value, kind = node["inputs"][wanted.id], wanted.kind
        validate = getattr(self.classes[node["class_type"]], "validate_inputs", None)
        if isinstance(value, list):
            given = self.schemas[graph[value[0]]["class_type"]].outputs[value[1]].kind
            if given != kind:
                raise ValueError(f"{where}: return_type_mismatch {given} for {kind}")
        elif kind == "COMBO" and wanted.id == "file" and validate is not None:
            if (verdict := validate(file=value)) is not True:
                raise ValueError(f"{where}: {verdict}")
        elif kind == "COMBO" and value not in wanted.options:
            raise ValueError(f"{where}: value_not_in_list {value!r} of {wanted.options}")
        elif kind in ("INT", "FLOAT") and not wanted.min <= value <= wanted.max:
            raise ValueError(f"{where}: {value} outside {wanted.min}…{wanted.max}")

    def _execute(self, identity: str, graph: dict[str, Any], done: dict[str, Any]) -> Any:
        if identity not in done:
            node = graph[identity]
            schema = self.schemas[node["class_type"]]
            known = {wanted.id for wanted in schema.inputs}
            inputs = {key: value for key, value in node["inputs"].items() if key in known}
            for key, value in inputs.items():
                if isinstance(value, list):
                    inputs[key] = self._execute(value[0], graph, done).values[value[1]]
            output = self.classes[node["class_type"]].execute(**inputs)
            if len(output.values) != len(schema.outputs):
                raise TypeError(f"{schema.node_id} returned {len(output.values)} values for {len(schema.outputs)} outputs")
            done[identity] = output
        return done[identity]
