"""Bring records in from a CSV or XLSX file: read, map, check, write, undo (REC-08)."""
