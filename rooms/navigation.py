"""The pages of rooms in the navigation."""

from django.utils.translation import gettext_lazy as _

from tenants.navigation import Page, Part

PARTS = (
    Part(_("Clients"), "rooms:clients", "administer_clients", ("rooms:clients",), 0),
    Part(_("Overview"), "rooms:overview", "view_rooms", ("rooms:overview",), 10),
    Part(_("Meeting rooms"), "rooms:list", "view_rooms", ("rooms:",), 20),
    Part(_("Ongoing meetings"), "rooms:meetings", "view_rooms", ("rooms:meetings",), 25),
)
OPERATION = (
    Page(
        _("Operation"),
        "rooms:operation",
        ("rooms:operation",),
        10,
        note=_("Number ranges, catalogue and prices"),
    ),
)
OWN = (Page(_("My meeting rooms"), "rooms:own_list", ("rooms:own",), 10),)
