"""Names and shapes out of headers."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from seamsync.errors import SeamSyncError
from seamsync.models.files.shapes import tensor_shapes


def test_of_safetensors(tmp_path: Path) -> None:
    """As they were saved; what is said about the file is no tensor."""
    save_file({"a": torch.zeros(2, 3), "b": torch.zeros(())}, tmp_path / "a.safetensors", metadata={"made": "here"})
    assert tensor_shapes(tmp_path / "a.safetensors") == {"a": (2, 3), "b": ()}


@pytest.mark.parametrize(
    "header", [b"[" * 5000, b"[]", b'{"a": 1}', b'{"a": {"shape": "x"}}', b'{"a": {"shape": [1.5]}}', b"\xff"]
)
def test_other_headers(header: bytes, tmp_path: Path) -> None:
    """Of any form they end in an error with the file's name."""
    (tmp_path / "a.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    with pytest.raises(SeamSyncError, match=r"a\.safetensors cannot be read as safetensors .*is the download complete"):
        tensor_shapes(tmp_path / "a.safetensors")


def test_a_header_that_is_said_to_be_large(tmp_path: Path) -> None:
    """Its length is checked before it is read."""
    (tmp_path / "a.safetensors").write_bytes(struct.pack("<Q", 1 << 60) + json.dumps({}).encode())
    with pytest.raises(SeamSyncError, match="a header of 1152921504606846976 bytes"):
        tensor_shapes(tmp_path / "a.safetensors")
