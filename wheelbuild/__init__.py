"""Makes the parts of the wheel that start fast, from the sources of the same checkout. Nothing here is installed."""
