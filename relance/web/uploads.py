"""Uploads: nothing larger than an import may be is written to disk, whatever its sender says of its size (X14)."""

from __future__ import annotations

from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler

from relance.records.imports.limits import USUAL

TOO_LARGE = "relance.upload_too_large"


class CappedUpload(TemporaryFileUploadHandler):
    """Stops at the limit; the form then finds no file, and `request.META` says why."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Take a chunk, or stop."""
        if start + len(raw_data) > USUAL.file_bytes:
            if self.request is not None:
                self.request.META[TOO_LARGE] = True
            raise StopUpload(connection_reset=False)
        return super().receive_data_chunk(raw_data, start)
