"""A server that speaks the S3 API on this machine, with one bucket."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import boto3

from relance.lib.bucket import Place, place_of

NAME = "files"


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """The settings that lead to its bucket."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        told = {
            "RELANCE_FILES_BUCKET": f"{NAME}/relance", "RELANCE_S3_ENDPOINT": f"http://{host}:{port}",
            "RELANCE_S3_KEY": "key", "RELANCE_S3_SECRET": "secret",
        }  # fmt: skip
        client = boto3.client(
            "s3", endpoint_url=told["RELANCE_S3_ENDPOINT"], region_name="us-east-1", aws_access_key_id="key",
            aws_secret_access_key="secret",
        )  # fmt: skip
        client.create_bucket(Bucket=NAME)
        client.close()
        with mock.patch.dict(os.environ, told):
            yield told
    finally:
        server.stop()


def place(told: dict[str, str]) -> Place:
    """Where its bucket is."""
    found = place_of(told)
    assert found is not None
    return found
