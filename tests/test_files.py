"""Files are replaced whole or left alone, and no temporary file stays."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from seamsync.files import replacing, temporary_beside, temporary_pattern, write_file


def test_a_file_is_replaced_at_the_end(tmp_path: Path) -> None:
    """Until the block ends the old content stands; then the new one, and nothing else."""
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as part:
        part.write_text("new")
        assert part.parent == tmp_path
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_the_old_file(tmp_path: Path, error: type[BaseException]) -> None:
    """Any error or interrupt passes through; the old content stays and the temporary file goes."""
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as part:
            part.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_bytes_and_text(tmp_path: Path) -> None:
    """Bytes as they are; text as UTF-8, line ends untouched; the path comes back."""
    assert write_file(tmp_path / "b", b"\x00\r\n") == tmp_path / "b"
    assert (tmp_path / "b").read_bytes() == b"\x00\r\n"
    write_file(str(tmp_path / "t"), "ä\nb\r\n")
    assert (tmp_path / "t").read_bytes() == b"\xc3\xa4\nb\r\n"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_a_link(tmp_path: Path, exists: bool) -> None:
    """The file that a link leads to is written, in its own folder, whether it is there or not."""
    (tmp_path / "far").mkdir()
    real, link = tmp_path / "far" / "real.txt", tmp_path / "link.txt"
    if exists:
        real.write_text("old")
    link.symlink_to(real)
    write_file(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert not real.is_symlink()
    assert {path.name for path in tmp_path.rglob("*")} == {"far", "real.txt", "link.txt"}


def test_no_folder(tmp_path: Path) -> None:
    """A missing folder is the system's error, and none is made."""
    with pytest.raises(FileNotFoundError):
        write_file(tmp_path / "none" / "a", b"")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="no permission bits")
def test_permissions_are_those_of_a_new_file(tmp_path: Path) -> None:
    """As the user's umask says, not those of a private temporary file."""
    before = os.umask(0o027)
    try:
        assert write_file(tmp_path / "a", b"").stat().st_mode & 0o777 == 0o640
    finally:
        os.umask(before)


def test_names_are_random_and_short(tmp_path: Path) -> None:
    """Two temporary files for one path differ; the longest name a system takes still has one."""
    path = tmp_path / ("ä" * 120 + ".txt")
    one, two = temporary_beside(path), temporary_beside(path)
    assert one != two
    assert one.read_bytes() == b""
    write_file(path, b"x")
    assert path.read_bytes() == b"x"


def test_two_writers_at_once(tmp_path: Path) -> None:
    """The one that ends last wins; neither disturbs the other."""
    path = tmp_path / "a"
    with replacing(path) as outer:
        outer.write_bytes(b"outer")
        with replacing(path) as inner:
            inner.write_bytes(b"inner")
        assert path.read_bytes() == b"inner"
    assert path.read_bytes() == b"outer"


@pytest.mark.parametrize("stem", ["a[b]", "natural", "n" * 70])
def test_pattern_of_temporary_files(tmp_path: Path, stem: str) -> None:
    """It finds those of its stem, whatever characters and length it has, and not those of another."""
    mine = {temporary_beside(tmp_path / f"{stem}{suffix}") for suffix in (".csv", ".npz")}
    temporary_beside(tmp_path / f"other_{stem}.csv")
    temporary_beside(tmp_path / f"{stem[:3]}.csv")
    assert set(tmp_path.glob(temporary_pattern(stem))) == mine
