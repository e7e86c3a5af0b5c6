"""Keep what was typed in a form when the session has run out before it was sent.

The form carries a signed mark of who opened it (``{% form_guard %}``). When it is posted
without a session, its fields are put in the cache for half an hour, encrypted, under a random
key that only the signed-out browser session knows. After sign-in the page with the form is
opened again; if the same person signed in, the form is filled, otherwise the fields are
thrown away. Passwords and files are never kept.
"""

from __future__ import annotations

import json
import secrets
from typing import Any

from django import forms
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, QueryDict

from videoportal.kit.fields import UnreadableSecret, decrypt, encrypt

OWNER = "_owner"
SECONDS = 30 * 60
LARGEST = 256 * 1024

_SESSION = "kept_form"
_signer = signing.Signer(salt="videoportal.kit.resume")


def owner_token(user: Any) -> str:
    """Return the signed mark of the person a form is shown to."""
    return _signer.sign(str(user.pk))


def _owner(token: str) -> str:
    try:
        return _signer.unsign(token)
    except signing.BadSignature:
        return ""


def keep(request: HttpRequest) -> bool:
    """Keep the posted fields for whoever opened the form; return whether that was done.

    Only call it for a post that passed the CSRF check or came from a page of this site.
    """
    owner = _owner(request.POST.get(OWNER, ""))
    if not owner:
        return False
    fields = {
        name: values
        for name, values in request.POST.lists()
        if name not in {OWNER, "csrfmiddlewaretoken"} and "password" not in name.lower()
    }
    body = json.dumps(fields)
    if len(body) > LARGEST:
        return False
    key = f"kept-form:{secrets.token_urlsafe(32)}"
    cache.set(key, encrypt(body), SECONDS)
    request.session[_SESSION] = {"key": key, "path": request.get_full_path(), "owner": owner}
    return True


def take(request: HttpRequest) -> QueryDict | None:
    """Return the fields kept for this page and person, once; ``None`` when there are none."""
    session = getattr(request, "session", None)
    kept = session.get(_SESSION) if session is not None else None
    if not kept:
        return None
    mine = kept["owner"] == str(getattr(request.user, "pk", ""))
    if mine and kept["path"] != request.get_full_path():
        return None
    del request.session[_SESSION]
    token = cache.get(kept["key"])
    cache.delete(kept["key"])
    if not mine or not token:
        return None
    try:
        fields = json.loads(decrypt(token))
    except UnreadableSecret:
        return None
    data = QueryDict(mutable=True)
    for name, values in fields.items():
        data.setlist(name, values)
    return data


def fill(form: forms.BaseForm, data: QueryDict) -> None:
    """Show the kept fields in an unbound form, without judging them yet."""
    for name, field in form.fields.items():
        key = form.add_prefix(name)
        widget = field.widget
        if name == "version" or widget.needs_multipart_form:
            continue
        # Check boxes leave an empty choice out of a post, and never count as omitted.
        if isinstance(widget, forms.PasswordInput) or widget.value_omitted_from_data(data, {}, key):
            continue
        form.initial[name] = widget.value_from_datadict(data, {}, key)
