"""Find what is in front of a face, without a model: whatever the face's own appearance does not explain."""
