"""The audit log in words: each entry becomes a sentence in the reader's language.

Every app tells what its own action slugs mean in ``<app>.audit_texts``: ``TEXTS`` maps a
slug to a sentence with ``%(who)s``, ``%(what)s``, ``%(fields)s`` (names of the changed
fields) and the keys of ``before`` and ``after``; ``LABELS`` names keys that are no model
fields; ``WORDS`` turns stored values of a key into words; ``HERE`` is how a page speaks of its
own object, by the model's label.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField
from django.utils.html import format_html
from django.utils.module_loading import module_has_submodule
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import get_text_list
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from tenants.audit import SECRET_FIELDS
from tenants.roles import Role
from videoportal.kit.formats import orgno, short_date

if TYPE_CHECKING:
    from tenants.models import AuditEntry, User

TEXTS: dict[str, Any] = {
    "tenants.organisation.created": _("%(who)s registered the organisation %(what)s"),
    "tenants.organisation.changed": _("%(who)s changed %(fields)s of %(what)s"),
    "tenants.organisation.deactivated": _("%(who)s took %(what)s out of use: %(reason)s"),
    "tenants.organisation.reactivated": _("%(who)s put %(what)s back into use: %(reason)s"),
    "tenants.reseller.connected": _(
        "%(who)s agreed that %(reseller)s is the reseller of %(what)s from %(starts_on)s"
    ),
    "tenants.reseller.disconnected": _(
        "%(who)s agreed that %(reseller)s is no longer the reseller of %(what)s from %(ends_on)s"
    ),
    "tenants.reseller.changed": _("The reseller of %(what)s changed"),
    "tenants.person.looked_up": _("%(who)s looked up %(what)s: %(reason)s"),
    "tenants.role.granted": _("%(who)s gave %(what)s the access level %(role)s"),
    "tenants.role.revoked": _("%(who)s took the access level %(role)s from %(what)s"),
    "tenants.role.changed": _("%(who)s changed the access level of %(what)s"),
    "tenants.invitation.sent": _("%(who)s invited %(what)s as %(role)s"),
    "tenants.invitation.resent": _("%(who)s sent the invitation to %(what)s again"),
    "tenants.invitation.withdrawn": _("%(who)s withdrew the invitation to %(what)s"),
    "tenants.invitation.accepted": _("%(who)s accepted the invitation as %(role)s"),
    "tenants.members.exported": _("%(who)s exported the list of members"),
    "tenants.log.exported": _("%(who)s exported the change log as %(format)s"),
    "tenants.data.exported": _("%(who)s exported everything that is stored about them"),
    "tenants.data.account_deleted": _("%(who)s closed and emptied the account %(what)s"),
    "tenants.review.finished": _(
        "%(who)s went through the members: %(kept)s kept their access, %(removed)s were removed"
    ),
    "tenants.account.warned": _(
        "%(who)s warned %(what)s that the unused account closes %(closes_on)s"
    ),
    "tenants.account.closed": _("%(who)s closed the unused account of %(what)s"),
    "tenants.account.kept_open": _(
        "%(who)s left the unused account of %(what)s open: there is no other administrator"
    ),
    "tenants.account.reopened": _("%(who)s opened the account of %(what)s again"),
    "tenants.profile.changed": _("%(who)s changed %(fields)s in the profile"),
    "tenants.account.created": _("%(who)s created an account"),
    "tenants.password.changed": _("%(who)s changed the password"),
    "tenants.password.reset": _("%(who)s made a new password by e-mail"),
    "tenants.address.added": _("%(who)s added the e-mail address %(email)s"),
    "tenants.address.confirmed": _("%(who)s confirmed the e-mail address %(email)s"),
    "tenants.address.removed": _("%(who)s removed the e-mail address %(email)s"),
    "tenants.address.made_primary": _("%(who)s chose %(email)s to sign in with"),
    "tenants.session.started": _("%(who)s signed in"),
    "tenants.session.started_by_provider": _("%(who)s signed in with %(provider)s"),
    "tenants.session.refused_by_provider": _("A sign-in with %(what)s was refused"),
    "tenants.sign_in.connected": _("%(who)s connected %(provider)s for signing in"),
    "tenants.sign_in.disconnected": _("%(who)s disconnected %(provider)s from signing in"),
    "tenants.session.ended": _("%(who)s signed out"),
    "tenants.staff.started": _(
        "%(who)s started support access for %(minutes)s minutes: %(reason)s"
    ),
    "tenants.staff.ended": _("Support access for %(what)s ended"),
    "tenants.staff.opened": _("%(who)s opened the page %(address)s"),
    "tenants.staff.sent": _("%(who)s sent a form to %(address)s"),
    "tenants.access_request.sent": _(
        "%(who)s asked for access as customer administrator of %(organisation_name)s"
    ),
    "tenants.access_request.link_sent": _("%(who)s sent %(approver)s a new link"),
    "tenants.access_request.withdrawn": _("%(who)s withdrew the request of %(what)s"),
    "tenants.access_request.confirmed": _(
        "%(name)s (%(capacity)s, %(email)s) confirmed the request of %(what)s"
    ),
    "tenants.access_request.declined": _(
        "%(name)s (%(capacity)s, %(email)s) did not confirm the request of %(what)s"
    ),
    "tenants.access_request.approved": _("%(who)s approved the request of %(what)s"),
    "tenants.access_request.refused": _("%(who)s refused the request of %(what)s: %(reason)s"),
    "tenants.access_request.expired": _("Nobody confirmed the request of %(what)s in time"),
    "tenants.access_request.lapsed": _("Nobody decided on the request of %(what)s in time"),
    "tenants.log.purged": _(
        "Entries from before %(kept_since)s were deleted from the log: %(entries)s"
    ),
    "tenants.session.refused": _("Somebody tried to sign in as %(what)s and was refused"),
    "tenants.session.confirmed": _("%(who)s confirmed who they are"),
    "tenants.session.ended_by_provider": _("%(provider)s signed %(what)s out"),
    "tenants.session.expired": _("%(what)s was signed out because time had run out"),
    "tenants.session.ended_remotely": _("%(who)s ended a session at %(address)s from elsewhere"),
    "tenants.session.others_ended": _("%(who)s ended all other sessions"),
    "tenants.second_factor.added": _("%(who)s set up a second factor: %(factor)s"),
    "tenants.second_factor.renamed": _("%(who)s gave a passkey another name"),
    "tenants.second_factor.removed": _("%(who)s removed a second factor: %(factor)s"),
    "tenants.second_factor.codes_renewed": _("%(who)s made new recovery codes"),
    "tenants.second_factor.code_used": _("%(who)s used a recovery code"),
    "tenants.second_factor.refused": _("Somebody gave a wrong code for %(what)s"),
    "tenants.second_factor.reset": _(
        "%(who)s reset the second factor of %(what)s. Reason: %(reason)s"
    ),
}
LABELS: dict[str, Any] = {
    "role": _("access level"),
    "format": _("file format"),
    "kept": _("kept"),
    "removed": _("removed"),
    "closes_on": _("closes"),
}


def _role_word(value: Any) -> str:
    label = str(dict(Role.choices).get(value, value))
    return label[:1].lower() + label[1:]


def _capacity_word(value: Any) -> str:
    capacities = {"contact": _("administrative contact"), "signatory": _("signature right")}
    return str(capacities.get(value, value))


def _factor_word(value: Any) -> str:
    return {"totp": gettext("authenticator app"), "webauthn": gettext("passkey")}.get(value, value)


WORDS: dict[str, Callable[[Any], str]] = {
    "role": _role_word,
    "capacity": _capacity_word,
    "factor": _factor_word,
    "organisation_number": orgno,
}


@dataclass(frozen=True)
class Line:
    """One entry as a page shows it: the moment, the sentence and what changed."""

    at: datetime
    text: SafeString
    changes: tuple[str, ...]


@dataclass(frozen=True)
class _Words:
    """What the apps tell, together."""

    texts: dict[str, Any]
    labels: dict[str, Any]
    words: dict[str, Callable[[Any], str]]
    here: dict[str, Any]


@cache
def _collected() -> _Words:
    texts: dict[str, Any] = {}
    labels: dict[str, Any] = {}
    words: dict[str, Callable[[Any], str]] = {}
    here: dict[str, Any] = {}
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "audit_texts"):
            module = import_module(f"{config.name}.audit_texts")
            texts |= module.TEXTS
            labels |= getattr(module, "LABELS", {})
            words |= getattr(module, "WORDS", {})
            here |= getattr(module, "HERE", {})
    return _Words(texts, labels, words, here)


def known_actions() -> frozenset[str]:
    """Return the action slugs that have a sentence."""
    return frozenset(_collected().texts)


def describe(
    entry: AuditEntry,
    viewer: User | None,
    *,
    url: str = "",
    here: bool = False,
    reseller: str = "",
) -> SafeString:
    """Return the entry as a sentence for ``viewer``, who is called «you» in it.

    With ``url`` the target's name is a link; ``here`` is for the target's own page, where the
    name would only repeat the heading, and ``reseller`` names the one that the page is about.
    Everything from the entry is escaped.
    """
    text = str(_collected().texts.get(entry.action) or _("%(who)s did %(action)s to %(what)s"))
    values = _Facts(entry)
    if entry.action not in _collected().texts:
        values["action"] = _safe(entry.action)
    if "%(fields)s" in text:
        changed = [_label(entry, name) for name in {**entry.before, **entry.after}]
        values["fields"] = _safe(get_text_list(changed, gettext("and")))
    values["who"] = _safe(_who(entry, viewer, reseller))
    values["what"] = _what(entry, url=url, here=here)
    return mark_safe(text % values)  # noqa: S308 - our own sentence, every value escaped


def changes(entry: AuditEntry) -> tuple[str, ...]:
    """Return a sentence for each field that went from one value to another."""
    names = [name for name in entry.after if name in entry.before]
    sentences = []
    for name in names:
        sentence = _change(entry, name)
        if len(names) > 1:
            label = _label(entry, name)
            sentence = gettext("%(field)s: %(change)s") % {
                "field": label[:1].upper() + label[1:],
                "change": sentence[:1].lower() + sentence[1:],
            }
        sentences.append(sentence)
    return tuple(sentences)


def lines(
    entries: Iterable[AuditEntry],
    viewer: User | None,
    *,
    urls: Mapping[tuple[str, str], str] | None = None,
    here: bool = False,
    reseller: str = "",
) -> list[Line]:
    """Return the entries for ``components/log.html``.

    ``urls`` maps a target's type and key to its page: ``("rooms.room", "7")``. ``here`` and
    ``reseller`` as in :func:`describe`.
    """
    addresses = urls or {}
    return [
        Line(
            at=entry.at,
            text=describe(
                entry,
                viewer,
                url=addresses.get((entry.target_type, entry.target_key), ""),
                here=here,
                reseller=reseller,
            ),
            changes=changes(entry),
        )
        for entry in entries
    ]


def _safe(value: object) -> SafeString:
    """Return the value escaped, as Django does it, past what lazy texts need."""
    return value if isinstance(value, SafeString) else SafeString(escape(str(value)))


class _Facts(dict[str, SafeString]):
    """What a sentence may name of an entry; a field is put into words when it does."""

    def __init__(self, entry: AuditEntry) -> None:
        super().__init__()
        self._entry = entry

    def __missing__(self, name: str) -> SafeString:
        for side in (self._entry.after, self._entry.before):
            if name in side:
                return _safe(_shown(self._entry, name, side[name]))
        return SafeString("")


def _who(entry: AuditEntry, viewer: User | None, reseller: str) -> str:
    if not entry.actor_label and not entry.actor_key:
        return pgettext("actor of a log entry", "The portal")
    self_made = viewer is not None and entry.actor_key == str(viewer.pk)
    name = pgettext("actor of a log entry", "You") if self_made else entry.actor_label
    if entry.staff_reason:
        return gettext("%(name)s (the provider, support access)") % {"name": name}
    if not entry.on_behalf or (reseller and entry.reseller_label == reseller):
        return name
    names = {"name": name, "reseller": entry.reseller_label}
    if viewer is None or viewer.access.acts_on_behalf(entry.organisation_id):
        return gettext("%(name)s (%(reseller)s, on behalf of the client)") % names
    return gettext("%(name)s (%(reseller)s, on your organisation’s behalf)") % names


def _what(entry: AuditEntry, *, url: str, here: bool) -> SafeString:
    if here and (word := _collected().here.get(entry.target_type)):
        return _safe(word)
    if url:
        return format_html('<a class="ds-link" href="{}">{}</a>', url, entry.target_label)
    return _safe(entry.target_label)


def _field(entry: AuditEntry, name: str) -> Any:
    return _field_of(entry.target_type, name)


@lru_cache(maxsize=1024)
def _field_of(kind: str, name: str) -> Any:
    try:
        return apps.get_model(kind)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None


def _label(entry: AuditEntry, name: str) -> str:
    labels = _collected().labels
    if name in labels:
        return str(labels[name])
    return str(getattr(_field(entry, name), "verbose_name", name.replace("_", " ")))


def _shown(entry: AuditEntry, name: str, value: Any) -> str:
    """Return a stored value in words: choices, yes and no, dates; empty for nothing."""
    if name in (words := _collected().words):
        return words[name](value)
    field = _field(entry, name)
    if field is not None and (choices := dict(field.flatchoices)):
        return str(choices.get(value, value))
    if isinstance(value, bool) or isinstance(field, BooleanField):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, str) and len(value) == 10 and value[4:5] == "-":
        try:
            return short_date(date.fromisoformat(value))
        except ValueError:
            return value
    return "" if value is None else str(value)


def _change(entry: AuditEntry, name: str) -> str:
    before, after = (_shown(entry, name, side[name]) for side in (entry.before, entry.after))
    if name in SECRET_FIELDS:
        if not before:
            return gettext("A hidden value was set")
        if not after:
            return gettext("The hidden value was removed")
        return gettext("A hidden value was replaced by a new hidden value")
    if not before:
        return gettext("Set to “%(after)s”") % {"after": after}
    if not after:
        return gettext("“%(before)s” was removed") % {"before": before}
    return gettext("From “%(before)s” to “%(after)s”") % {"before": before, "after": after}
