"""Folders of the checkout, so that no test counts the folders above itself."""

from __future__ import annotations

from pathlib import Path

#: The root of the checkout, where ``pyproject.toml`` lies.
ROOT = Path(__file__).resolve().parents[2]
#: The bundled clip ``face.mp4`` and the speech ``speech.wav``.
SAMPLE = ROOT / "sample"
