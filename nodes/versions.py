"""Call functions of hosts of different versions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def known(call: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """Return ``call(*args, **keywords)`` without the keywords that this version of the host does not have."""
    names = inspect.signature(call).parameters
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in names.values()):
        return call(*args, **keywords)
    return call(*args, **{name: value for name, value in keywords.items() if name in names})
