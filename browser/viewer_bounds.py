"""How much a viewer shows at most."""

from __future__ import annotations

#: Bounds of the frames shown and of the pictures' longer side.
FRAMES, SIDES = (32, 240), (128, 640)
#: Most pixels of all pictures of one kind: what a page holds decoded, times four bytes.
PIXELS = 24_000_000
