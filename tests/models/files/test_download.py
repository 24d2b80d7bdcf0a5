"""Downloads: only what the registry names is kept, whole, and nothing is left behind."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from http.client import IncompleteRead
from pathlib import Path
from typing import ClassVar

import pytest
from seamsync.errors import SeamSyncError
from seamsync.models.files.download import download, file_sha256, matches
from seamsync.models.registry import ModelEntry, WeightFile
from seamsync.progress import no_progress

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def url_entry(tmp_path: Path, content: bytes = CONTENT, sha256: str = SHA256) -> ModelEntry:
    """An entry whose one file lies behind a file: URL."""
    (tmp_path / "there.bin").write_bytes(content)
    file = WeightFile("here.bin", len(CONTENT), sha256, (tmp_path / "there.bin").as_uri())
    return ModelEntry("toy", "test", "https://example.org", (file,), "CC0", True, "toy", fetch="url")


def wheel_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes = CONTENT, member: str = "toy/w.bin"
) -> ModelEntry:
    """An entry whose one file lies in a wheel that pip finds in a folder; with no network."""
    links = tmp_path / "links"
    links.mkdir()
    with zipfile.ZipFile(links / "seamsync_toy-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(member, content)
        archive.writestr("seamsync_toy-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: seamsync-toy\nVersion: 1.0\n")
        archive.writestr("seamsync_toy-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("seamsync_toy-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    file = WeightFile("w.bin", len(CONTENT), SHA256, "toy/w.bin")
    return ModelEntry(
        "toy", "test", "https://example.org", (file,), "CC0", True, "toy", fetch="wheel", requirement="seamsync-toy==1.0"
    )


def test_url(tmp_path: Path) -> None:
    """The content arrives, byte for byte, with progress in bytes."""
    seen: list[tuple[int, int]] = []
    download(url_entry(tmp_path), tmp_path / "out", lambda stage, done, total: seen.append((done, total)))
    assert (tmp_path / "out" / "here.bin").read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))


def test_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The member is read out of the wheel; only it stays."""
    download(wheel_entry(tmp_path, monkeypatch), tmp_path / "out", no_progress)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["w.bin"]
    assert (tmp_path / "out" / "w.bin").read_bytes() == CONTENT


@pytest.mark.parametrize(("content", "message"), [(CONTENT[::-1], "another sha256"), (CONTENT + b"x", "must have 10240 bytes")])
def test_other_wheel_content_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, message: str) -> None:
    """A wheel with another file in it leaves nothing."""
    with pytest.raises(SeamSyncError, match=message):
        download(wheel_entry(tmp_path, monkeypatch, content), tmp_path / "out", no_progress)
    assert not list((tmp_path / "out").iterdir())


def test_wheel_without_the_member(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of nearly the right name does not count."""
    with pytest.raises(SeamSyncError, match="not the published one"):
        download(wheel_entry(tmp_path, monkeypatch, member="../toy/w.bin"), tmp_path / "out", no_progress)


def test_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What pip says is passed on, with what to check."""
    entry = wheel_entry(tmp_path, monkeypatch)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nothing"))
    with pytest.raises(SeamSyncError, match=r"cannot fetch seamsync-toy==1\.0: .*; is there a network"):
        download(entry, tmp_path / "out", no_progress)


def test_damaged_download_keeps_the_old_file(tmp_path: Path) -> None:
    """A file that was there survives a download with another content."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "here.bin").write_bytes(b"old")
    with pytest.raises(SeamSyncError, match="another sha256"):
        download(url_entry(tmp_path, CONTENT[:-1]), out, no_progress)
    assert [path.read_bytes() for path in out.iterdir()] == [b"old"]


def test_missing_url(tmp_path: Path) -> None:
    """A URL that does not answer is named."""
    entry = url_entry(tmp_path)
    (tmp_path / "there.bin").unlink()
    with pytest.raises(SeamSyncError, match=r"cannot fetch file:.*there\.bin"):
        download(entry, tmp_path / "out", no_progress)


def test_a_line_that_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply cut off on its way is named, and nothing is left."""

    class Broken:
        headers: ClassVar[dict[str, str]] = {}

        def geturl(self) -> str:
            return "file:///there.bin"

        def __enter__(self) -> Broken:
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def read(self, size: int) -> bytes:
            raise IncompleteRead(b"", size)

    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: Broken())
    with pytest.raises(SeamSyncError, match="is there a network"):
        download(url_entry(tmp_path), tmp_path / "out", no_progress)
    assert not list((tmp_path / "out").iterdir())


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file in the way of the folder is an error that names it."""
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(SeamSyncError, match=r"cannot make the folder .*out"):
        download(url_entry(tmp_path), tmp_path / "out", no_progress)


@pytest.mark.parametrize(("sha256", "same"), [(SHA256, True), (SHA256[:10], True), ("0" * 64, False), ("", True)])
def test_matches(tmp_path: Path, sha256: str, same: bool) -> None:
    """Whole hashes and beginnings are compared; without one, anything that is not empty counts."""
    path = tmp_path / "a"
    path.write_bytes(CONTENT)
    assert matches(path, WeightFile("a", sha256=sha256)) is same
    path.write_bytes(b"")
    assert not matches(path, WeightFile("a", sha256=sha256))


def test_hash_of_a_file(tmp_path: Path) -> None:
    """Of the whole of it, longer than what is read at once; a file that is not there is named."""
    path = tmp_path / "long.bin"
    path.write_bytes(CONTENT * 200)
    assert file_sha256(path) == hashlib.sha256(CONTENT * 200).hexdigest()
    with pytest.raises(SeamSyncError, match=r"cannot read .*none\.bin: No such file"):
        file_sha256(tmp_path / "none.bin")


@pytest.mark.parametrize(
    ("size", "final", "words"),
    [
        (len(CONTENT) - 1, "https://cdn.example/there.bin", "sends more than"),
        (len(CONTENT), "http://models.example/there.bin", "which is not https"),
        (len(CONTENT), "https://cdn.example/there.bin", ""),
    ],
)
def test_what_a_server_may_send(size: int, final: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another host is usual; more bytes than published, or a way without https, are refused."""

    class Reply(io.BytesIO):
        headers: ClassVar[dict[str, str]] = {}

        def geturl(self) -> str:
            return final

    monkeypatch.setattr("urllib.request.urlopen", lambda *_, **__: Reply(CONTENT))
    file = WeightFile("there.bin", size, SHA256, "https://models.example/there.bin")
    entry = replace(url_entry(tmp_path), files=(file,))
    if words:
        with pytest.raises(SeamSyncError, match=words):
            download(entry, tmp_path / "out", no_progress)
    else:
        download(entry, tmp_path / "out", no_progress)
    assert len(list((tmp_path / "out").iterdir())) == (not words)
