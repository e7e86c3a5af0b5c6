"""`/api/admin/status/v1/` and `/api/admin/history/v1/`: what goes on and what went on."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from scripts.pexip_simulator.calls import Calls
from scripts.pexip_simulator.people import HISTORY, STATUS, new_uuid
from scripts.pexip_simulator.selecting import narrowed, ordered, page
from scripts.pexip_simulator.store import Row, now_text
from scripts.pexip_simulator.validation import Refused
from scripts.pexip_simulator.wire import NOT_FOUND, Answer, Request, not_allowed

DETAIL = {"historic_call_quality": [1, 1, 1], "bucketed_call_quality": [0, 3, 0, 0, 0]}
LICENCES = {"audio": 0, "port": 200, "system": 0, "vmr": 0, "teams": 0}


class Reading:
    """Answers both areas from the calls; ``registrations`` are kept by who registers."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.registrations: dict[str, Row] = {}
        self.past_registrations: list[Row] = []
        self.lists: dict[str, Callable[[], Iterable[Row]]] = {
            f"{STATUS}/conference/": lambda: [
                one.status() for one in calls.conferences.values()
            ],
            f"{STATUS}/conference_shard/": self._shards,
            f"{STATUS}/participant/": lambda: [one.status() for one in calls.people.values()],
            f"{STATUS}/registration_alias/": self.registrations.values,
            f"{STATUS}/licensing/": self._licensing,
            f"{STATUS}/alarm/": list,
            f"{STATUS}/worker_vm/": self._nodes,
            f"{HISTORY}/conference/": lambda: calls.past_conferences,
            f"{HISTORY}/participant/": lambda: calls.past_people,
            f"{HISTORY}/registration_alias/": lambda: self.past_registrations,
            f"{HISTORY}/alarm/": list,
        }  # fmt: skip

    def reset(self) -> None:
        self.registrations.clear()
        self.past_registrations.clear()

    def answer(self, request: Request) -> Answer:
        """Answer a request of either area."""
        path = request.path
        if path in (f"{STATUS}/", f"{HISTORY}/"):
            return self._discovery(path)
        above = path.rstrip("/").rpartition("/")[0] + "/"
        if not path.endswith("/") or (path not in self.lists and above not in self.lists):
            return NOT_FOUND
        with self.calls.lock:
            if path in self.lists:
                return self._list(request)
            return self._row(request, above, path.removeprefix(above).rstrip("/"))

    def _discovery(self, area: str) -> Answer:
        names = sorted(path.removeprefix(area).rstrip("/") for path in self.lists
                       if path.startswith(area))  # fmt: skip
        return Answer(
            200,
            {
                name: {"list_endpoint": f"{area}{name}/", "schema": f"{area}{name}/schema/"}
                for name in names
            },
        )

    def _list(self, request: Request) -> Answer:
        if request.method != "GET":
            return not_allowed("GET")
        rows = list(self.lists[request.path]())
        fields = set().union(*(row.keys() for row in rows[:1])) if rows else None
        query = request.query
        try:
            if fields is not None:
                rows = ordered(narrowed(rows, query, fields), query, fields)
            meta, shown = page(request.path, rows, query)
        except Refused as refused:
            return Answer(400, {"error": refused.faults})
        return Answer(200, {"meta": meta, "objects": shown})

    def _row(self, request: Request, above: str, word: str) -> Answer:
        row = next((one for one in self.lists[above]() if str(one.get("id")) == word), None)
        if row is None:
            return NOT_FOUND
        if request.method == "DELETE" and above == f"{HISTORY}/conference/":
            self.calls.past_conferences.remove(row)
            return Answer(204)
        if request.method != "GET":
            return not_allowed("GET")
        if above == f"{HISTORY}/participant/":
            row = row | DETAIL
        return Answer(200, row)

    def _shards(self) -> list[Row]:
        return [
            one.status() | {"id": f"{one.id}-{node}", "node": node}
            for one in self.calls.conferences.values()
            for node in sorted(one.nodes)
        ]

    def _licensing(self) -> list[Row]:
        used = sum(one.has_media for one in self.calls.people.values())
        row: Row = {"id": 1, "resource_uri": f"{STATUS}/licensing/1/"}
        for kind, total in LICENCES.items():
            row |= {f"{kind}_count": used if kind == "port" else 0, f"{kind}_total": total}
        return [row]

    def _nodes(self) -> list[Row]:
        nodes = {one.node: one.location for one in self.calls.people.values()}
        nodes.setdefault("10.0.4.11", "Oslo")
        return [
            {"id": number, "name": node, "address": node, "system_location": location,
             "resource_uri": f"{STATUS}/worker_vm/{number}/"}
            for number, (node, location) in enumerate(sorted(nodes.items()), 1)
        ]  # fmt: skip

    # Registrations

    def register(self, alias: str, username: str, protocol: str) -> Row:
        """Keep a registration; a refresh keeps the row that is there."""
        row = self.registrations.get(alias)
        if row is None:
            number = new_uuid()
            row = self.registrations[alias] = {
                "id": number, "alias": alias, "registration_id": new_uuid(),
                "username": username, "protocol": protocol, "node": "10.0.4.11",
                "remote_address": "10.0.9.30", "is_natted": False, "push_token": "",
                "start_time": now_text(), "vendor": "TANDBERG/529 (ce11.9)",
                "resource_uri": f"{STATUS}/registration_alias/{number}/",
            }  # fmt: skip
        return row

    def unregister(self, alias: str) -> None:
        """End a registration, if there is one."""
        row = self.registrations.pop(alias, None)
        if row:
            uri = row["resource_uri"].replace(STATUS, HISTORY)
            self.past_registrations.append(row | {"end_time": now_text(), "resource_uri": uri})
