"""Results for people: text tables, comparisons, plots, HTML pages."""
