"""Records selected, summarised and compared."""
