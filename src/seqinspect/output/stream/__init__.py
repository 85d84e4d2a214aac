"""Streaming → words, a document, and JSON: `document.document`, `json.render`."""
