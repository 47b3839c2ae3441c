"""Mails that a person writes."""
