"""Addresses around the organisations."""

from django.urls import path

from tenants.views import jobs, profile, staff, start

app_name = "tenants"

urlpatterns = [
    path("", start.home, name="home"),
    path("o/<slug:org>/clients/switch/", start.switch_client, name="switch_client"),
    path(
        "operation/organisations/<slug:org>/support-access/", staff.staff_start, name="staff_start"
    ),
    path("operation/support-access/end/", staff.staff_end, name="staff_end"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", jobs.job, name="job"),
    path("profile/", profile.profile, name="profile"),
    path("language/", profile.set_language, name="set_language"),
]
