"""Addresses around the organisations."""

from django.urls import path

from tenants.views import jobs, profile, queue, requests, staff, start

app_name = "tenants"

urlpatterns = [
    path("", start.home, name="home"),
    path("o/<slug:org>/clients/switch/", start.switch_client, name="switch_client"),
    path("access/", requests.requests, name="requests"),
    path("access/new/", requests.request_new, name="request_new"),
    path("access/answered/", requests.request_answered, name="request_answered"),
    path("access/<uuid:request_id>/", requests.request_detail, name="request_detail"),
    path("access/<uuid:request_id>/withdraw/", requests.request_withdraw, name="request_withdraw"),
    path("access/<uuid:request_id>/remind/", requests.request_remind, name="request_remind"),
    path(
        "access/<uuid:request_id>/confirm/<str:token>/",
        requests.request_confirm,
        name="request_confirm",
    ),
    path(
        "o/<slug:org>/access-requests/<uuid:request_id>/",
        queue.member_request,
        name="member_request",
    ),
    path("operation/requests/", queue.queue, name="queue"),
    path("operation/requests/<uuid:request_id>/", queue.queue_detail, name="queue_detail"),
    path(
        "operation/organisations/<slug:org>/support-access/", staff.staff_start, name="staff_start"
    ),
    path("operation/support-access/end/", staff.staff_end, name="staff_end"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", jobs.job, name="job"),
    path("profile/", profile.profile, name="profile"),
    path("language/", profile.set_language, name="set_language"),
]
