"""The potentials room."""
