"""Tests of `wheelbuild`, which makes the wheel's own files."""
