"""Errors as a host shows them, and the checks of plain values."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import seamsync
from seamsync import errors
from seamsync.client.server import ServerLost


@pytest.mark.parametrize("kind", [errors.SeamSyncError, errors.Cancelled])
def test_a_host_begins_the_message_with_a_short_name(kind: type[Exception]) -> None:
    """ComfyUI shows module and name: not the path that a pack's modules are called by there."""
    assert f"{kind.__module__}.{kind.__qualname__}" == f"seamsync.{kind.__name__}"
    assert getattr(seamsync, kind.__name__) is kind
    copied = pickle.loads(pickle.dumps(kind("no face")))  # noqa: S301 (our own bytes)
    assert (type(copied), str(copied)) == (kind, "no face")
    assert ServerLost.__module__ == "seamsync.client.server", "others are called by where they are"


def test_they_stand_without_torch() -> None:
    """Neither the package, its errors, nor the client's modules import it, nor numpy."""
    modules = ", ".join(f"seamsync.client.{path.stem}" for path in Path(errors.__file__).parent.glob("client/[a-z]*.py"))
    code = f"import sys, seamsync, {modules}; print({{'torch', 'numpy', 'cv2', 'av'}} & set(sys.modules) or 'none')"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "none\n"


def test_choice_names_the_nearest() -> None:
    """A typo is answered with the nearest choice."""
    with pytest.raises(errors.SeamSyncError, match="did you mean 'ellipse'"):
        errors.check_choice("shape", "elipse", ["ellipse", "box"])


def test_range_names_the_unit() -> None:
    """Both ends belong to it."""
    for value in (0, 2):
        errors.check_range("start", value, 0, 2, "s")
    with pytest.raises(errors.SeamSyncError, match=r"^start must be 0…2 s, got 2\.5$"):
        errors.check_range("start", 2.5, 0, 2, "s")


def test_a_folder_to_write_in(tmp_path: Path) -> None:
    """A new one is possible and not left behind; below a file none is."""
    errors.check_folder(tmp_path / "a" / "b")
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").touch()
    with pytest.raises(errors.SeamSyncError, match=r"cannot write in the folder .*choose another"):
        errors.check_folder(tmp_path / "file" / "b")


def test_control_characters_are_shown_not_sent() -> None:
    """What a terminal obeys is written as an escape; line ends, tabs, accents and joined emoji stay."""
    assert errors.printable("a\x1b[2J\x07\u202eb\x9b\ud800\u2028") == r"a\x1b[2J\x07\u202eb\x9b\ud800\u2028"
    for text in ("zwei\n\tZeilen", "é 漢字 العربية", "👩\u200d🚀"):
        assert errors.printable(text) == text


def test_large_values_are_shown_in_part() -> None:
    """Of long texts, deep lists and numbers beyond floats only the beginning is in a message."""
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep]
    for value in ("x" * 10_000, deep, 10**400, 10**5000, {str(k): k for k in range(1000)}):
        assert len(errors.shown(value)) < 300
    with pytest.raises(errors.SeamSyncError, match=r"start must be 0…2, got 1000"):
        errors.check_range("start", 10**400, 0, 2)
