"""`/api/admin/configuration/v1/`: rows made, read, changed and deleted."""

from __future__ import annotations

import threading
from typing import Any

from scripts.pexip_simulator.fields import CONFIGURATION, Resource
from scripts.pexip_simulator.oauth import Tokens
from scripts.pexip_simulator.resources import RESOURCES
from scripts.pexip_simulator.selecting import filters_in, narrowed, ordered, page
from scripts.pexip_simulator.store import Row, Store
from scripts.pexip_simulator.validation import Refused, checked
from scripts.pexip_simulator.wire import NOT_FOUND, Answer, Request, not_allowed

# Never read back: which versions show it differs.
WRITE_ONLY = "password"
CLIENT = "oauth2_client"


class Configuration:
    """Answers the configuration area from a store."""

    def __init__(self, store: Store, tokens: Tokens) -> None:
        self.store = store
        self.tokens = tokens
        self.error_shape = "nested"
        self.list_deletes: list[dict[str, Any]] = []
        # What the last request of each thread sent that the platform has no field for.
        self._sent = threading.local()

    def answer(self, request: Request, rest: str) -> Answer:
        """Answer a request; ``rest`` is its path below the area."""
        self._sent.unknown = []
        parts = rest.strip("/").split("/") if rest.strip("/") else []
        if not request.path.endswith("/") or len(parts) > 2:
            return NOT_FOUND
        if not parts:
            return self._discovery(request)
        resource = RESOURCES.get(parts[0])
        if resource is None:
            return NOT_FOUND
        try:
            with self.store.lock:
                if len(parts) == 1:
                    return self._on_list(request, resource)
                if parts[1] == "schema":
                    return Answer(200, resource.schema())
                return self._on_row(request, resource, parts[1])
        except Refused as refused:
            return Answer(400, self._fault_body(refused.resource or resource.name, refused.faults))

    @property
    def unknown_fields(self) -> list[str]:
        """What this thread's last request sent that the platform has no field for."""
        return getattr(self._sent, "unknown", [])

    def target_of(self, request: Request) -> Row | None:
        """Return the row that a detail request is about."""
        for resource in RESOURCES.values():
            if request.path.startswith(resource.path):
                return self.store.at(request.path, resource.name)
        return None

    def _fault_body(self, resource: str, faults: dict[str, list[str]] | str) -> Any:
        if isinstance(faults, str):
            return {"error": faults}
        match self.error_shape:
            case "flat":
                return faults
            case "error":
                return {"error": " ".join(text for texts in faults.values() for text in texts)}
            case _:
                return {resource: faults}

    @staticmethod
    def _discovery(request: Request) -> Answer:
        if request.method != "GET":
            return not_allowed("GET")
        return Answer(
            200,
            {
                name: {
                    "list_endpoint": f"{CONFIGURATION}/{name}/",
                    "schema": f"{CONFIGURATION}/{name}/schema/",
                }
                for name in sorted(RESOURCES)
            },
        )

    # Lists

    def _on_list(self, request: Request, resource: Resource) -> Answer:
        match request.method:
            case "GET":
                return self._list(request, resource)
            case "POST" if not resource.singleton:
                row = self._create(resource, self._object(request))
                shown = None
                if resource.name == CLIENT:
                    # The only time that the key is shown.
                    account = self.tokens.make_client()
                    row["client_id"] = account["client_id"]
                    shown = {**self._shown(resource, row), **account}
                return Answer(201, shown, {"Location": row["resource_uri"]})
            case "PATCH":
                return self._bulk(resource, self._object(request))
            case "DELETE" if not resource.singleton:
                return self._delete_list(request, resource)
            case _:
                return not_allowed("GET", "POST", "PATCH", "DELETE")

    def _selected(self, request: Request, resource: Resource) -> list[Row]:
        """Return the rows of a list in order; a value of a unique field is found by index."""
        query = request.query
        quick = self._by_index(resource, query)
        rows = list(self.store.rows[resource.name].values()) if quick is None else quick
        if not filters_in(query, resource.filterable):
            return ordered(rows, query, resource.sortable)
        if resource.name == "conference":
            rows = [self.store.shown(resource, row) for row in rows]
        return ordered(narrowed(rows, query, resource.filterable), query, resource.sortable)

    def _by_index(self, resource: Resource, query: list[tuple[str, str]]) -> list[Row] | None:
        for key, value in query:
            name = key.removesuffix("__exact")
            if resource.name == "conference" and name == "aliases__alias":
                alias = self.store.find("conference_alias", "alias", value)
                holder = alias and self.store.at(alias["conference"], "conference")
                return [holder] if holder else []
            if name in resource.fields and resource.fields[name].unique:
                found = self.store.find(resource.name, name, value)
                return [found] if found else []
        return None

    def _list(self, request: Request, resource: Resource) -> Answer:
        meta, rows = page(request.path, self._selected(request, resource), request.query)
        return Answer(200, {"meta": meta, "objects": [self._shown(resource, row) for row in rows]})

    def _bulk(self, resource: Resource, given: Row) -> Answer:
        """Make, change and delete many at once; nothing of it when a new one is refused."""
        objects, gone = given.get("objects"), given.get("deleted_objects", [])
        if not isinstance(objects, list) or not isinstance(gone, list):
            raise Refused("Invalid data sent.")
        for values in objects:  # a first round finds what would be refused
            if isinstance(values, dict) and "resource_uri" in values:
                checked(self.store, resource, self._named(resource, values), values)
        doomed = [self._named(resource, {"resource_uri": uri}) for uri in gone]
        made: list[Row] = []
        try:
            for values in objects:
                if not isinstance(values, dict):
                    raise Refused("Invalid data sent.")
                if "resource_uri" not in values:
                    made.append(self._create(resource, values))
        except Refused:
            for row in made:
                self.store.remove(resource, row)
            raise
        for values in objects:
            if "resource_uri" in values:
                self._change(resource, self._named(resource, values), values)
        for row in doomed:
            self.store.remove(resource, row)
        return Answer(202)

    def _named(self, resource: Resource, values: Row) -> Row:
        row = self.store.at(values["resource_uri"], resource.name)
        if row is None:
            uri = values["resource_uri"]
            raise Refused(f"Could not find the provided object via resource URI '{uri}'.")
        return row

    def _delete_list(self, request: Request, resource: Resource) -> Answer:
        """Delete everything that matches, as the platform does; counted, because nobody should."""
        rows = self._selected(request, resource)
        for shown in rows:
            self.store.remove(resource, self.store.rows[resource.name][shown["id"]])
        self.list_deletes.append({"target": request.target, "deleted": len(rows)})
        return Answer(204)

    # Rows

    def _on_row(self, request: Request, resource: Resource, word: str) -> Answer:
        row = self.store.rows[resource.name].get(int(word)) if word.isdecimal() else None
        if row is None:
            return NOT_FOUND
        match request.method:
            case "GET":
                return Answer(200, self._shown(resource, row))
            case "PATCH":
                self._change(resource, row, self._object(request))
                return Answer(202)
            case "PUT":
                self._replace(resource, row, self._object(request))
                return Answer(204)
            case "DELETE" if not resource.singleton:
                self.store.remove(resource, row)
                if resource.name == CLIENT:
                    self.tokens.forget(row["client_id"])
                return Answer(204)
            case _:
                return not_allowed("GET", "PATCH", "PUT", "DELETE")

    def _shown(self, resource: Resource, row: Row) -> Row:
        shown = self.store.shown(resource, row)
        if WRITE_ONLY in shown:
            shown[WRITE_ONLY] = ""
        return shown

    def _object(self, request: Request) -> Row:
        try:
            given = request.json()
        except ValueError:
            raise Refused("Request is not valid JSON.") from None
        if not isinstance(given, dict):
            raise Refused("Invalid data sent.")
        return given

    def _note_unknown(self, resource: Resource, given: Row) -> None:
        self._sent.unknown += sorted(set(given) - set(resource.all_fields))

    def _create(self, resource: Resource, given: Row) -> Row:
        self._note_unknown(resource, given)
        values = checked(self.store, resource, None, given)
        aliases = self._aliases(resource, None, given)
        meant = (
            values.pop("automatic_participants", None) if resource.name == "conference" else None
        )
        row = self.store.add(resource, values)
        self._set_aliases(row, aliases)
        self._set_automatic(row, meant)
        return row

    def _change(self, resource: Resource, row: Row, given: Row) -> None:
        self._note_unknown(resource, given)
        values = checked(self.store, resource, row, given)
        aliases = self._aliases(resource, row, given)
        meant = (
            values.pop("automatic_participants", None) if resource.name == "conference" else None
        )
        self.store.set(resource, row, values)
        self._set_aliases(row, aliases)
        self._set_automatic(row, meant)

    def _replace(self, resource: Resource, row: Row, given: Row) -> None:
        """Change a row so that what is left out has its default again."""
        for name, spec in resource.fields.items():
            if spec.required and name not in given:
                raise Refused({name: ["This field is required."]})
        whole = {
            name: list(spec.default) if isinstance(spec.default, tuple) else spec.default
            for name, spec in resource.fields.items()
            if not spec.readonly and name != "creation_time"
        }
        self._change(resource, row, whole | given)

    # A conference's aliases: nested objects or URIs, and the set that is sent is the set that is

    def _aliases(self, resource: Resource, row: Row | None, given: Row) -> list[Any] | None:
        """Return the checked aliases of a conference that is about to be stored."""
        if resource.name != "conference" or "aliases" not in given:
            return None
        if not isinstance(given["aliases"], list):
            raise Refused({"aliases": ["A list is expected."]})
        spec = RESOURCES["conference_alias"]
        wanted: list[Any] = []
        names: set[str] = set()
        for item in given["aliases"]:
            if isinstance(item, str) or (isinstance(item, dict) and item.get("resource_uri")):
                uri = item if isinstance(item, str) else item["resource_uri"]
                kept = self._named(spec, {"resource_uri": uri})
                changes = {} if isinstance(item, str) else {**item, "conference": None}
                changes.pop("conference", None)
                wanted.append((kept, checked(self.store, spec, kept, changes)))
                names.add(kept["alias"])
                continue
            if not isinstance(item, dict):
                raise Refused({"aliases": ["A resource URI or an object is expected."]})
            self._note_unknown(spec, item)
            values = self._new_alias(spec, row, item)
            if values["alias"] in names:
                raise Refused({"aliases": ["Conference alias with this Alias already exists."]})
            names.add(values["alias"])
            wanted.append((None, values))
        return wanted

    def _new_alias(self, spec: Resource, row: Row | None, item: Row) -> Row:
        """Return the values of a nested alias; one that the same conference has is no double."""
        alone = {name: value for name, value in item.items() if name != "conference"}
        holder = self.store.find("conference_alias", "alias", item.get("alias"))
        mine = holder if holder and row and holder["conference"] == row["resource_uri"] else None
        values = checked(self.store, spec, mine or {"conference": None}, alone)
        if not values.get("alias"):
            raise Refused({"aliases": ["This field is required."]})
        return values

    def _set_aliases(self, row: Row, wanted: list[Any] | None) -> None:
        if wanted is None:
            return
        spec = RESOURCES["conference_alias"]
        kept = {old["id"] for old, _values in wanted if old}
        by_name = {values["alias"]: values for old, values in wanted if old is None}
        for number in list(self.store.aliases_of.get(row["id"], ())):
            alias = self.store.rows["conference_alias"][number]
            again = by_name.pop(alias["alias"], None)
            if again is not None:
                self.store.set(spec, alias, again)
            elif number not in kept:
                self.store.remove(spec, alias)
        for old, values in wanted:
            if old is not None:
                self.store.set(spec, old, {**values, "conference": row["resource_uri"]})
        for values in by_name.values():
            self.store.add(spec, {**values, "conference": row["resource_uri"]})

    def _set_automatic(self, row: Row, wanted: list[str] | None) -> None:
        if wanted is None:
            return
        for other in self.store.rows["automatic_participant"].values():
            others = [uri for uri in other["conference"] if uri != row["resource_uri"]]
            mine = [row["resource_uri"]] if other["resource_uri"] in wanted else []
            other["conference"] = others + mine
