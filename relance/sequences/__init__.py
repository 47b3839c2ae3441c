"""Sequences: mails and tasks that follow each other until somebody answers (SEQ-01 to SEQ-15)."""
