"""The pages of endpoints in the navigation."""

from django.utils.translation import gettext_lazy as _

from tenants.navigation import Part

PARTS = (Part(_("Video endpoints"), "endpoints:list", "view_endpoints", ("endpoints:",), 30),)
