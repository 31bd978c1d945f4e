"""Figure sheets (`figures.yaml`): the figures of merit in a program's output, and how to find them."""
