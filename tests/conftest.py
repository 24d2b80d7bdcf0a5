"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_fixture import chromium, site  # noqa: F401 (fixtures)
from host_fixture import host  # noqa: F401 (a fixture)
from paths import ROOT
from real_host import server  # noqa: F401 (a fixture)


class PlainRoot:
    """Makes pytest take the checkout's root for a plain folder.

    The root has an ``__init__.py``, because it is the package. pytest would import it as a module with the name of the
    folder, and fail where that name is none, as in ``ComfyUI-SeamSync``.
    """

    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_directory(self, path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect the root without importing it."""
        return pytest.Dir.from_parent(parent, path=path) if path.resolve() == ROOT else None


def pytest_configure(config: pytest.Config) -> None:
    """Register the plugin: hooks of this file alone are not called for the folders above it."""
    config.pluginmanager.register(PlainRoot())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests as slow that run a real ComfyUI, a browser, or whole jobs of the benchmarks."""
    for item in items:
        if {"host", "web", "benchmarks"} & set(item.path.resolve().relative_to(ROOT / "tests").parts[:1]):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def media() -> Path:
    """Folder of real clips and speech for measuring; they are not part of the project, so tests skip without them."""
    folder = Path(os.environ.get("SEAMSYNC_MEDIA") or ROOT.parent / "shared" / "media")
    if not (folder / "english_60s.wav").is_file():
        pytest.skip(f"no real clips in {folder}; set SEAMSYNC_MEDIA to a folder that has them")
    return folder


@pytest.fixture(scope="session", autouse=True)
def hear_ctrl_c() -> Iterator[None]:
    """Shells start background jobs deaf to SIGINT, and what these start inherits it: tests of stopping would wait in vain."""
    deaf = signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    if deaf:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    if deaf:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
