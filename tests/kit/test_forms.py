"""Fields: labels, hints and errors tied together; cleaned text, dates and numbers; stale edits."""

from __future__ import annotations

import datetime as dt

import pytest
from django import forms as django_forms

from tests.pages import parse
from videoportal.kit import forms
from videoportal.kit.stale import StaleEdit


class RoomForm(forms.Form):
    name = forms.CharField(label="Navn", help_text="Vises for alle")
    note = forms.CharField(label="Melding", required=False, multiline=True)
    pin = forms.CharField(label="PIN-kode", required=False, widget=forms.PinInput)
    starts = forms.DateField(label="Fra og med", required=False)
    number = forms.OrganisationNumberField(label="Organisasjonsnummer", required=False)
    chat = django_forms.BooleanField(label="Chat", required=False)
    kind = django_forms.ChoiceField(
        label="Romtype",
        choices=[("s", "Sensitivt rom"), ("p", "Personlig rom")],
        widget=forms.ChoiceCards(
            cards={"s": forms.ChoiceCard("Autolås <alltid> på.", "fra kr\u00a050,00")}
        ),
    )


VALID = {"name": "Rom", "kind": "s"}


def page(form):
    return parse(f"<form>{form}</form>")


def clean(name, value):
    form = RoomForm(VALID | {name: value})
    form.is_valid()
    return form.cleaned_data.get(name), [str(error) for error in form.errors.get(name, [])]


def test_error_comes_before_hint_for_a_screen_reader():
    drawn = page(RoomForm({"kind": "s"}))
    control = drawn.get_element_by_id("id_name")
    assert control.get("aria-describedby") == "id_name_error id_name_hint"
    assert control.get("aria-invalid") == "true"
    assert control.get("class") == "ds-input"
    assert control.get("required") is None
    assert drawn.get_element_by_id("id_name_error").text == "Fyll ut dette feltet."
    assert drawn.get_element_by_id("id_name_hint").text == "Vises for alle"


def test_a_field_without_fault_points_at_its_hint_alone():
    control = page(RoomForm()).get_element_by_id("id_name")
    assert control.get("aria-describedby") == "id_name_hint"
    assert control.get("aria-invalid") is None


def test_optional_fields_say_so_and_switches_do_not():
    labels = [
        " ".join(label.text_content().split())
        for label in page(RoomForm()).xpath("//label[@class='ds-label']|//legend")
    ]
    assert labels == [
        "Navn",
        "Melding (valgfri)",
        "PIN-kode (valgfri)",
        "Fra og med (valgfri)",
        "Organisasjonsnummer (valgfri)",
        "Chat",
        "Romtype",
        "Sensitivt romfra kr 50,00",
        "Personlig rom",
    ]


def test_every_control_has_a_label():
    drawn = page(RoomForm())
    labelled = set(drawn.xpath("//label/@for"))
    controls = drawn.xpath("//input|//textarea|//select")
    assert {control.get("id") for control in controls} == labelled


def test_choice_cards_tie_each_description_to_its_button():
    drawn = page(RoomForm({"name": "x", "kind": "q"}))
    first, second = drawn.xpath("//input[@type='radio']")
    assert first.get("aria-describedby") == "id_kind_0_hint"
    assert drawn.get_element_by_id("id_kind_0_hint").text == "Autolås <alltid> på."
    assert second.get("aria-describedby") is None
    assert first.get("aria-invalid") is None
    group = drawn.xpath("//fieldset")[0]
    assert group.get("aria-describedby") == "id_kind_error"


def test_pin_field_is_text_for_digits_that_the_browser_forgets():
    control = page(RoomForm({**VALID, "pin": "0042"})).get_element_by_id("id_pin")
    assert {name: control.get(name) for name in ("type", "inputmode", "autocomplete", "value")} == {
        "type": "text",
        "inputmode": "numeric",
        "autocomplete": "off",
        "value": "0042",
    }


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("Åse\u0301", "Åsé"),
        ("A\u030as", "Ås"),
        ("Rom 🎉 for barn", "Rom 🎉 for barn"),
        ("  Rom  ", "Rom"),
        ("<b>", "<b>"),
    ],
)
def test_names_are_normalised_and_emoji_are_welcome(typed, cleaned):
    assert clean("name", typed) == (cleaned, [])


@pytest.mark.parametrize("code", ["0007", "001B", "0085", "202E", "202A", "2066", "2069", "0009"])
def test_hidden_characters_are_refused_by_name(code):
    value, errors = clean("name", f"Rom{chr(int(code, 16))}x")
    assert value is None
    assert errors == [f"Teksten har et skjult tegn (U+{code}). Slett teksten og skriv den på nytt."]


def test_long_text_may_hold_line_breaks():
    assert clean("note", "a\r\nb\tc") == ("a\r\nb\tc", [])
    assert clean("note", "a\u202eb")[0] is None


@pytest.mark.parametrize(
    "typed", ["22.11.2026", "22.11.26", "2026-11-22", " 22/11/2026 ", "22.11.2026."]
)
def test_dates_are_read_in_norwegian_forms(typed):
    assert clean("starts", typed) == (dt.date(2026, 11, 22), [])


@pytest.mark.parametrize("typed", ["31.02.2026", "11/22/2026", "i morgen", "0.0.0"])
def test_other_dates_are_explained(typed):
    assert clean("starts", typed) == (
        None,
        ["Skriv datoen som dag.måned.år, for eksempel 22.11.2026."],
    )


def test_a_saved_date_is_shown_as_it_is_typed():
    form = RoomForm(initial={"starts": dt.date(2026, 2, 3), "number": "310428175"})
    drawn = page(form)
    assert drawn.get_element_by_id("id_starts").get("value") == "03.02.2026"
    assert drawn.get_element_by_id("id_number").get("value") == "310\u00a0428\u00a0175"


@pytest.mark.parametrize(
    "typed", ["310428175", "310 428 175", "310\u00a0428\u00a0175", "310.428.175"]
)
def test_organisation_number_is_cleaned_to_digits(typed):
    assert clean("number", typed) == ("310428175", [])


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("310428176", "Dette er ikke et organisasjonsnummer. Sjekk sifrene."),
        ("31042817", "Et organisasjonsnummer har ni sifre."),
        ("abcdefghi", "Et organisasjonsnummer har ni sifre."),
        ("٣١٠٤٢٨١٧٥", "Et organisasjonsnummer har ni sifre."),
    ],
)
def test_wrong_organisation_numbers_are_explained(typed, error):
    assert clean("number", typed) == (None, [error])


class StaleForm(StaleEdit, RoomForm):
    pass


SAVED = {"name": "Nytt navn", "kind": "p", "chat": True, "starts": dt.date(2026, 2, 3)}


def test_an_edit_of_what_somebody_changed_is_refused_and_kept():
    data = {"name": "Mitt navn", "kind": "s", "version": "1", "starts": "03.02.2026"}
    form = StaleForm(data, version=2, changed_by="Øystein Brække", initial=SAVED)
    assert not form.is_valid()
    assert form.non_field_errors() == [
        "Øystein Brække har endret dette i mellomtiden. Se over og lagre på nytt."
    ]
    assert [(row.label, row.current, row.anchor) for row in form.overwritten()] == [
        ("Navn", "Nytt navn", "id_name"),
        ("Chat", "Ja", "id_chat"),
        ("Romtype", "Personlig rom", "id_kind_0"),
    ]
    drawn = page(form)
    assert drawn.get_element_by_id("id_name").get("value") == "Mitt navn"
    assert drawn.xpath("//input[@name='version']/@value") == ["2"]


def test_the_next_save_goes_through():
    data = {"name": "Mitt navn", "kind": "s", "version": "2"}
    form = StaleForm(data, version=2, initial=SAVED)
    assert form.is_valid()
    assert form.overwritten() == []


def test_without_a_name_the_message_still_stands():
    form = StaleForm({"name": "x", "kind": "s", "version": "1"}, version=2, initial=SAVED)
    assert form.non_field_errors() == [
        "Noen har endret dette i mellomtiden. Se over og lagre på nytt."
    ]
