"""Files are replaced whole or left alone, and no temporary file stays."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from seamsync import files
from seamsync.files import remove_abandoned, remove_unfinished, replacing, temporary_beside, write_file


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


@pytest.mark.parametrize("name", ["ä" * 120 + ".txt", "n" * 244])
def test_names_are_random_and_short(tmp_path: Path, name: str) -> None:
    """Two temporary files for one path differ; the longest name a system takes still has one."""
    path = tmp_path / name
    with temporary_beside(path) as one, temporary_beside(path) as two:
        assert one != two
        assert one.read_bytes() == b""
        assert len(one.name) < 80
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


def save_many(path: str, count: int) -> None:
    """Write one file again and again: 100 kB of one byte."""
    for number in range(count):
        write_file(path, bytes([number % 256]) * 100_000)


def test_parallel_writers_of_one_file(tmp_path: Path) -> None:
    """Threads and processes write one path 240 times: every write succeeds, and the file is one of them, whole."""
    path = tmp_path / "a"
    code = f"from test_files import save_many; save_many({str(path)!r}, 40)"
    others = [subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parent) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save_many, [str(path)] * 4, [40] * 4))
    assert [other.wait() for other in others] == [0, 0]
    content = path.read_bytes()
    assert content == content[:1] * 100_000
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="a file left there counts as abandoned after a minute")
def test_a_killed_process_leaves_nothing(tmp_path: Path) -> None:
    """The next process that writes into the folder removes what it left, and no other file, living or foreign."""
    code = "import sys, os, signal; from pathlib import Path; from seamsync.files import replacing\n"
    code += "with replacing(sys.argv[1]) as part: part.write_bytes(b'half'); os.kill(os.getpid(), signal.SIGKILL)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")], check=False)
    (left,) = tmp_path.iterdir()
    foreign = tmp_path / left.name.replace(left.name.split("-")[1], "0" * 8)
    similar = tmp_path / ".a.seamsync-notes.part"
    link = tmp_path / f"{left.name[:-21]}{'0' * 16}.part"
    foreign.touch()
    similar.touch()
    link.symlink_to(similar)
    with temporary_beside(tmp_path / "b") as mine:
        remove_abandoned.__wrapped__(tmp_path)
        assert set(tmp_path.iterdir()) == {foreign, similar, link, mine}


def test_removed_before_it_is_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that another process takes for an abandoned one is made again."""
    if files.fcntl is None:
        pytest.skip("nothing is locked")
    lock, taken = files.fcntl.flock, []

    def late(file: int, how: int) -> None:
        if not taken:
            taken.append(next(tmp_path.iterdir()))
            taken[0].unlink()
        lock(file, how)

    monkeypatch.setattr(files.fcntl, "flock", late)
    write_file(tmp_path / "a", b"x")
    assert taken
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_process_ends_within_a_block(tmp_path: Path) -> None:
    """What it has not finished can be removed without leaving the block."""
    with temporary_beside(tmp_path / "a") as part:
        remove_unfinished()
        assert not part.exists()
    remove_unfinished()


@pytest.mark.skipif(sys.platform == "win32", reason="no devices in folders")
def test_no_device_is_replaced(tmp_path: Path) -> None:
    """A folder, a device or a pipe of that name stays what it is."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(FileExistsError, match="folder or a device"):
            write_file(path, b"")
    assert (tmp_path / "pipe").is_fifo()
