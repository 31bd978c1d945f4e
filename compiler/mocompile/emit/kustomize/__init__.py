"""The set as a kustomize base with overlays."""
