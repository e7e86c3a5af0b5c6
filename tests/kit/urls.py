"""The portal's addresses and a few pages that only these tests have."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.core.exceptions import BadRequest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from redis.exceptions import TimeoutError as StoreSilent

from tenants.access import Forbidden
from tenants.decorators import public, recently_authenticated, signed_in
from videoportal.kit import forms, http
from videoportal.urls import handler400, handler403, handler404, handler429, handler500
from videoportal.urls import urlpatterns as portal

__all__ = ["handler400", "handler403", "handler404", "handler429", "handler500", "urlpatterns"]


class NoteForm(forms.Form):
    name = forms.CharField(label="Name", max_length=80, help_text="Shown to all")
    pin = forms.CharField(label="PIN", required=False, widget=forms.PinInput)
    starts = forms.DateField(label="Starts", required=False)
    chat = django_forms.BooleanField(label="Chat", required=False, initial=True)
    days = django_forms.MultipleChoiceField(
        label="Days",
        required=False,
        choices=[("mon", "Monday"), ("tue", "Tuesday")],
        widget=django_forms.CheckboxSelectMultiple,
    )
    secret = django_forms.CharField(
        label="Password", required=False, widget=django_forms.PasswordInput
    )


@signed_in
def note(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    form = NoteForm(request.POST or None)
    if form.is_valid():
        return redirect("tenants:home")
    return http.form_page(
        request, form, "layouts/form.html", heading="Write a note", submit_label="Save"
    )


@signed_in
def press(request: HttpRequest) -> HttpResponse:
    return HttpResponse("pressed")


@signed_in
@recently_authenticated
def delicate(request: HttpRequest) -> HttpResponseBase:
    return note(request)


@signed_in
@recently_authenticated(when=lambda request: "secret" in request.GET, back_to=http.referring_page)
def file(request: HttpRequest) -> HttpResponse:
    return HttpResponse("the file")


@public
def fail(request: HttpRequest, how: str) -> HttpResponse:
    faults = {
        "bad": BadRequest("raw text"),
        "forbidden": Forbidden("Rommet er låst for deg."),
        "crash": RuntimeError("raw text"),
        "database": OperationalError("raw text"),
        "silence": StoreSilent("raw text"),
    }
    raise faults[how]


@public
def anybody(request: HttpRequest) -> HttpResponse:
    return http.form_page(
        request, NoteForm(), "layouts/form.html", heading="Write a note", submit_label="Save"
    )


urlpatterns = [
    path("note/", note),
    path("press/", press),
    path("delicate/", delicate),
    path("file/", file),
    path("fail/<str:how>/", fail),
    path("anybody/", anybody),
    *portal,
]
