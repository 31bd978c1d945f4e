"""The contexts of a figure that is of a pair of pods."""

from __future__ import annotations

# Two pods and their nodes. `a` is the side that sends, asks or has rank 0.
A, A_NODE, B, B_NODE = "a", "a_node", "b", "b_node"
CONTEXTS = (A, A_NODE, B, B_NODE)
