"""Certificates: the verifying context, and the cause of a refusal in a word."""

from __future__ import annotations

import ssl
from functools import lru_cache

from relance.mail.transport.outcome import Cause

VERIFY_CAUSES = {
    9: Cause.CERTIFICATE_EXPIRED,  # not yet valid: a wrong clock, mended the same way
    10: Cause.CERTIFICATE_EXPIRED,
    18: Cause.CERTIFICATE_SELF_SIGNED,
    19: Cause.CERTIFICATE_SELF_SIGNED,
    20: Cause.CERTIFICATE_UNTRUSTED,
    21: Cause.CERTIFICATE_UNTRUSTED,
    62: Cause.CERTIFICATE_WRONG_NAME,
    63: Cause.CERTIFICATE_WRONG_NAME,
    64: Cause.CERTIFICATE_WRONG_NAME,
}
"""OpenSSL's X509_V_ERR_* numbers."""


@lru_cache(maxsize=16)
def context(ca_file: str | None) -> ssl.SSLContext:
    """A client context that checks name, dates and issuer; TLS 1.2 at least."""
    made = ssl.create_default_context(cafile=ca_file)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made


def cause_of(error: Exception) -> Cause:
    """Why a handshake failed."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return VERIFY_CAUSES.get(error.verify_code, Cause.CERTIFICATE_INVALID)
    if isinstance(error, TimeoutError):
        return Cause.TIMEOUT
    return Cause.TLS_FAILED
