"""The documents name files, classes and sections that exist."""

from __future__ import annotations

import re

import pytest
from paths import ROOT

DOCUMENTS = ("docs/glossary.md",)


def named_files(text: str) -> set[str]:
    """Paths in backquotes: ``folder/file.py``, ``folder/``."""
    return {name for name in re.findall(r"`([\w./-]+)`", text) if re.fullmatch(r"[\w-]+/([\w./-]*)|[\w-]+\.(py|md)", name)}


def defines(source: str, name: str) -> bool:
    """Whether a Python file defines a class, function or constant of this name at its top level."""
    return re.search(rf"^(?:(?:class|def) {name}\b|{name}\b *(?::[^=]*)?=)", source, re.MULTILINE) is not None


@pytest.mark.parametrize("document", DOCUMENTS)
def test_named_files_exist(document: str) -> None:
    """Every file and folder in backquotes is part of the project, seen from its root."""
    named = named_files((ROOT / document).read_text(encoding="utf-8"))
    assert len(named) > 20
    assert not sorted(name for name in named if not (ROOT / name).exists())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    """Relative links name a file beside the document."""
    path = ROOT / document
    links = re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8"))
    assert not [link for link in links if not (path.parent / link).exists()]


def test_the_glossary_names_what_the_code_defines() -> None:
    """A name of a class or function "in" a file is defined in that file."""
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    places = re.findall(r"`(\w+)(?:\.\w+)?` in `([\w/]+\.py)`", text)
    assert len(places) >= 15
    assert not [f"{name} in {file}" for name, file in places if not defines((ROOT / file).read_text(encoding="utf-8"), name)]
