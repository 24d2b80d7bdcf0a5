"""Mouths made elsewhere, as pictures of a region of the frame with the region's bounds."""
