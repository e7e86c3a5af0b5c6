"""Template tags and filters of the portal; loaded as builtins, so pages need no ``{% load %}``."""

from __future__ import annotations

import json
from typing import Any

from django import forms, template
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext, pgettext

from videoportal.kit import formats, resume, skeletons
from videoportal.kit.forms import Fault, form_faults
from videoportal.kit.text import number_word

register = template.Library()

for _format in (
    formats.clock,
    formats.email_break,
    formats.long_date,
    formats.moment,
    formats.money,
    formats.number,
    formats.orgno,
    formats.percent,
    formats.roomno,
    formats.short_date,
    formats.when,
):
    register.filter(_format)


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return a decorative icon; a word must stand beside it."""
    return format_html('<span class="icon" data-icon="{}" aria-hidden="true"></span>', name)


@register.simple_tag
def status(kind: str, word: object, hidden: bool = False) -> SafeString:
    """Return shape, colour and word of a status; ``hidden`` keeps the word for screen readers.

    Kinds: ready live pending failed attention ending closed unused open locked.
    """
    if hidden:
        word = format_html('<span class="ds-sr-only">{}</span>', word)
    return format_html('<span class="status" data-status="{}">{}</span>', kind, word)


@register.simple_tag(takes_context=True)
def can(context: template.Context, capability: str, organisation: Any) -> bool:
    """Return whether the reader holds ``capability`` on the organisation (or its id).

    ``{% can "manage_rooms" organisation as may_manage %}``
    """
    user = getattr(context.get("request"), "user", None)
    access = getattr(user, "access", None)
    key = getattr(organisation, "pk", organisation)
    return bool(access is not None and key is not None and access.can(capability, key))


@register.simple_tag
def copy_button(text: object, label: object, small: bool = True) -> SafeString:
    """Return a button that copies ``text``; shipped hidden, because only script makes it work.

    ``label`` is the whole accessible name: ``Copy the SIP address``.
    """
    return format_html(
        '<button class="ds-button{}" data-variant="tertiary" type="button" data-copy="{}"'
        ' aria-label="{}" hidden><span class="icon" data-icon="copy" aria-hidden="true"></span>'
        '<span class="hide-phone">{}</span></button>',
        " ds-button--small" if small else "",
        text,
        label,
        pgettext("button", "Copy"),
    )


@register.simple_tag
def error_heading(count: int) -> str:
    """Return the heading of an error summary with ``count`` faults."""
    return ngettext(
        "Nothing is saved yet. Correct this field:",
        "Nothing is saved yet. Correct these %(count)s fields:",
        count,
    ) % {"count": number_word(count)}


@register.filter
def faults(form: forms.BaseForm) -> list[Fault]:
    """Return the lines of the form's error summary."""
    return form_faults(form)


@register.filter
def fields_of(faults: list[Fault]) -> int:
    """Return how many fields the faults are about; one without a field counts for itself."""
    anchors = [fault.anchor for fault in faults]
    return len({anchor for anchor in anchors if anchor}) + sum(not anchor for anchor in anchors)


@register.filter
def as_json(value: Any) -> str:
    """Return the value as JSON for a ``data-`` attribute, where script reads it."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.simple_tag(takes_context=True)
def form_guard(context: template.Context) -> SafeString:
    """Return a hidden field that says who typed the form, so that a lost session loses nothing."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated:
        return SafeString("")
    return format_html(
        '<input type="hidden" name="{}" value="{}">', resume.OWNER, resume.owner_token(user)
    )


@register.simple_tag(takes_context=True)
def filled_in(context: template.Context, name: str, frame: Any = None) -> SafeString:
    """Return a part of the page's frame, drawn once for all with the same outline.

    ``frame`` gives ``outline`` and ``names``; where the page has none, the template is drawn as
    it is. See :mod:`videoportal.kit.skeletons`.
    """
    if not frame:
        return SafeString(get_template(name).render())
    return skeletons.filled(
        name, frame.outline, {**frame.names, "csrf_token": context.get("csrf_token", "")}
    )


@register.simple_tag
def drawn_once(name: str) -> SafeString:
    """Return a part of the page that is the same for everybody in every language."""
    return skeletons.filled(name, None, {})
