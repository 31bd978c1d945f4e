"""The commands of `mocompile catalog`."""
