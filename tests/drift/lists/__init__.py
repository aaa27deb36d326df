"""The drifts, one module per kind of object."""
