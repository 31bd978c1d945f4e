"""The load and merge stages: bytes become a tree with the place of every node; overlays are merged onto the tree."""
