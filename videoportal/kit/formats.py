"""How numbers, money, dates and moments are written, in the active language."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from html import escape
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

HARD_SPACE = "\u00a0"
MINUS = "\u2212"


def _in_english() -> bool:
    return (get_language() or "").startswith("en")


def _grouped(digits: str) -> str:
    return f"{int(digits):,}".replace(",", "," if _in_english() else HARD_SPACE)


def number(value: Decimal | float | None) -> str:
    """Return digits grouped by hard space (comma in English); empty for ``None``.

    A decimal keeps its own number of decimals, after a comma (a full stop in English).
    """
    if value is None or value == "":
        return ""
    if type(value) is int and 0 <= value < 1000:
        return str(value)
    sign = MINUS if value < 0 else ""
    whole, _point, decimals = f"{abs(value):f}".partition(".")
    if isinstance(value, int):
        decimals = ""
    point = "." if _in_english() else ","
    return sign + _grouped(whole) + (point + decimals if decimals else "")


def money(value: Decimal | int | None) -> str:
    """Return ``kr 1 633,00`` with hard spaces (``NOK 1,633.00`` in English); empty for ``None``."""
    if value is None or value == "":
        return ""
    amount = Decimal(value).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    currency = "NOK" if _in_english() else "kr"
    sign = MINUS if amount < 0 else ""
    return f"{currency}{HARD_SPACE}{sign}{number(abs(amount))}"


def percent(value: Decimal | float | None) -> str:
    """Return ``6 %`` with a hard space (``6%`` in English); empty for ``None``."""
    if value is None or value == "":
        return ""
    return f"{number(value)}%" if _in_english() else f"{number(value)}{HARD_SPACE}%"


def _in_threes(text: str) -> list[str]:
    return [text[start : start + 3] for start in range(0, len(text), 3)]


def orgno(value: str | None) -> str:
    """Return an organisation number in threes with hard spaces: ``310 428 175``."""
    return HARD_SPACE.join(_in_threes(str(value or "")))


def roomno(value: str | None) -> SafeString:
    """Return a room number that reads in threes but copies as bare digits."""
    first, *rest = [escape(group) for group in _in_threes(str(value or ""))] or [""]
    groups = "".join([f"<span>{group}</span>" for group in rest])
    return SafeString(f'<span class="roomno">{first}{groups}</span>')


def _local(value: Any) -> Any:
    """Return a moment in Europe/Oslo; a date, and a moment without a zone, as it is."""
    aware = isinstance(value, dt.datetime) and value.utcoffset() is not None
    return value.astimezone(timezone.get_current_timezone()) if aware else value


def short_date(value: dt.date | dt.datetime | None) -> str:
    """Return ``22.11.2026`` in every language; a moment is first moved to Europe/Oslo."""
    return f"{_local(value):%d.%m.%Y}" if value else ""


def long_date(value: dt.date | dt.datetime | None) -> str:
    """Return ``28. februar 2027`` (``28 February 2027`` in English), for running text."""
    return date_format(_local(value), "j F Y" if _in_english() else "j. F Y") if value else ""


def clock(value: dt.datetime | dt.time | None) -> str:
    """Return ``kl. 10.41`` (``10:41`` in English), Europe/Oslo."""
    return _clock(_local(value)) if value else ""


def _clock(local: dt.datetime | dt.time) -> str:
    return f"{local:%H:%M}" if _in_english() else f"kl.{HARD_SPACE}{local:%H.%M}"


def email_break(address: object) -> SafeString:
    """Return the address with a place to break the line before its @."""
    name, at, domain = str(address).rpartition("@")
    return format_html("{}<wbr>{}{}", name, at, domain) if at else format_html("{}", domain)


def when(value: dt.datetime | None) -> str:
    """Return the moment as ``I dag kl. 10.41`` or ``02.09.2026 kl. 13.27``, Europe/Oslo."""
    return _when(_local(value)) if value else ""


def _when(local: dt.datetime) -> str:
    days = (timezone.localdate() - local.date()).days
    if days == 0:
        return gettext("Today %(clock)s") % {"clock": _clock(local)}
    if days == 1:
        return gettext("Yesterday %(clock)s") % {"clock": _clock(local)}
    return gettext("%(date)s %(clock)s") % {"date": f"{local:%d.%m.%Y}", "clock": _clock(local)}


def moment(value: dt.datetime | None) -> SafeString:
    """Return :func:`when` inside a ``<time>`` element."""
    if not value:
        return SafeString("")
    local = _local(value)
    stamp = local.isoformat(timespec="minutes")
    return SafeString(f'<time datetime="{stamp}">{escape(_when(local))}</time>')
