"""Parts of ``tools/fuzz.py``: valid files, changes that damage them, readers, and a process for each case."""
