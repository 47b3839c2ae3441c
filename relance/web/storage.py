"""Static files under hashed names, the modules that scripts import included."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):
    """As whitenoise does, and imports between ES modules are rewritten too, so that all may be cached for ever."""

    support_js_module_import_aggregation = True
