"""The commands below `mocompile results`."""
