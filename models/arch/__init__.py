"""Networks in the layouts their published checkpoints have."""
