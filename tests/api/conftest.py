"""A caller with a token, and a short way to call."""

import json

import pytest
from django.test import Client

from relance.team.actions import add_user, make_token


class Caller:
    """Calls the API as one colleague."""

    def __init__(self, user, scope="write"):
        self.user, (_token, self.text) = user, make_token(user, name="test", scope=scope)
        self.client = Client(headers={"authorization": f"Bearer {self.text}"})

    def __call__(self, method, path, body=None, **headers):
        send = getattr(self.client, method.lower())
        url = f"/api/v1{path}"
        if body is None:
            return send(url, headers=headers or None)
        return send(url, json.dumps(body), content_type="application/json", headers=headers or None)


@pytest.fixture
def administrator(db):
    return add_user(email="admin@helionne.example", name="Camille", role="administrator")


@pytest.fixture
def call(administrator):
    return Caller(administrator)


@pytest.fixture
def reader(db):
    return Caller(add_user(email="reader@helionne.example", name="Inès", role="read_only"))
