"""Writes ``locales/{en,zh,ja}``, the words of the nodes for ComfyUI's page; run it after changing a node or a translation.

English is the schemas' own. The translations are in ``tools/translations``: a line a text, English, tab, translation; names of
inputs and outputs in a table of their own. What is missing there is named, and nothing is written.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TABLES = Path(__file__).resolve().parent / "translations"
LANGUAGES = ("en", "zh", "ja")


class Words:
    """Translations into one language; gathers what it has none for."""

    def __init__(self, language: str) -> None:
        self.missing: list[str] = []
        self.used: set[str] = set()
        self._texts = {} if language == "en" else _rows(f"{language}.tsv", 1)
        self._names = {} if language == "en" else _rows("names.tsv", LANGUAGES.index(language))
        self._english = language == "en"

    def text(self, where: str, english: str) -> str:
        """A sentence or a node's title."""
        return self._look(self._texts, where, english)

    def name(self, where: str, english: str) -> str:
        """The name of an input or output."""
        return self._look(self._names, where, english)

    def unused(self) -> list[str]:
        """Lines of the tables that no node has any more."""
        return sorted({*self._texts, *self._names} - self.used)

    def _look(self, table: Mapping[str, str], where: str, english: str) -> str:
        self.used.add(english)
        if not self._english and english not in table:
            self.missing.append(f"{where}: {english!r}")
        return english if self._english else table.get(english, "")


def _rows(name: str, column: int) -> dict[str, str]:
    lines = (TABLES / name).read_text(encoding="utf-8").splitlines()
    return {cells[0]: cells[column] for cells in (line.split("\t") for line in lines) if cells[0]}


def definitions(schemas: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """``nodeDefs.json`` of one language."""
    return {name: _node(schema, words) for name, schema in sorted(schemas.items())}


def _node(schema: Any, words: Words) -> dict[str, Any]:
    def _parts(parts: Mapping[str, Any], name_of: Callable[[Any], str]) -> dict[str, Any]:
        return {
            key: {
                "name": words.name(f"{schema.node_id}.{key}", name_of(part)),
                "tooltip": words.text(f"{schema.node_id}.{key}", part.tooltip),
            }
            for key, part in parts.items()
        }

    return {
        "display_name": words.text(schema.node_id, schema.display_name),
        "description": words.text(schema.node_id, schema.description),
        "inputs": _parts({item.id: item for item in schema.inputs}, lambda item: item.id),
        "outputs": _parts({str(index): item for index, item in enumerate(schema.outputs)}, lambda item: item.display_name),
    }


def files(schemas: Mapping[str, Any]) -> tuple[dict[Path, str], list[str]]:
    """Texts of the files by path, and what is missing or no longer used in the tables."""
    made: dict[Path, str] = {}
    faults: list[str] = []
    for language in LANGUAGES:
        words = Words(language)
        content = definitions(schemas, words)
        faults += [f"{language}: no translation of {fault}" for fault in words.missing]
        faults += [f"{language}: no node has {text!r} any more" for text in words.unused()]
        path = ROOT / "locales" / language / "nodeDefs.json"
        made[path] = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    return made, faults


def main() -> int:
    """Load the nodes into the stand-in host and write the files."""
    sys.path[:0] = [str(ROOT / "tests" / "support" / "host_modules")]
    import folder_paths  # type: ignore[import-not-found]
    import seamsync

    with tempfile.TemporaryDirectory() as folder:
        folder_paths.set_base(Path(folder))
        nodes = asyncio.run(asyncio.run(seamsync.comfy_entrypoint()).get_node_list())
        made, faults = files({(schema := node.define_schema()).node_id: schema for node in nodes})
    for fault in faults:
        sys.stderr.write(fault + "\n")
    if not faults:
        for path, text in made.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
