"""Import packages that an installation may lack, when they are used."""

from __future__ import annotations

import importlib
from typing import Any

from .errors import SeamSyncError, cause_of


def import_extra(module: str, what: str, install: str = "", *, broken: str = "install the packages together again") -> Any:
    """Import a module of a package that is not required.

    Args:
        module: dotted name.
        what: what needs it, at the beginning of the message.
        install: what to give to ``pip install``; empty: the package of the module's name.
        broken: what to do where it is there and cannot be imported.

    Raises:
        SeamSyncError: the package, or one that it needs, is missing or broken; the message names the command that installs it.

    Example:
        >>> import_extra("no_such_package", "this benchmark", "'.[bench]'")
        Traceback (most recent call last):
        seamsync.SeamSyncError: this benchmark needs the package no_such_package; run: pip install '.[bench]'
    """
    command = f"pip install {install or module.partition('.')[0]}"
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing = (error.name or module).partition(".")[0]
        raise SeamSyncError(f"{what} needs the package {missing}; run: {command}") from error
    except Exception as error:  # a package that does not fit another one may raise anything
        raise SeamSyncError(f"{what}: the package {module} cannot be imported ({cause_of(error)}); {broken}") from error
