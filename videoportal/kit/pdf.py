"""HTML in, PDF bytes out; the only module that meets WeasyPrint."""

from __future__ import annotations

import datetime as dt
import hashlib
import mimetypes
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

# Never looked up: it only gives relative addresses something to stand on.
BASE = "http://portal.invalid"


class ForbiddenFetch(FatalURLFetchingError):
    """The document asks for something that is not one of our static files."""


class StaticFetcher(URLFetcher):
    """Gives WeasyPrint our own static files and ``data:`` addresses, and nothing else."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=True)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        """Return the file behind a static address; raise :class:`ForbiddenFetch` for others."""
        if url.startswith("data:"):
            return super().fetch(url, headers)
        parts = urlsplit(url)
        prefix = urlsplit(settings.STATIC_URL).path
        if f"{parts.scheme}://{parts.netloc}" != BASE or not parts.path.startswith(prefix):
            raise ForbiddenFetch(f"A document may not fetch {url}")
        path = _static_file(unquote(parts.path.removeprefix(prefix)))
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})


def _static_file(name: str) -> Path:
    collected = Path(settings.STATIC_ROOT) / name
    # A name with its hash exists among the collected files only, a plain one in its source.
    if collected.is_file() and collected.resolve().is_relative_to(
        Path(settings.STATIC_ROOT).resolve()
    ):
        return collected
    found = finders.find(name)
    if not found:
        raise ForbiddenFetch(f"There is no static file {name}")
    return Path(found)


def render_pdf(
    html: str,
    *,
    identifier: str,
    created: dt.datetime,
    title: str = "",
    variant: str = "pdf/ua-1",
) -> bytes:
    """Return the document as a tagged PDF, the same bytes for the same input.

    ``html`` holds the whole document with ``lang`` set. ``identifier`` is any text that stays
    the same for the document, ``created`` its own date (with zone), never the time of drawing;
    ``variant`` is one of WeasyPrint's, such as ``pdf/ua-1`` or ``pdf/a-3u``. Raises
    :class:`ForbiddenFetch` when the document refers to anything but static files.
    """
    fonts = FontConfiguration()
    source = HTML(string=html, base_url=f"{BASE}/", url_fetcher=StaticFetcher())
    try:
        document = source.render(font_config=fonts, pdf_variant=variant, pdf_tags=True)
    except FatalURLFetchingError as error:
        raise ForbiddenFetch(str(error.__cause__ or error)) from error
    moment = created.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document.metadata.created = moment
    document.metadata.modified = moment
    if title:
        document.metadata.title = title
    digest = hashlib.sha256(identifier.encode()).hexdigest()[:32].encode()
    return bytes(document.write_pdf(pdf_identifier=digest, pdf_variant=variant, pdf_tags=True))
