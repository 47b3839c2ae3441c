"""Files in a bucket of an S3 API: Amazon's, or that of a server of one's own.

The client library is loaded when the first bucket is opened, so that installations without one never pay for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = {"connect_timeout": 5, "read_timeout": 30}
MISSING = ("404", "NoSuchKey", "NotFound")
WORDS = {
    "NoSuchBucket": "there is no such bucket",
    "AccessDenied": "the key may not do this",
    "403": "the key may not do this",
    "InvalidAccessKeyId": "the key is not known there",
    "SignatureDoesNotMatch": "the secret does not belong to the key",
}


class Away(OSError):
    """The bucket does not give, or does not take, a file."""

    def __init__(self, why: str) -> None:
        super().__init__(None, why)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A bucket, and the folder in it; without a key the machine's own way to sign in counts."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    key: str | None = None
    secret: str | None = None


def place_of(environment: Mapping[str, str]) -> Place | None:
    """What `RELANCE_FILES_BUCKET` names (`bucket` or `bucket/folder`) with `RELANCE_S3_*`; None without it."""
    bucket, _slash, prefix = environment.get("RELANCE_FILES_BUCKET", "").strip("/ ").partition("/")
    if not bucket:
        return None
    named = environment.get("RELANCE_S3_SECRET_FILE")
    secret = environment.get("RELANCE_S3_SECRET") or (Path(named).read_text().strip() if named else None)
    return Place(
        bucket=bucket, prefix=f"{prefix}/" if prefix else "", endpoint=environment.get("RELANCE_S3_ENDPOINT") or None,
        region=environment.get("RELANCE_S3_REGION") or None, key=environment.get("RELANCE_S3_KEY") or None,
        secret=secret,
    )  # fmt: skip


class Bucket:
    """One bucket; may be used by several threads. Each call raises Away."""

    def __init__(self, place: Place) -> None:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError

        self.place, self.faults = place, (BotoCoreError, ClientError)
        config = Config(
            **PATIENCE_SECONDS,
            retries={"total_max_attempts": 2},
            s3={"addressing_style": "path" if place.endpoint else "auto"},
            # Many servers do not know Amazon's newer sums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        session = boto3.session.Session(
            aws_access_key_id=place.key, aws_secret_access_key=place.secret,
            region_name=place.region or ("us-east-1" if place.endpoint else None),
        )  # fmt: skip
        self.client = session.client("s3", endpoint_url=place.endpoint, config=config)

    def put(self, key: str, data: bytes) -> None:
        """Keep these bytes, whole or not at all."""
        self._ask("put_object", key, Body=data)

    def read(self, key: str) -> bytes:
        """Its bytes."""
        body = self._ask("get_object", key)["Body"]
        try:
            return bytes(body.read())
        except (*self.faults, OSError) as problem:
            raise Away(str(problem)) from problem

    def fetch(self, key: str, to: Path) -> None:
        """Write its bytes into a file, piece by piece."""
        body = self._ask("get_object", key)["Body"]
        try:
            with to.open("wb") as file:
                for piece in body.iter_chunks(262_144):
                    file.write(piece)
        except self.faults as problem:
            raise Away(str(problem)) from problem

    def size(self, key: str) -> int | None:
        """How many bytes it has; None if it is not there."""
        try:
            return int(self._ask("head_object", key)["ContentLength"])
        except Missing:
            return None

    def delete(self, key: str) -> None:
        """Forget it, also if it is not there."""
        self._ask("delete_object", key)

    def _ask(self, verb: str, key: str, **more: object) -> Any:
        try:
            return getattr(self.client, verb)(Bucket=self.place.bucket, Key=self.place.prefix + key, **more)
        except self.faults as problem:
            code = str(getattr(problem, "response", {}).get("Error", {}).get("Code", ""))
            if code in MISSING:
                raise Missing("the file is not there") from problem
            raise Away(WORDS.get(code) or str(problem)) from problem


class Missing(Away):
    """The bucket answers, and has no such file."""


@lru_cache(maxsize=4)
def opened(place: Place) -> Bucket:
    """The bucket of a place, opened once."""
    return Bucket(place)
