"""Forms of one's own site that make leads (API-03)."""
