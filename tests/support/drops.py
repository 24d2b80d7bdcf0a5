"""Files that land on a page: dropped on an element at a place, or pasted. Browsers let no test use the real clipboard."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

_TRANSFER = """([files, text]) => {
  const data = new DataTransfer();
  for (const [name, type, packed] of files) {
    const bytes = Uint8Array.from(atob(packed), letter => letter.charCodeAt(0));
    data.items.add(new File([bytes], name, { type }));
  }
  for (const [type, value] of Object.entries(text)) data.setData(type, value);
  return data;
}"""
_DROP = """([data, x, y]) => {
  const at = { dataTransfer: data, clientX: x, clientY: y, bubbles: true, cancelable: true, composed: true };
  const target = document.elementFromPoint(x, y);
  for (const type of ["dragenter", "dragover", "drop"]) target.dispatchEvent(new DragEvent(type, at));
}"""
_PASTE = """data => {
  const target = document.activeElement ?? document.body;
  target.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def transfer(page: Any, *files: tuple[Path, str], **text: str) -> Any:
    """A DataTransfer with files and their MIME types, and texts by type (``text_uri_list`` is ``text/uri-list``)."""
    packed = [[path.name, kind, base64.b64encode(path.read_bytes()).decode()] for path, kind in files]
    named = {name.replace("_", "/", 1).replace("_", "-"): value for name, value in text.items()}
    return page.evaluate_handle(_TRANSFER, [packed, named])


def drop(page: Any, data: Any, x: float, y: float) -> None:
    """Drag it over a place of the window and let go."""
    page.evaluate(_DROP, [data, x, y])


def paste(page: Any, data: Any) -> None:
    """Paste it where the focus is."""
    page.evaluate(_PASTE, data)
