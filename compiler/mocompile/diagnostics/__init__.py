"""Findings: what is wrong with an input, where, and the forms in which findings are printed."""
