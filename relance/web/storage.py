"""Static files under hashed names, the modules that scripts import included."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise ships no types
    """As whitenoise does, and imports between ES modules are rewritten too, so that all may be cached for ever."""

    support_js_module_import_aggregation = True
