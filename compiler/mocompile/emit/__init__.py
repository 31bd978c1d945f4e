"""The emit stage: the plan to Kubernetes objects, and the objects to text. One module per output format."""
