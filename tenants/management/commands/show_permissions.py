"""Write docs/permissions.md from the roles and from the rule of every address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation
from django.utils.module_loading import import_string

from tenants.decorators import Rule
from tenants.roles import CAPABILITIES, CUSTOMER_CAPABILITIES, ROLE_CAPABILITIES, Role

PATH = settings.BASE_DIR / "docs" / "permissions.md"
HEAD = """# Who may do what

Written by `manage.py show_permissions` from `tenants/roles.py` and from the rule that each
address declares. Do not edit.

## Capabilities of each role

"Clients" means: on every client organisation of the reseller, through
`Organisation.reseller`, without a grant on each. A user holds nothing on the organisation;
rooms registered on a verified address of theirs are granted one by one.

"""
MIDDLE = """
## What each address demands

| Rule | Who passes | Everybody else |
|---|---|---|
| public | everybody | |
| signed in | everybody who is signed in; the page shows only their own things | sign-in page |
| `capability` in the organisation | holders of it in the organisation of the address | \
404 outside the organisation, 403 inside it |
| `capability` on the object | holders of it on the object itself | 404 |
| operator | the provider's staff | 404 |
| machine | a video platform that shows its own password | 401 |

"Asks again" means: whoever signed in, or confirmed who they are, longer ago than
`REAUTHENTICATION_SECONDS` gives the password or second factor once more first.

| Address | Name | Rule |
|---|---|---|
"""

# Of ``recently_authenticated``.
AGAIN = {"always": "; asks again", "sometimes": "; asks again for the delicate part"}


def addresses(
    resolver: URLResolver, route: str = "", namespace: str = ""
) -> Iterator[tuple[str, str, Any]]:
    """Give path, name and view of every address below the resolver."""
    for entry in resolver.url_patterns:
        path = f"{route}{entry.pattern}"
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from addresses(entry, path, inner)
        elif isinstance(entry, URLPattern):
            yield path, f"{namespace}{entry.name}", entry.callback


def in_words(rule: Rule) -> str:
    """Return the rule as the table writes it."""
    return {
        "public": "public",
        "signed_in": "signed in",
        "organisation": f"`{rule.capability}` in the organisation",
        "object": f"`{rule.capability}` on the object",
        "operator": "operator",
        "machine": "machine",
    }[rule.kind]


def document() -> str:
    """Return the whole document; raise ``CommandError`` for an address without a rule."""
    with translation.override("en"):
        lines = ["| | " + " | ".join(str(role.label) for role in Role) + " |", "|---" * 5 + "|"]
        for capability, words in CAPABILITIES.items():
            cells = [_cell(role, capability) for role in Role]
            lines.append(f"| {words} (`{capability}`) | " + " | ".join(cells) + " |")
    external: dict[str, Rule] = import_string(f"{settings.ROOT_URLCONF}.EXTERNAL_RULES")
    rows = []
    for path, name, view in addresses(get_resolver()):
        rule = getattr(view, "access_rule", None) or external.get(name)
        if rule is None:
            raise CommandError(f"{name} has no declared rule")
        words = in_words(rule) + AGAIN.get(getattr(view, "asks_again", ""), "")
        rows.append(f"| `/{path.replace('^', '').replace('|', '\\|')}` | {name} | {words} |")
    return HEAD + "\n".join(lines) + "\n" + MIDDLE + "\n".join(rows) + "\n"


def _cell(role: Role, capability: str) -> str:
    own = capability in ROLE_CAPABILITIES[role]
    if role == Role.RESELLER and capability in CUSTOMER_CAPABILITIES:
        return "own and clients" if own else "clients"
    return "yes" if own else "–"


class Command(BaseCommand):
    help = "Write docs/permissions.md, or with --check tell whether it is up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if stale")

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        text = document()
        if not check:
            PATH.write_text(text)
            self.stdout.write(f"Wrote {PATH.relative_to(settings.BASE_DIR)}.")
        elif not PATH.exists() or PATH.read_text() != text:
            raise CommandError("docs/permissions.md is stale: run manage.py show_permissions")
