"""Uploads that are too large are let through without being kept."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

# What a multipart body holds beside the file.
OVERHEAD = 16 * 1024


class LimitHandler(FileUploadHandler):
    """First of the upload handlers: drops files above ``IMPORT_MAX_BYTES`` as they arrive.

    Nothing of such a file is kept in memory or on disk; :func:`was_too_large` tells the view.
    The stated length decides before the first byte is read, the bytes themselves after that.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],  # noqa: N803 - Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        self.refused = content_length > settings.IMPORT_MAX_BYTES + OVERHEAD
        self.received = 0
        self._note()

    def _note(self) -> None:
        if self.refused and self.request is not None:
            self.request.upload_too_large = True  # type: ignore[attr-defined]  # read by was_too_large

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.refused:
            raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if self.received > settings.IMPORT_MAX_BYTES:
            self.refused = True
            self._note()
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the handlers after this one."""


def was_too_large(request: HttpRequest) -> bool:
    """Return whether a file of this request was dropped for its size."""
    _ = request.FILES  # reads the body, if no middleware has
    return getattr(request, "upload_too_large", False)
