"""Findings (problems of an input, with their places) and the formats in which they are printed."""
