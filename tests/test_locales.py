"""The nodes' words in every language are in step with the nodes."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

import locale_files
import pytest


@pytest.fixture
def schemas(host: SimpleNamespace) -> dict[str, Any]:
    """Every schema of the pack by node id."""
    return {(schema := node.define_schema()).node_id: schema for node in host.nodes()}


def test_every_text_is_translated(schemas: dict[str, Any]) -> None:
    """A text without a translation, or a translation without its text, is named; the files are what the script writes."""
    made, faults = locale_files.files(schemas)
    assert not faults
    stale = [str(path) for path, text in made.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    assert not stale, f"{stale}: run python {locale_files.__file__}"


def test_a_missing_translation_is_named(schemas: dict[str, Any]) -> None:
    """A changed tooltip fails by node, input and text, in both languages."""
    schemas["SeamSyncLipSync"].inputs[0].tooltip = "Something new."
    _, faults = locale_files.files(schemas)
    assert [fault for fault in faults if "Something new" in fault] == [
        f"{language}: no translation of SeamSyncLipSync.video: 'Something new.'" for language in ("zh", "ja")
    ]


@pytest.mark.parametrize("language", ["zh", "ja"])
def test_translations_keep_values_and_numbers(language: str, schemas: dict[str, Any]) -> None:
    """Values in quotes and numbers of the English are in the translation; nothing the page would read as its own syntax."""
    made, _ = locale_files.files(schemas)
    english, other = (json.loads(made[locale_files.ROOT / "locales" / name / "nodeDefs.json"]) for name in ("en", language))
    pairs = list(zip(_leaves(english), _leaves(other), strict=True))
    assert len(pairs) > 300
    for (where, before), (_, after) in pairs:
        assert after.strip(), where
        assert not set(after) & set("{}|@"), f"{where}: {after}"
        for value in re.findall(r"(?<!\w)'([\w ,-]+)'", before):
            assert f"'{value}'" in after, f"{where}: {value!r} is missing in {after!r}"
        for number in re.findall(r"\d+", before):
            assert number in after, f"{where}: {number} is missing in {after!r}"


def _leaves(tree: Any, where: str = "") -> list[tuple[str, str]]:
    if isinstance(tree, str):
        return [(where, tree)]
    return [leaf for key, branch in tree.items() for leaf in _leaves(branch, f"{where}/{key}")]
