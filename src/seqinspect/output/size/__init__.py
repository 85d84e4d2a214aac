"""The size that keeps budgets: `document.document` says it, and `json.render` writes it as JSON."""
