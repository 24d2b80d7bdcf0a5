"""Packages that may be missing or broken."""

from __future__ import annotations

import sys

import pytest
from seamsync.errors import SeamSyncError
from seamsync.extras import import_extra


def test_a_package_that_is_there() -> None:
    """The module itself, by its dotted name."""
    assert import_extra("json.decoder", "a test") is sys.modules["json.decoder"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (None, r"^a test needs the package broken_one; run: pip install '\.\[bench\]'$"),
        ("import not_there.at_all", r"^a test needs the package not_there; run: pip install '\.\[bench\]'$"),
        (
            "raise OSError('no libx.so')",
            r"^a test: the package broken_one cannot be imported \(no libx\.so\)",
        ),
    ],
)
def test_missing_or_broken(source: str | None, words: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Absent, without a package that it needs, or with an error of its own."""
    monkeypatch.syspath_prepend(str(tmp_path))
    if source:
        with open(f"{tmp_path}/broken_one.py", "w", encoding="utf-8") as file:
            file.write(source)
    with pytest.raises(SeamSyncError, match=words):
        import_extra("broken_one", "a test", "'.[bench]'")
