"""The set as a Helm chart."""
