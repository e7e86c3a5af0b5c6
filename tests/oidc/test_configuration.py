"""Settings of the environment, and what each preset is said to be in its public documentation."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from tenants.oidc.configuration import PRESETS, Provider, read_providers
from tenants.oidc.errors import Refused
from tenants.oidc.identity import pick, uid_of

LINES = {
    "OIDC_PROVIDERS": "helseid, entra",
    "OIDC_HELSEID_PRESET": "helseid",
    "OIDC_HELSEID_CLIENT_ID": "portal-at-helseid",
    "OIDC_HELSEID_PRIVATE_KEY": "a key",
    "OIDC_ENTRA_PRESET": "entra",
    "OIDC_ENTRA_LABEL": "Helse Eksempel",
    "OIDC_ENTRA_ISSUER": "https://login.microsoftonline.com/tenant/v2.0",
    "OIDC_ENTRA_CLIENT_ID": "portal-at-entra",
    "OIDC_ENTRA_CLIENT_SECRET": "a secret",
}


def test_nothing_configured_offers_nothing() -> None:
    assert read_providers({}) == {}


def test_several_at_once_in_the_order_they_are_named() -> None:
    providers = read_providers(LINES)
    assert [p.label for p in providers.values()] == ["HelseID", "Helse Eksempel"]
    assert providers["helseid"].levels == ("4",)
    assert providers["helseid"].pushed_requests
    assert providers["entra"].email_verified_claim == "xms_edov"


def test_any_provider_without_a_preset() -> None:
    found = read_providers(
        {
            "OIDC_PROVIDERS": "my-hospital",
            "OIDC_MY_HOSPITAL_ISSUER": "https://id.example.no",
            "OIDC_MY_HOSPITAL_CLIENT_ID": "portal",
            "OIDC_MY_HOSPITAL_CLIENT_SECRET": "a secret",
            "OIDC_MY_HOSPITAL_SCOPES": "openid mail",
            "OIDC_MY_HOSPITAL_ACR_VALUES": "gold,silver",
            "OIDC_MY_HOSPITAL_EMAIL_CLAIM": "mail",
            "OIDC_MY_HOSPITAL_EMAIL_VERIFIED_CLAIM": "mail_ok",
        }
    )["my-hospital"]
    assert found.levels == found.acr_values == ("gold", "silver")
    identity = pick(found, {"sub": "a", "mail": "Kari@Example.no", "mail_ok": True, "pid": "x"})
    assert (identity.subject, identity.email, identity.name) == ("a", "kari@example.no", "")


def test_key_from_a_file(tmp_path: object) -> None:
    path = tmp_path / "key.pem"  # type: ignore[operator]  # a Path
    path.write_text("from a file")
    lines = {**LINES, "OIDC_HELSEID_PRIVATE_KEY_FILE": str(path)}
    assert read_providers(lines)["helseid"].private_key == "from a file"


def test_secrets_are_not_printed() -> None:
    printed = repr(read_providers(LINES))
    assert "a secret" not in printed
    assert "a key" not in printed


@pytest.mark.parametrize(
    ("line", "value", "told"),
    [
        ("OIDC_HELSEID_PRESET", "helsid", "PRESET must be one of"),
        ("OIDC_HELSEID_CLIENT_ID", "", "CLIENT_ID is missing"),
        ("OIDC_ENTRA_ISSUER", "", "ISSUER is missing"),
        ("OIDC_ENTRA_ISSUER", "http://login.example", "must begin with https"),
        ("OIDC_ENTRA_CLIENT_SECRET", "", "one of them"),
        ("OIDC_ENTRA_PRIVATE_KEY", "also a key", "one of them"),
        ("OIDC_ENTRA_SCOPES", "email", "must contain openid"),
        ("OIDC_ENTRA_ALGORITHM", "HS256", "ALGORITHM must be one of"),
        ("OIDC_HELSEID_ACR_VALUES", "Level3", "LEVELS must be set"),
        ("OIDC_PROVIDERS", "Helse ID!", "is no name"),
    ],
)
def test_faults_are_told_by_the_name_of_the_setting(line: str, value: str, told: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=told):
        read_providers({**LINES, line: value})


@pytest.mark.parametrize("preset", ["helseid", "idporten", "ansattporten"])
def test_norwegian_presets_ask_for_and_check_a_level_and_trust_no_address(preset: str) -> None:
    values = PRESETS[preset]
    assert values["acr_values"]
    assert values["levels"]
    provider = Provider(key=preset, client_id="portal", **values)
    identity = pick(provider, {"sub": "s", "email": "kari@example.no", "email_verified": True})
    assert identity.email == ""


@pytest.mark.parametrize(
    "subject", ["13097248022", "130972 48022", "53097248016", "", 7, None, "x" * 256]
)
def test_subject_that_is_a_national_number_or_none_is_refused(subject: object) -> None:
    provider = Provider(key="a", label="A", issuer="https://a.example", client_id="portal")
    with pytest.raises(Refused):
        pick(provider, {"sub": subject})


@pytest.mark.parametrize("subject", ["qD-kwgr3FcGA9zy4M7O_4Dco95Uo=", "12345678901", "7f6f1b4e"])
def test_other_subjects_pass(subject: str) -> None:
    provider = Provider(key="a", label="A", issuer="https://a.example", client_id="portal")
    assert pick(provider, {"sub": subject}).subject == subject


def test_long_subjects_are_kept_as_a_digest_and_stay_apart() -> None:
    provider = Provider(key="a", label="A", issuer="https://a.example", client_id="portal")
    assert uid_of(provider, "short") == "https://a.example|short"
    long = [uid_of(provider, "x" * 254 + last) for last in "ab"]
    assert long[0] != long[1]
    assert all(uid.startswith("https://a.example|sha256:") and len(uid) < 191 for uid in long)
