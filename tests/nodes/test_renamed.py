"""Workflows saved before a node was renamed go on working."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
import seamsync
from seamsync.blending.settings import MouthMask


def test_a_renamed_node_keeps_its_old_id(host: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through a made-up entry: the old id is there, deprecated, with the same inputs, and does the same; the new one too."""
    host.nodes()
    extension = host.load("seamsync.nodes.extension")
    shape = host.by_id()["ShapeMouthMask"]
    monkeypatch.setitem(extension.RENAMED, "MouthMask", shape)
    nodes = asyncio.run(asyncio.run(seamsync.comfy_entrypoint()).get_node_list())
    by_id = {node.define_schema().node_id: node for node in nodes}
    old, new = by_id["SeamSyncMouthMask"], by_id["SeamSyncShapeMouthMask"]
    assert old.define_schema().is_deprecated
    assert not getattr(new.define_schema(), "is_deprecated", False)
    assert [item.id for item in old.define_schema().inputs] == [item.id for item in new.define_schema().inputs]
    assert old.execute(feather=0.2).values[0] == MouthMask(feather=0.2)


def test_no_old_id_is_in_use(host: SimpleNamespace) -> None:
    """A name that was given up is not given to another node."""
    ids = set(host.by_id())
    renamed = host.load("seamsync.nodes.extension").RENAMED
    assert not ids & {f"SeamSync{old}" for old in renamed} or len(ids) == len(host.nodes())
