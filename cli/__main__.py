"""Runs the command as ``python -m seamsync.cli``."""

from . import program

if __name__ == "__main__":
    program()
