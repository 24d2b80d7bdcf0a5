"""The documents name files, classes and sections that exist."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
from paths import ROOT

DOCUMENTS = ("docs/glossary.md", "docs/architecture.md", "CONTRIBUTING.md")


def named_files(text: str) -> set[str]:
    """Return paths in backquotes, as ``folder/file.py`` or ``folder/``. Those with a placeholder in capitals are left out."""
    found = re.findall(r"`([\w./-]+)`", text)
    paths = {name for name in found if re.fullmatch(r"[a-z_-]+/([\w./-]*)|[\w-]+\.(py|md)", name)}
    return {name for name in paths if not re.search(r"NAME|TOPIC", name)}


def defines(source: str, name: str) -> bool:
    """Whether a Python file defines a class, function or constant of this name at its top level."""
    return re.search(rf"^(?:(?:class|def) {name}\b|{name}\b *(?::[^=]*)?=)", source, re.MULTILINE) is not None


@pytest.mark.parametrize("document", DOCUMENTS)
def test_named_files_exist(document: str) -> None:
    """Every file and folder in backquotes is part of the project, seen from its root."""
    named = named_files((ROOT / document).read_text(encoding="utf-8"))
    assert len(named) > 20
    assert not sorted(name for name in named if not (ROOT / name).exists())


@pytest.mark.parametrize("document", [*DOCUMENTS, "README.md"])
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


def test_cited_sections_exist() -> None:
    """Every "docs/architecture.md §n" in code, tests and documents is a section of that file; nothing cites a lost text."""
    sections = set(re.findall(r"^## (\d+)\. ", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), re.MULTILINE))
    files = [path for folder in ("*.py", "*/**/*.py", "docs/**/*.md") for path in ROOT.glob(folder) if path != Path(__file__)]
    texts = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in files}
    cited = {(file, number) for file, text in texts.items() for number in re.findall(r"architecture\.md §(\d+)", text)}
    assert len(cited) >= 5
    assert not {(file, number) for file, number in cited if number not in sections}
    assert not [file for file, text in texts.items() if re.search(r"DESIGN(?:\.md)? §", text)]


def test_the_layout_is_the_order_of_imports() -> None:
    """docs/architecture.md §4 lists what tests/test_import_order.py allows, in its order."""
    order = runpy.run_path(str(ROOT / "tests" / "test_import_order.py"))["ORDER"]
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.split("## 4.")[1].split("Beside them")[0]
    listed = re.findall(r"^\| `(\w+)(?:\.py|/)` \|", table, re.MULTILINE)
    assert [name for name in listed if name in order] == [name for name in order if name in listed]
    assert {name for name in order if (ROOT / name).is_dir()} <= set(listed)


def test_one_frame_is_followed_through_at_most_twelve_files() -> None:
    """The numbered list of docs/architecture.md §3 names one file an entry."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert 5 < len(re.findall(r"^\d+\. `[\w/]+\.py`", text, re.MULTILINE)) <= 12
