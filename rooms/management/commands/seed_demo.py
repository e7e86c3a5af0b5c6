"""Load demo data, and print who can sign in."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.module_loading import module_has_submodule

from rooms.demo.large import NotOurDatabase, seed_large
from rooms.demo.small import seed_small
from tenants.demo import DEMO_ACCOUNTS
from videoportal.kit.logins import as_owner
from videoportal.kit.scope import everywhere


def additions() -> Iterator[Any]:
    """Give ``add_to_demo(size=…)`` of each app that has one in its module ``demo``.

    Apps above rooms add theirs to the people and organisations that are made here.
    """
    for config in apps.get_app_configs():
        if config.module is not None and module_has_submodule(config.module, "demo"):
            module = import_module(f"{config.name}.demo")
            if hasattr(module, "add_to_demo"):
                yield module.add_to_demo


class Command(BaseCommand):
    """``seed_demo`` loads the small set; repeating it changes nothing."""

    help = "Load demo organisations, people and rooms, and print the accounts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--size", choices=("small", "large"), default="small")
        parser.add_argument(
            "--accounts", action="store_true", help="load nothing, only print the accounts"
        )
        parser.add_argument("--json", action="store_true", help="print the accounts as JSON")
        parser.add_argument(
            "--database-is-mine",
            action="store_true",
            help="load the large set although the database holds other organisations",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["accounts"]:
            self._load(options["size"], mine=options["database_is_mine"])
        self._print(as_json=options["json"])

    @everywhere(reason="the demo's organisations are made here")
    def _load(self, size: str, *, mine: bool) -> None:
        # Accounts with a shared password do not belong where real people sign in.
        if not settings.DEMO:
            raise CommandError("seed_demo runs only where the setting DEMO is on.")
        if not settings.DEMO_PASSWORD:
            raise CommandError("Set DEMO_PASSWORD: all demo accounts share it.")
        started = time.monotonic()
        new = seed_small(password=settings.DEMO_PASSWORD)
        if size == "large":
            try:
                # COPY is not for roles that row-level security holds for.
                with as_owner():
                    new += seed_large(
                        password=settings.DEMO_PASSWORD, database_is_mine=mine, say=self._say
                    )
            except NotOurDatabase as fault:
                raise CommandError(str(fault)) from fault
        # COPY again.
        owner: AbstractContextManager[Any] = as_owner() if size == "large" else nullcontext()
        with owner:
            for add in additions():
                add(size=size)
        self._say(f"{new} new rooms in {time.monotonic() - started:.1f} s")

    def _say(self, line: str) -> None:
        # Standard output is for the accounts: the launcher keeps it.
        # Colours only where somebody watches: else they would stand as codes in a log.
        self.stderr.write(line, self.style.NOTICE if self.stderr.isatty() else None)

    def _print(self, *, as_json: bool) -> None:
        rows = [
            {
                "name": account.name,
                "role": account.role.value,
                "email": account.email,
                "organisation": account.organisation,
            }
            for account in DEMO_ACCOUNTS
        ]
        if as_json:
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=2))
            return
        with translation.override("en"):
            for row, account in zip(rows, DEMO_ACCOUNTS, strict=True):
                row["role"] = str(account.role_label)
        widths = {key: max(len(row[key]) for row in rows) for key in rows[0]}
        for row in rows:
            self.stdout.write("  ".join(row[key].ljust(widths[key]) for key in row).rstrip())
