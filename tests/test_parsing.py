"""What parsers raise, and what takes more memory than the file."""

from __future__ import annotations

import errno
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from seamsync.errors import SeamSyncError
from seamsync.parsing import check_archive, parse_json, parse_plain, parsed, read_text


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            ValueError("bad\x1b[31m value\nsecond line"),
            r"^a\.bin cannot be read as a track \(bad\\x1b\[31m value second line\); again$",
        ),
        (KeyError("fps"), r"as a track \('fps' is missing\); again$"),
        (RecursionError(), r"as a track \(it is nested too deeply\)"),
        (AssertionError(), r"as a track \(AssertionError\)"),
        (PermissionError(errno.EACCES, "Permission denied"), r"^cannot read the track a\.bin: Permission denied$"),
        (MemoryError(), r"^cannot read the track a\.bin: out of memory; close other programs"),
        (RuntimeError("can't start new thread"), r"^cannot read the track a\.bin: the system allows no further thread"),
        (OSError(errno.EMFILE, "Too many open files"), r"^cannot read the track a\.bin: too many files are open"),
    ],
)
def test_whatever_is_raised_gets_the_file_and_the_cause(error: Exception, words: str) -> None:
    """A damaged file gets the advice; what the system lacks is not taken for damage."""
    with pytest.raises(SeamSyncError, match=words) as caught, parsed("a.bin", "a track", "again"):
        raise error
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [SeamSyncError("own words"), KeyboardInterrupt()])
def test_what_is_not_a_parsers_passes(error: BaseException) -> None:
    """Our own errors keep their text, and a stop stays one; as a decorator too."""

    @parsed("a.bin", "a track")
    def read() -> None:
        raise error

    for _ in range(2):
        with pytest.raises(type(error)) as caught:
            read()
        assert caught.value is error


def test_texts(tmp_path: Path) -> None:
    """With a byte order mark or without; not larger than allowed; not in another encoding."""
    path = tmp_path / "a.txt"
    path.write_text("ä", encoding="utf-8-sig")
    assert read_text(path, "a text") == "ä"
    path.write_bytes(b"x" * ((2 << 20) + 1))
    assert len(read_text(path, "a text")) == (2 << 20) + 1
    with pytest.raises(SeamSyncError, match="is larger than 2 MB, too large to be a text"):
        read_text(path, "a text", largest=2 << 20)
    path.write_bytes("ä".encode("latin-1"))
    with pytest.raises(SeamSyncError, match=r"cannot be read as a text .*utf-8"):
        read_text(path, "a text")
    with pytest.raises(SeamSyncError, match=r"cannot read the text .*: No such file"):
        read_text(tmp_path / "none", "a text")


@pytest.mark.parametrize(
    "text", ["{a: &x [1, 2], b: *x}", "a: &x {k: 1}\nb: {<<: *x, l: 2}", "a: 0.5", "- 1\n- yes", "", "{a: [}"]
)
def test_yaml_is_read_as_pyyaml_reads_it(text: str) -> None:
    """The same values, or an error for both."""
    try:
        expected: Any = yaml.safe_load(text)
    except yaml.YAMLError:
        with pytest.raises(yaml.YAMLError):
            parse_plain(text)
    else:
        assert parse_plain(text) == expected


def test_json_in_the_place_of_yaml() -> None:
    """Small numbers as JSON writes them are numbers; YAML takes them for text."""
    value = {"a": 1e-5, "b": [1, None, True]}
    assert parse_plain(json.dumps(value)) == value


def _bomb(levels: int) -> str:
    lines = [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, levels)]
    return "\n".join(["a0: &a0 [x]", *lines])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (_bomb(9), "values with its references written out"),
        ("a: &a {k: 1}\n" + "".join(f"b{k}: {{<<: [{', '.join(['*a'] * 9)}]}}\n" for k in range(9)) + _bomb(8), "references"),
        ("a: &a [*a]", "a reference points to what it is part of"),
        ("[" * 5000, "nested too deeply"),
        ('{"a":' * 101 + "1" + "}" * 101, "more than 100"),
        ("a: 2020-13-44", "month must be in"),
        ("a: 1\n" * 100_000, "as YAML it may have 256 kB"),
    ],
)
def test_small_texts_that_come_to_much(text: str, words: str) -> None:
    """References to references, depth, sizes: refused before they are written out."""
    with pytest.raises(SeamSyncError, match=words), parsed("a.yaml", "settings"):
        parse_plain(text)


def test_depth_of_json() -> None:
    """A hundred levels are read, one more is not."""
    assert parse_json("[" * 100 + "]" * 100)
    with pytest.raises(ValueError, match="100 lists"):
        parse_json("[" * 101 + "]" * 101)


def test_archives_that_unpack_to_too_much(tmp_path: Path) -> None:
    """Compressed zeros are refused by their size; what fits passes."""
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in "ab":
            with archive.open(name, "w") as member:
                for _ in range(9):
                    member.write(bytes(1 << 20))
    check_archive(path)
    with pytest.raises(SeamSyncError, match=r"unpacks from .* to 18,874,368 bytes"):
        check_archive(path, stored=True)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("c", "w") as member:
        for _ in range(64):
            member.write(bytes(1 << 20))
    with pytest.raises(SeamSyncError, match="unpacks from"):
        check_archive(path)
