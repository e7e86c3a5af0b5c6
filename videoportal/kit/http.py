"""Answers that many views give: a list, a form, a way back, a file."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from django import forms
from django.contrib import messages
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.template import TemplateDoesNotExist
from django.template.loader import get_template, render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from videoportal.kit import resume
from videoportal.kit.filters import Search
from videoportal.kit.scope import carried
from videoportal.kit.tables import BaseTable

RESULTS = "components/results.html"


def keep_scope(response: HttpResponseBase) -> None:
    """Let an answer that is streamed read its rows in the scope of now."""
    if isinstance(response, StreamingHttpResponse):
        parts: Any = response.streaming_content  # never asynchronous here
        response.streaming_content = carried(parts)


def is_fragment(request: HttpRequest) -> bool:
    """Return whether htmx asks for part of a page, not a boosted or restored whole one."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def list_page(
    request: HttpRequest,
    table: BaseTable,
    search: Search | None,
    template: str,
    *,
    announced: bool = True,
    **context: Any,
) -> HttpResponse:
    """Return a list: the whole page, or only its rows when htmx asks.

    The table is ordered and cut to a page from the query string. A fragment is the page's own
    ``results`` partial where it has one, else the shared component, followed by the sentence
    for the page's live region unless it is not ``announced``.
    """
    table.search = search
    table.configure(request)
    context = {"table": table, "search": search, **context}
    if is_fragment(request):
        body = render_to_string(_results_of(template), context, request)
        spoken = format_html(
            '<p class="ds-sr-only" id="announcement" role="status" hx-swap-oob="innerHTML">{}</p>',
            table.announcement(),
        )
        response = HttpResponse(body + spoken if announced else body)
    else:
        response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _results_of(template: str) -> str:
    name = f"{template}#results"
    try:
        get_template(name)
    except TemplateDoesNotExist:
        return RESULTS
    return name


def form_page(
    request: HttpRequest,
    form: forms.BaseForm,
    template: str,
    *,
    status: int | None = None,
    **context: Any,
) -> HttpResponse:
    """Return a page with a form; 422 when the form was posted and has faults.

    A form whose post met an ended session, or the question who is there, is filled with what
    was typed, and says so.
    """
    if not form.is_bound and request.method == "GET" and (typed := resume.take(request)):
        resume.fill(form, typed)
        messages.info(
            request,
            _("What you wrote has been kept. Look it over and save."),
        )
    if status is None:
        status = 422 if form.is_bound and form.errors else 200
    response = render(request, template, {"form": form, **context}, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def same_site(request: HttpRequest, url: str | None) -> bool:
    """Return whether ``url`` leads to this site."""
    return bool(url) and url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def referring_page(request: HttpRequest) -> str:
    """Return path and query of the page of this site that the request came from, else ""."""
    referrer = request.headers.get("Referer", "")
    if not same_site(request, referrer):
        return ""
    parts = urlsplit(referrer)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def open_page(request: HttpRequest, url: str) -> HttpResponse:
    """Return a redirect that opens ``url`` as a whole page, also when htmx asked for a part."""
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(url)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response


def redirect_back(request: HttpRequest, fallback: str) -> HttpResponseRedirect:
    """Return a redirect to ``next`` of the request, else the referring page, else ``fallback``.

    Only addresses on this site are followed.
    """
    wanted = request.POST.get("next") or request.GET.get("next")
    if same_site(request, wanted):
        return HttpResponseRedirect(str(wanted))
    return HttpResponseRedirect(referring_page(request) or fallback)


def download(
    content: bytes | str, filename: str, content_type: str, *, inline: bool = False
) -> HttpResponse:
    """Return a file to save, under a name that may hold æøå (RFC 6266, RFC 5987).

    ``inline`` lets the browser show it. Old readers get a name without the letters they lack.
    """
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition(filename, inline=inline)
    response["X-Content-Type-Options"] = "nosniff"
    return response


_PLAIN = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "Æ": "Ae", "Ø": "O", "Å": "A"})


def content_disposition(filename: str, *, inline: bool = False) -> str:
    """Return the header's value, with an ASCII name and the true one."""
    clean = "".join("-" if c in '/\\:*?"<>|' or ord(c) < 32 else c for c in filename).strip(". ")
    plain = clean.translate(_PLAIN).encode("ascii", "ignore").decode() or "file"
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(clean, safe='')}"
