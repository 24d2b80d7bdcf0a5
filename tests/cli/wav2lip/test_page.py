"""The page of ``seamsync wav2lip``."""

from __future__ import annotations

from seamsync.cli.wav2lip.flags import FLAGS
from seamsync.models import registry
from wav2lip_page import PAGE, refreshed


def test_the_page_is_that_of_the_flags() -> None:
    """Otherwise: ``python tools/wav2lip_page.py``."""
    page = PAGE.read_text(encoding="utf-8")
    assert page == refreshed(page)
    assert all(f"`--{flag.name}`" in page for flag in FLAGS)


def test_the_sizes_are_the_registrys() -> None:
    """What the page says of the checkpoints."""
    page = PAGE.read_text(encoding="utf-8")
    for name in ("wav2lip", "wav2lip_gan"):
        entry = registry.get(name)
        assert f"{entry.files[0].size:,}".replace(",", " ") + " bytes" in page
        assert entry.source in page
