"""The table of messages that the demo keeps."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from tenants.models import KeptMail
from videoportal.kit.tables import BaseTable, Column, NameColumn


def language_name(code: str) -> str:
    """Return the name of one of the portal's languages, in that language."""
    return str(dict(settings.LANGUAGES).get(code, code))


def _page(mail: KeptMail) -> str:
    return reverse("tenants:mail_detail", args=[mail.public_id])


class MailTable(BaseTable):
    """Messages, newest first."""

    subject = NameColumn(
        _("Subject"), url=_page, narrow=lambda mail: [mail.to, language_name(mail.language)]
    )
    to = Column(_("To"), hide="narrow")
    language = Column(_("Language"), cell=lambda mail: language_name(mail.language), hide="narrow")
    at = Column(_("Written"), numeric=True, hide="phone")

    counted = ngettext_lazy("%(count)s message", "%(count)s messages", "count")
    paged = _("Page through the messages")
    empty_title = _("No mail has been written yet")
    empty_help = _("In the demo every message that the portal sends is kept here as well.")
