"""Addresses of an organisation's endpoints."""

from django.urls import path

from endpoints import views

app_name = "endpoints"

ORG = "o/<slug:org>/endpoints/"
ENDPOINT = ORG + "<uuid:endpoint_id>/"

urlpatterns = [
    path(ORG, views.endpoint_list, name="list"),
    path(ORG + "new/", views.endpoint_new, name="new"),
    path(ENDPOINT, views.endpoint_detail, name="detail"),
    path(ENDPOINT + "edit/", views.endpoint_edit, name="edit"),
    path(ENDPOINT + "password/reveal/", views.password_reveal, name="password_reveal"),
    path(ENDPOINT + "password/renew/", views.password_renew, name="password_renew"),
    path(ENDPOINT + "retry/", views.endpoint_retry, name="retry"),
    path(ENDPOINT + "history/", views.endpoint_history, name="history"),
    path(ENDPOINT + "remove/", views.endpoint_remove, name="remove"),
]
