"""Webhooks: other programs are told what happens here (API-02, X20)."""
