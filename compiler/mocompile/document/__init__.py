"""The load and merge stages: bytes to a tree that knows the place of every node, overlays merged onto it."""
