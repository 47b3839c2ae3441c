"""Relance: a self-hosted CRM for sales teams who work by e-mail."""
