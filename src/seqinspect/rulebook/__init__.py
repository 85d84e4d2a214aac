"""The rules as pages, and as the JSON Schema of specs."""
