"""Bodies that break off, or whose chunks are none: the sender's fault, so a 400 and not an error of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.exceptions import ClientDisconnected


class BrokenBodies:
    """Middleware: what the server raises while a request's body is read is a bad request."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"] = Body(environ["wsgi.input"])
        return self._app(environ, start_response)


class Body:
    """A request's body, as `wsgi.input`. Reading raises ClientDisconnected, which answers 400, for what isn't
    one."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, *size: int) -> bytes:
        return self._reading(self._stream.read, *size)

    def readline(self, *size: int) -> bytes:
        return self._reading(self._stream.readline, *size)

    def readlines(self, *hint: int) -> list[bytes]:
        return list(self)

    def __iter__(self) -> Any:
        return iter(self.readline, b"")

    def _reading(self, read: Callable[..., bytes], *size: int) -> bytes:
        try:
            return read(*size)
        except Exception as error:  # each server has errors of its own, some of them bare
            raise ClientDisconnected from error
