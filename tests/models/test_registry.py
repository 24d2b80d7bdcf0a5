"""The registry's entries are complete and consistent."""

from __future__ import annotations

import pytest
from seamsync.errors import SeamSyncError
from seamsync.models import registry


@pytest.mark.parametrize("name", registry.names())
def test_entries_are_complete(name: str) -> None:
    """Everything a user has to know is there, and what is fetched automatically can be checked."""
    entry = registry.get(name)
    assert entry.fetch in registry.FETCHES
    assert entry.purpose
    assert entry.licence
    assert entry.source.startswith("https://")
    assert entry.files
    for file in entry.files:
        assert "/" not in file.name
        assert "\\" not in file.name
        if entry.fetch != "manual":
            assert len(file.sha256) >= 10
            assert file.origin


def test_embedded_default() -> None:
    """The mesh comes first, with whole hashes, a fixed version, and a licence for every use."""
    entry = registry.get(registry.names()[0])
    assert (entry.name, entry.requirement, entry.commercial_use) == ("facemesh", "mediapipe==0.10.21", True)
    assert all(len(file.sha256) == 64 and file.size for file in entry.files)


def test_names_are_unique() -> None:
    """No two entries share a name, nor a place on disk."""
    entries = [registry.get(name) for name in registry.names()]
    places = [(entry.torch_hub, entry.folder, file.name) for entry in entries for file in entry.files]
    assert len({entry.name for entry in entries}) == len(entries)
    assert len(set(places)) == len(places)


def test_terms_tell_what_the_licence_means() -> None:
    """The three answers on commercial use read differently."""
    assert registry.get("facemesh").terms == "Apache-2.0; commercial use allowed"
    assert registry.get("wav2lip").terms.endswith("not for commercial use")
    assert registry.get("face-alignment").terms.endswith("commercial use not settled")


def test_unknown_name() -> None:
    """A typo is answered with the nearest name."""
    with pytest.raises(SeamSyncError, match="did you mean 'facemesh'"):
        registry.get("facemash")
