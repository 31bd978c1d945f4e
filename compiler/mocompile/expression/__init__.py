"""Expressions, the tree that holds them, and its two printers."""
