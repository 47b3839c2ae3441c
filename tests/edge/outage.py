"""A wire to the database that can be cut, or go silent, on order."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from django.db import connection

SOCKET = ".s.PGSQL.5432"


class Wire:
    """Listens like PostgreSQL in a folder of its own and passes everything on, while it is whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.flows = threading.Event()
        self.flows.set()
        self.open: set[socket.socket] = set()
        self.listener: socket.socket | None = None
        self.mend()

    @property
    def url(self) -> str:
        known = connection.get_connection_params()
        parts = {
            "dbname": known["dbname"],
            "user": known.get("user"),
            "password": known.get("password"),
            "host": str(self.folder),
        }
        return "postgresql:///?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in parts.items() if value)

    def mend(self) -> None:
        """Let connections in again."""
        self.flows.set()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.folder / SOCKET))
        self.listener.listen(64)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def cut(self) -> None:
        """As when the server stops: open connections break, new ones are refused."""
        assert self.listener is not None
        self.listener.shutdown(socket.SHUT_RDWR)
        (self.folder / SOCKET).unlink(missing_ok=True)
        for line in list(self.open):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self.flows.set()

    def silence(self) -> None:
        """As when the server hangs: connections stay, nothing comes back."""
        self.flows.clear()

    def speak(self) -> None:
        self.flows.set()

    def _accept(self, listener: socket.socket) -> None:
        with listener, suppress(OSError):
            while True:
                near, _ = listener.accept()
                threading.Thread(target=self._join, args=(near, self._far()), daemon=True).start()

    def _join(self, near: socket.socket, far: socket.socket) -> None:
        with near, far:
            self.open |= {near, far}
            back = threading.Thread(target=self._pass, args=(far, near), daemon=True)
            back.start()
            self._pass(near, far)
            back.join()
            self.open -= {near, far}

    def _far(self) -> socket.socket:
        known = connection.get_connection_params()
        host, port = str(known.get("host") or "localhost"), int(known.get("port") or 5432)
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        far = socket.socket(socket.AF_UNIX)
        far.connect(f"{host}/.s.PGSQL.{port}")
        return far

    def _pass(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while piece := here.recv(65536):
                self.flows.wait()
                there.sendall(piece)
        for line in (here, there):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
