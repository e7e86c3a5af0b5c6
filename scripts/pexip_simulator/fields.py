"""How a configuration resource is described: fields, what may stand in them, its schema."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ROOT = "/api/admin"
CONFIGURATION = f"{ROOT}/configuration/v1"

OPERATORS = (
    "exact", "iexact", "contains", "icontains", "startswith", "istartswith", "endswith",
    "iendswith", "regex", "iregex", "lt", "lte", "gt", "gte", "in",
)  # fmt: skip


@dataclass(frozen=True)
class Field:
    """One field. ``type`` is the word that the schema uses for it."""

    type: str = "string"
    default: Any = ""
    longest: int | None = None
    required: bool = False
    unique: bool = False
    nullable: bool = False
    readonly: bool = False
    choices: tuple[Any, ...] = ()
    low: int | None = None
    high: int | None = None
    related: str = ""
    many: bool = False


def text(longest: int = 250, **more: Any) -> Field:
    return Field(longest=longest, **more)


def flag(default: bool = False) -> Field:
    return Field("boolean", default)


def whole(low: int, high: int, default: int | None = None) -> Field:
    return Field("integer", default, nullable=default is None, low=low, high=high)


def choice(default: Any, *words: Any) -> Field:
    return Field(default=default, choices=words, nullable=None in words)


def link(resource: str, *, required: bool = False) -> Field:
    return Field("related", None, nullable=not required, required=required, related=resource)


def links(resource: str) -> Field:
    return Field("related", (), related=resource, many=True)


CREATED = Field("datetime", None, nullable=True)
COMMON = {
    "id": Field("integer", None, readonly=True),
    "resource_uri": Field(default=None, readonly=True),
}


@dataclass(frozen=True)
class Resource:
    """One configuration resource. ``title`` is how messages call it."""

    name: str
    title: str
    fields: dict[str, Field]
    filters: tuple[str, ...] = ()
    ordering: tuple[str, ...] = ()
    singleton: bool = False
    all_fields: dict[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "all_fields", {**self.fields, **COMMON})

    @property
    def path(self) -> str:
        return f"{CONFIGURATION}/{self.name}/"

    @property
    def filterable(self) -> tuple[str, ...]:
        plain = (name for name, spec in self.all_fields.items() if spec.type != "related")
        return self.filters or tuple(plain)

    @property
    def sortable(self) -> tuple[str, ...]:
        return self.ordering or tuple(
            name for name, spec in self.all_fields.items() if not spec.many
        )

    def schema(self) -> dict[str, Any]:
        """Return what ``<resource>/schema/`` answers."""
        on_list = ["get", "patch"] if self.singleton else ["get", "post", "patch", "delete"]
        detail = ["get", "patch", "put"] if self.singleton else ["get", "patch", "put", "delete"]
        return {
            "allowed_detail_http_methods": detail,
            "allowed_list_http_methods": on_list,
            "default_format": "application/json",
            "default_limit": 20,
            "fields": {name: _described(spec) for name, spec in self.all_fields.items()},
            "filtering": dict.fromkeys(self.filterable, 1),
            "ordering": list(self.sortable),
        }


def _described(spec: Field) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "type": spec.type,
        "blank": not spec.required,
        "default": "No default provided." if spec.required else spec.default,
        "help_text": "",
        "nullable": spec.nullable,
        "readonly": spec.readonly,
        "unique": spec.unique,
    }
    if spec.related:
        shown["related_type"] = "to_many" if spec.many else "to_one"
    if spec.choices:
        shown["valid_choices"] = list(spec.choices)
    return shown
