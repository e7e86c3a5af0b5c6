"""The WSGI application that granian serves."""

import gc
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "videoportal.settings")

MACHINES = "/platforms/"


class MachineHandler(WSGIHandler):
    """Django without middleware, for addresses that machines ask hundreds of times a second.

    They have no session, no language and no forms; each view checks its own password.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = convert_exception_to_response(
            self._get_response  # type: ignore[attr-defined]  # private in the stubs
        )

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer with its length, so that no machine has to read it in chunks."""
        response = super().get_response(request)
        if isinstance(response, HttpResponse) and "Content-Length" not in response:
            response["Content-Length"] = str(len(response.content))
        return response


pages = get_wsgi_application()
machines = MachineHandler()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request: machines by the short way, people by the whole one."""
    handler = machines if environ.get("PATH_INFO", "").startswith(MACHINES) else pages
    answer: Iterable[bytes] = handler(environ, start_response)
    return answer


def warm_up() -> None:
    """Load what the first request would wait for: views, templates and languages.

    WeasyPrint stays out: only one page draws PDFs, and it takes 30 MB of each worker.
    """
    reverse(settings.LOGIN_URL)
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            translation.gettext("Name")
    folder = settings.BASE_DIR / "templates"
    for path in folder.rglob("*.html"):
        get_template(str(path.relative_to(folder)))


warm_up()

# Everything imported so far lives as long as the process. Freezing it keeps full
# collections short; unfrozen they take hundreds of milliseconds and make the p95.
gc.collect()
gc.freeze()
