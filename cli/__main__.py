"""Runs the command as ``python -m seamsync.cli``."""

from . import program

program()
