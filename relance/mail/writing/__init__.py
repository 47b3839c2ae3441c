"""A mail that a person writes: begun, kept as it is typed, looked at, given its hour, sent, taken back."""
