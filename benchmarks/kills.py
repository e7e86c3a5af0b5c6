"""``make kills``: kill parts of a running portal at random while platforms tell of calls, then
compare what it made of the events with what happened. Ends with 1 when one is lost or doubled.

The portal is what ``make run`` starts, in a data folder of its own that is removed afterwards.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import django

from benchmarks.nodes import CalledRoom, Node, Sink, Told
from benchmarks.truth import REASON, compare
from benchmarks.victims import PROGRAMS, Plan, Portal, Trouble, kill
from scripts import services
from scripts.services import LOOPBACK, Postgres, Valkey

NODES = 3
DRAIN_SECONDS = 180


def say(text: str) -> None:
    print(text, flush=True)


@contextlib.contextmanager
def portal_running() -> Iterator[Portal]:
    with tempfile.TemporaryDirectory(prefix="portal-kills-") as folder:
        Path(folder).chmod(0o711)
        portal = Portal(Path(folder))
        try:
            portal.wait()
            yield portal
        finally:
            portal.stop()


def called_rooms() -> tuple[int, Sink, list[CalledRoom]]:
    """Return the platform's id, its sink without the portal's address, and rooms to call."""
    from rooms.models import Room  # noqa: PLC0415 - Django is set up by now
    from rooms.platforms.models import VideoPlatform  # noqa: PLC0415 - as above

    platform = VideoPlatform.objects.usual()
    rooms = Room.objects.unscoped(reason=REASON).open().filter(platform_id=platform.pk)
    called = [
        CalledRoom(
            room.pk,
            room.organisation_id,
            f"Told of {room.number}",  # the demo's own platform tells of the room by its name
            f"{room.organisation_id}:{room.public_id}",
        )
        for room in rooms.order_by("pk")[:60]
    ]
    sink = Sink(
        f"/platforms/{platform.slug}/events", platform.sink_user, str(platform.sink_password)
    )
    return platform.pk, sink, called


def round_of_kills(portal: Portal, options: argparse.Namespace) -> int:
    from django.db import connections  # noqa: PLC0415 - Django is set up by now

    from rooms.platforms.models import SinkDelivery  # noqa: PLC0415 - as above

    platform_id, sink, rooms = called_rooms()
    connections.close_all()  # the database goes down soon
    sink = Sink(f"http://{LOOPBACK}:{portal.port}{sink.url}", sink.user, sink.password)
    chance = random.Random(options.seed)
    nodes = [Node(number, sink, rooms, options.seed) for number in range(1, NODES + 1)]
    began = time.monotonic()
    for node in nodes:
        node.start()
    killed = Counter[str]()
    for number in range(1, options.kills + 1):
        time.sleep(chance.uniform(0.2, options.pause))
        what = kill(portal, Plan.drawn(chance))
        killed[what] += 1
        say(f"{time.monotonic() - began:6.1f} s  kill {number:2}  {what}")
    took = time.monotonic() - began
    for node in nodes:
        node.stop()
    portal.until(
        lambda: not any(node.is_alive() for node in nodes), DRAIN_SECONDS, "taking of what is left"
    )
    told = Told()
    for node in nodes:
        told.add(node.told)
    waiting = time.monotonic()
    for name in PROGRAMS:
        portal.process(name)
    portal.until(lambda: not SinkDelivery.objects.exists(), DRAIN_SECONDS, "emptied inbox")
    drained = time.monotonic() - waiting
    outcome = compare(told, platform_id)
    connections.close_all()

    kills = ", ".join(f"{what}: {times}" for what, times in sorted(killed.items()))
    answers = ", ".join(f"{kind}: {times}" for kind, times in sorted(told.answers.items()))
    say(
        f"\n{options.kills} kills in {took:.0f} s, seed {options.seed}; {kills}.\n"
        f"{len(told.events)} events and {told.copies} copies of them in {told.deliveries} "
        f"deliveries, {told.repeated} of them tried again; seq started again {told.restarts} "
        f"times. Answers: {answers}. Inbox empty {drained:.1f} s after the last.\n"
        f"{portal.restarts()} programs started again.\n"
        f"Legs {outcome.legs}: lost {len(outcome.lost)}, doubled {len(outcome.doubled)}, "
        f"different {len(outcome.different)}. Conferences {outcome.conferences}: different "
        f"{len(outcome.wrong_conferences)}. Unknown events {told.unknown}: kept aside "
        f"{'all' if outcome.kept_aside >= told.unknown else outcome.kept_aside}."
    )
    faults = outcome.faults(told)
    for fault in faults:
        say(f"WRONG: {fault}")
    return 1 if faults else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make kills")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--pause", type=float, default=6, help="seconds between kills at most")
    options = parser.parse_args()
    say(f"seed {options.seed}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the portal is stopped
    try:
        with portal_running() as portal:
            servers: list[Postgres | Valkey] = [Postgres(portal.home), Valkey(portal.home)]
            os.environ |= services.environment(portal.home, servers)
            os.environ["DJANGO_SETTINGS_MODULE"] = "videoportal.settings"
            django.setup()
            logging.disable(logging.INFO)
            from videoportal.kit.scope import everywhere  # noqa: PLC0415 - Django is set up by now

            with everywhere(reason=REASON):
                return round_of_kills(portal, options)
    except Trouble as trouble:
        say(f"WRONG: {trouble}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
