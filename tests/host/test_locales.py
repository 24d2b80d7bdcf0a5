"""A real ComfyUI (:mod:`real_host`) serves the nodes' words."""

from __future__ import annotations

import json

import pytest
from real_host import ROOT, Server


@pytest.mark.parametrize("language", ["en", "zh", "ja"])
def test_the_page_gets_the_nodes_words(language: str, server: Server) -> None:
    """``/i18n`` has every node of ours as it is stored."""
    served = json.loads(server.get("/i18n"))[language]["nodeDefs"]
    stored = json.loads((ROOT / "locales" / language / "nodeDefs.json").read_text(encoding="utf-8"))
    assert {name: words for name, words in served.items() if name.startswith("SeamSync")} == stored
