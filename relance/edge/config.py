"""What the edge must know, from the environment: the names of the settings of the web face, read without Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from relance.lib import bucket, keys
from relance.lib.bucket import Place
from relance.lib.home import database_url, home_folder, secret_of

ENV_FILE = Path(__file__).resolve().parent.parent.parent / ".env"
LOOPBACK = "127.0.0.0/8,::1/128"
WEB = "http://localhost:8000"

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, kw_only=True)
class Config:
    """The installation as the edge sees it."""

    database: str
    spool: Path
    token_key: bytes
    ticket_key: bytes
    web: str  # RELANCE_URL, without a closing slash
    origin: str  # the only origin that may read the live stream
    proxies: tuple[Network, ...]
    files: Path  # RELANCE_FILES: where followed files lie
    bucket: Place | None  # RELANCE_FILES_BUCKET: where they lie instead
    copies: Path  # of those that lie in the bucket


def read(environment: Mapping[str, str]) -> Config:
    """The configuration of this environment. Raises ValueError for a proxy that is no network."""
    home = home_folder(environment)
    secret = secret_of(environment, home)
    web = (environment.get("RELANCE_URL") or WEB).rstrip("/")
    proxies = environment.get("RELANCE_TRUSTED_PROXIES") or LOOPBACK
    return Config(
        database=_libpq(database_url(environment, home)),
        spool=home / "spool",
        token_key=keys.derive(secret, "tokens"),
        ticket_key=keys.derive(secret, "live"),
        web=web,
        origin="{0.scheme}://{0.netloc}".format(urlsplit(web)),
        proxies=tuple(ip_network(part.strip(), strict=False) for part in proxies.split(",") if part.strip()),
        files=Path(environment.get("RELANCE_FILES") or home / "files"),
        bucket=bucket.place_of(environment),
        copies=home / "copies",
    )


def _libpq(url: str) -> str:
    """The address as libpq spells it; django-environ also knows `psql://` and `pgsql://`."""
    scheme, mark, rest = url.partition("://")
    return f"postgresql://{rest}" if mark and scheme in ("psql", "pgsql", "postgres") else url


def with_env_file(environment: Mapping[str, str], file: Path = ENV_FILE) -> dict[str, str]:
    """The environment, completed by a `.env` file and by DATABASE_URL_FILE; what is set already stands."""
    found: dict[str, str] = {}
    if file.is_file():
        for line in file.read_text().splitlines():
            name, mark, value = line.strip().removeprefix("export ").partition("=")
            if mark and not name.startswith("#"):
                found[name.strip()] = value.strip().strip("\"'")
    known = {**found, **environment}
    if "DATABASE_URL" not in known and (named := known.get("DATABASE_URL_FILE")):
        known["DATABASE_URL"] = Path(named).read_text().strip()
    return known
