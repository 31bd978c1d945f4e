"""JSON Schemas: files, values converted by them, violations in words."""
