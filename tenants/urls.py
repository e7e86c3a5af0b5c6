"""Addresses around the organisations."""

from django.urls import path

from tenants import views

app_name = "tenants"

urlpatterns = [
    path("", views.home, name="home"),
    path("o/<slug:org>/clients/switch/", views.switch_client, name="switch_client"),
    path("jobs/", views.jobs, name="jobs"),
    path("jobs/<uuid:job_id>/", views.job, name="job"),
    path("profile/", views.profile, name="profile"),
    path("language/", views.set_language, name="set_language"),
]
