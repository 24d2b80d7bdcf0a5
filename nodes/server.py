"""Call ComfyUI's web server: routes of our own, and a line of text on the running node."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from .versions import known


def add_route(path: str, answer: Callable[[Any], Any]) -> None:
    """Let the server answer GET requests for a path, unless it does so already. Do nothing where there is no server.

    Args:
        path: such as ``/seamsync/file``; the server answers it under ``/api`` too.
        answer: a coroutine function of aiohttp's request.
    """
    routes = getattr(_running(), "routes", None)
    if routes is not None and path not in {getattr(route, "path", None) for route in routes}:
        routes.get(path)(answer)


def send_text(words: str) -> None:
    """Show a line of text on the running node, on the page that queued it; nothing where the host cannot show it.

    A job that no page queued shows it nowhere: sent to all pages, it would appear on any node with the same id.
    """
    server = _running()
    send = getattr(server, "send_progress_text", None)
    context = getattr(sys.modules.get("comfy_execution.utils"), "get_executing_context", lambda: None)()
    page = getattr(server, "client_id", None)
    if send is not None and context is not None and page is not None:
        known(send, words, context.node_id, sid=page)


def _running() -> Any:
    """Return the host's running server; ``None`` where there is none."""
    return getattr(getattr(sys.modules.get("server"), "PromptServer", None), "instance", None)
