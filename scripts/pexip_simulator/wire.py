"""Requests and answers as values, so that everything but the server works without one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    """What was asked. ``query`` keeps order and repetition."""

    method: str
    target: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    def json(self) -> Any:
        """Return the body's value; raises ``ValueError`` for what is not JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What is answered; ``body`` None is an empty one."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def payload(self) -> bytes:
        return b"" if self.body is None else json.dumps(self.body, ensure_ascii=False).encode()


NOT_FOUND = Answer(404, {"error": "Not found."})


def not_allowed(*methods: str) -> Answer:
    """Return the answer to a method that the address does not take."""
    return Answer(405, None, {"Allow": ", ".join(methods)})
