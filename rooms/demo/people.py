"""Organisations and people of the small demo data. All are invented.

Organisation numbers pass the modulus 11 check and begin with 31, the series in which the
public registers hand out numbers for tests.
"""

from __future__ import annotations

from dataclasses import dataclass

from tenants.models import Organisation
from tenants.roles import Role

PROVIDER = "316000126"
NORDLYS = "314088506"
SOLVFJORD = "310428175"
STORELV = "310926558"
BJORKELIA = "313155285"
MYRVANG = "311200771"


@dataclass(frozen=True)
class DemoOrganisation:
    number: str
    name: str
    slug: str
    kind: Organisation.Kind
    reseller: str = ""


@dataclass(frozen=True)
class DemoPerson:
    name: str
    email: str
    role: Role
    organisation: str


# Those above come before those who hang on them.
ORGANISATIONS = (
    DemoOrganisation(PROVIDER, "Fjelltun Helsevideo", "fjelltun", Organisation.Kind.PROVIDER),
    DemoOrganisation(NORDLYS, "Nordlys Videopartner AS", "nordlys", Organisation.Kind.RESELLER),
    DemoOrganisation(
        SOLVFJORD, "Sølvfjord helseforetak", "solvfjord", Organisation.Kind.CUSTOMER, NORDLYS
    ),
    DemoOrganisation(STORELV, "Storelv kommune", "storelv", Organisation.Kind.CUSTOMER, NORDLYS),
    DemoOrganisation(
        BJORKELIA, "Bjørkelia legesenter AS", "bjorkelia", Organisation.Kind.CUSTOMER, NORDLYS
    ),
    # A customer without a reseller: Nordlys must not see it.
    DemoOrganisation(MYRVANG, "Myrvang rehabilitering AS", "myrvang", Organisation.Kind.CUSTOMER),
)


def _people(organisation: str, role: Role, domain: str, *pairs: str) -> tuple[DemoPerson, ...]:
    found = []
    for pair in pairs:
        name, local = pair.split(" = ")
        found.append(DemoPerson(name, f"{local}@{domain}.example", role, organisation))
    return tuple(found)


PEOPLE = (
    *_people(PROVIDER, Role.OPERATOR, "fjelltun", "Randi Hovde = randi.hovde"),
    *_people(
        NORDLYS, Role.RESELLER, "nordlys",
        "Tor-Åge Myhre = tor-age.myhre", "Linn Brattås = linn.brattas",
    ),
    *_people(
        SOLVFJORD, Role.CUSTOMER_ADMIN, "solvfjord",
        "Ingrid Hætta Solberg = ingrid.solberg", "Karoline Sæther = karoline.saether",
    ),
    *_people(
        SOLVFJORD, Role.USER, "solvfjord",
        "Maja Lindåsen = maja.lindasen", "Øystein Brække = oystein.braekke",
        "Siri Fjeldstad = siri.fjeldstad", "Jørgen Nærø = jorgen.naero",
        "Håkon Østby = hakon.ostby", "Åse Kvåle = ase.kvale", "Bjørn-Erik Ås = bjorn-erik.as",
        "Ragnhild Eikeland = ragnhild.eikeland",
    ),
    *_people(
        STORELV, Role.CUSTOMER_ADMIN, "storelv",
        "Gunn Marit Vassbø = gunn.vassbo", "Eivind Moldskred = eivind.moldskred",
    ),
    *_people(
        STORELV, Role.USER, "storelv",
        "Solveig Tangen = solveig.tangen", "Amir Rostami = amir.rostami",
        "Kjersti Løvås = kjersti.lovas", "Nils Ánte Sara = nils.sara",
        "Torunn Hegdal = torunn.hegdal",
    ),
    *_people(
        BJORKELIA, Role.CUSTOMER_ADMIN, "bjorkelia", "Anne-Grete Lunde = anne-grete.lunde"
    ),
    *_people(
        BJORKELIA, Role.USER, "bjorkelia",
        "Per Kristian Høiby = per.hoiby", "Fatima Yusuf = fatima.yusuf",
    ),
    *_people(MYRVANG, Role.CUSTOMER_ADMIN, "myrvang", "Sindre Øvrebø = sindre.ovrebo"),
    *_people(
        MYRVANG, Role.USER, "myrvang",
        "Hege Ulvestad = hege.ulvestad", "Marte Gjelsvik = marte.gjelsvik",
    ),
)  # fmt: skip
