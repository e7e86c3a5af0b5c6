"""Structured logging: one JSON object a line, with request, user and organisation ids."""

import logging
import re
import sys
from typing import Any

import structlog

# Links of mail that confirms an address, makes a new password, vouches or takes an invitation.
_KEYS = re.compile(
    r"(/password/reset/key/|/confirm-email/|/invitation/|/access/[^/]+/confirm/)[^/]+/?"
)


def without_keys(path: str) -> str:
    """Return the address without the key that opens something for whoever holds it."""
    return _KEYS.sub(r"\1…/", path)


class KeysFilter(logging.Filter):
    """Takes mailed links' keys out of what Django writes itself: a page that it refuses."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                without_keys(value) if isinstance(value, str) else value for value in record.args
            )
        return True


def logging_config(log_format: str) -> dict[str, Any]:
    """Return a ``dictConfig`` for ``json`` or ``console`` lines; structlog is set up to feed it."""
    renderer: Any = (
        # Plain traces: the rich ones print local variables, and a local may be a PIN.
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        if log_format == "console"
        else structlog.processors.JSONRenderer()
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processor": renderer,
                "foreign_pre_chain": shared,
            }
        },
        "filters": {"keys": {"()": KeysFilter}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "structured",
                "filters": ["keys"],
            }
        },
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django.server": {"handlers": ["stderr"], "propagate": False},
            "fontTools": {"level": "WARNING"},
            "weasyprint": {"level": "ERROR"},
        },
    }
