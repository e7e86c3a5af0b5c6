"""The rooms of the small demo data: names, owners, cost centres, and what has become of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rooms.demo.people import BJORKELIA, MYRVANG, SOLVFJORD, STORELV

# What has happened to a room beyond its order.
PENDING = "pending"
FAILED = "failed"
ENDING = "ending"
CLOSED = "closed"
UPGRADED = "upgraded"
DOWNGRADE_AGREED = "downgrade"


@dataclass(frozen=True)
class DemoRoom:
    """One room. ``story`` is a word of this module, ``number`` empty where any will do."""

    organisation: str
    name: str
    code: str
    quality: str
    owner: str
    department: str
    cost_centre: str
    number: str
    story: str


@dataclass(frozen=True)
class _Group:
    """Rooms of one department. A line is «name | owner | type | number | story», from the
    right as much as differs from the group's own."""

    organisation: str
    department: str
    cost_centre: str
    owner: str
    code: str
    rooms: tuple[str, ...]

    def each(self) -> Iterator[DemoRoom]:
        for line in self.rooms:
            name, owner, code, number, story = (
                part.strip() for part in (line + " | " * 4).split("|")[:5]
            )
            code, _slash, quality = (code or self.code).partition("/")
            yield DemoRoom(
                organisation=self.organisation,
                name=name,
                code=code,
                quality=quality or "hd",
                owner=owner or self.owner,
                department=self.department,
                cost_centre="" if story == "no cost centre" else self.cost_centre,
                number=number,
                story="" if story == "no cost centre" else story,
            )


_GROUPS = (
    _Group(
        SOLVFJORD, "DPS Lerkebø", "4200 DPS Lerkebø", "Øystein Brække", "sensitive",
        (
            "DPS Lerkebø, samtalerom 1 | | | 093472",
            "DPS Lerkebø, samtalerom 2",
            "DPS Lerkebø, samtalerom 3 | | sensitive/fullhd | 418207 | upgraded",
            "DPS Lerkebø, samtalerom 4",
            "DPS Lerkebø, gruppeterapi | | admin-small",
            "DPS Lerkebø, inntaksteam | | admin-small | | downgrade",
            "Ambulant team, dagtid | | | 184093",
            "Ambulant team, kveld",
            "Rus og avhengighet, samtalerom",
            "Øystein Brække, personlig | | personal",
        ),
    ),
    _Group(
        SOLVFJORD, "Medisinsk klinikk", "4100 Medisinsk klinikk", "Siri Fjeldstad", "sensitive",
        (
            "Avdelingsmøte medisin | | admin-small | 902617",
            "Diabetespoliklinikken | | | 215586",
            "Ernæringsfysiolog | Jørgen Nærø | | 776315",
            "Fagnettverk sår | | admin-small | 529648 | ending",
            "Geriatrisk team | Jørgen Nærø | | 304925",
            "Hjertesviktpoliklinikken | | | 128463",
            "Kreftkoordinator | Jørgen Nærø | | 466392 | failed",
            "Lungepoliklinikken | | | 839541",
            "Nyrepoliklinikken",
            "Revmatologisk poliklinikk | | sensitive/fullhd",
            "Infeksjonspoliklinikken",
            "Hudpoliklinikken, bildevurdering | | sensitive/fullhd | | upgraded",
            "Søvnpoliklinikken",
            "Palliativt team | Jørgen Nærø",
            "Palliativt team, pårørendesamtaler | Jørgen Nærø",
            "Slagposten, tverrfaglig møte | | admin-small",
            "Dialyse, hjemmeoppfølging",
            "Fysio og ergo, hjemmeoppfølging | Håkon Østby | | 861037",
            "Fysio og ergo, gruppetrening | Håkon Østby | admin-small | | downgrade",
            "Lærings- og mestringssenteret | Håkon Østby | admin-large",
            "Siri Fjeldstad, personlig | | personal",
        ),
    ),
    _Group(
        SOLVFJORD, "Barne- og ungdomsklinikken", "4300 Barne- og ungdomsklinikken",
        "Ragnhild Eikeland", "sensitive",
        (
            "Barnepoliklinikken, samtale 1 | Maja Lindåsen | | 347751",
            "Barnepoliklinikken, samtale 2 | Maja Lindåsen | | 560238",
            "BUP, familiesamtale 1",
            "BUP, familiesamtale 2",
            "BUP, vaktteam",
            "Habilitering, familiemøter | | | 657810 | no cost centre",
            "Habilitering, ansvarsgrupper | | admin-small",
            "Inntaksmøte BUP | | admin-small | 713058",
            "Nyfødt intensiv, hjem på prøve | | sensitive/fullhd",
            "Svangerskapspoliklinikken",
            "Jordmor, samtalerom",
            "Spiseforstyrrelser, dagtilbud | | | | ending",
            "Skoletjenesten ved sykehuset | | admin-small | | closed",
        ),
    ),
    _Group(
        SOLVFJORD, "Kirurgisk klinikk", "4400 Kirurgisk klinikk", "Siri Fjeldstad", "sensitive",
        (
            "Ortopedi, kontroll etter operasjon",
            "Ortopedi, traumemøte | | admin-small/fullhd",
            "Smertepoliklinikken",
            "Øre-nese-hals, forundersøkelse",
            "Urologisk poliklinikk",
            "Brystsenteret, svarsamtale",
            "Anestesi, preoperativ vurdering",
            "Tverrfaglig kreftmøte (MDT) | | admin-large/fullhd",
            "Gastromedisin, svar på prøver",
            "Øyepoliklinikken, injeksjonsteam",
            "Plastikkirurgi, kontroll",
            "Fedmepoliklinikken, gruppe | | admin-small",
        ),
    ),
    _Group(
        SOLVFJORD, "Stab og administrasjon", "5100 Stab og administrasjon",
        "Ingrid Hætta Solberg", "admin-small",
        (
            "Beredskapsledelsen | | admin-large | 731904",
            "Direktørens ledermøte | Åse Kvåle | admin-large | 648120 | pending",
            "HR, intervjuer | Karoline Sæther | | 940276",
            "IKT-drift, vaktrom | Bjørn-Erik Ås | | 285719 | ending",
            "Styremøter | Åse Kvåle | admin-large/fullhd",
            "Brukerutvalget | Åse Kvåle | admin-large",
            "Tillitsvalgte, AMU | Karoline Sæther",
            "Innkjøp, leverandørmøter | | | | closed",
            "Økonomi, månedsavslutning | | | | no cost centre",
            "Fagdag og allmøte | Åse Kvåle | auditorium",
            "Smittevern, regionalt nettverk | | admin-large",
            "Forskningsrådet i foretaket | | | | downgrade",
        ),
    ),
    _Group(
        STORELV, "Hjemmetjenesten", "3210 Hjemmetjenester", "Solveig Tangen", "sensitive",
        (
            "Hjemmetjenesten nord, digitalt tilsyn",
            "Hjemmetjenesten sør, digitalt tilsyn",
            "Hjemmetjenesten øst, digitalt tilsyn",
            "Hverdagsrehabilitering",
            "Kreftsykepleier | | | | no cost centre",
            "Hukommelsesteamet",
            "Velferdsteknologi, opplæring | | admin-small",
            "Tildelingskontoret, vurderingsbesøk",
            "Demenskoordinator",
            "Ergoterapi, hjelpemidler",
            "Fysioterapi, egentrening",
            "Solveig Tangen, personlig | | personal/fullhd",
        ),
    ),
    _Group(
        STORELV, "Helsestasjonen", "3220 Helsestasjon", "Kjersti Løvås", "sensitive",
        (
            "Helsestasjonen, samtalerom 1",
            "Helsestasjonen, samtalerom 2",
            "Helsestasjon for ungdom",
            "Jordmor i kommunen",
            "Skolehelsetjenesten, Elveosen skole",
            "Skolehelsetjenesten, Bråtet skole",
            "Barselgruppe på skjerm | | admin-small | | upgraded",
            "Familieteamet",
            "Foreldreveiledning, ICDP | | admin-large | | downgrade",
            "Reisevaksine og smittevern | | | | closed",
        ),
    ),
    _Group(
        STORELV, "Psykisk helse og rus", "3230 Psykisk helse", "Amir Rostami", "sensitive",
        (
            "Rask psykisk helsehjelp 1",
            "Rask psykisk helsehjelp 2",
            "Rask psykisk helsehjelp, kurs | | admin-large",
            "FACT-teamet, morgenmøte | | admin-small",
            "FACT-teamet, samtale",
            "Rusteamet, oppfølging",
            "Sorggruppe | | admin-small | | no cost centre",
            "Flyktninghelsetjenesten, med tolk",
            "Amir Rostami, personlig | | personal",
            "Ungdomslos",
            "Botjenesten Kvernhuset, husmøte | | admin-small",
            "Aktivitetshuset Loftet | | admin-small",
        ),
    ),
    _Group(
        STORELV, "Legevakt og institusjon", "3240 Legevakt og institusjon", "Nils Ánte Sara",
        "sensitive",
        (
            "Legevakta, videokonsultasjon | | sensitive/fullhd | | upgraded",
            "Legevakta, samisk tolk",
            "Kommunal akutt døgnenhet",
            "Elvetun sykehjem, pårørende",
            "Elvetun sykehjem, legevisitt",
            "Bråtet omsorgssenter, pårørende",
            "Bråtet omsorgssenter, tverrfaglig | | admin-small",
            "Samhandling med sykehuset | | admin-large | | pending",
            "Utskrivningsmøter | | admin-small",
            "Tannlege, tilsyn på institusjon",
            "Livets siste dager, samtale med pårørende",
        ),
    ),
    _Group(
        STORELV, "Rådhuset", "1100 Rådhuset", "Torunn Hegdal", "admin-small",
        (
            "Kommuneoverlegen",
            "Kommunal beredskap | | admin-large",
            "Formannskapssalen | | admin-large/fullhd",
            "Barnevern, ansvarsgruppe | | sensitive",
            "PPT, rådgivning | | sensitive",
            "NAV og kommune, felles møter",
            "Eldrerådet | | | | ending",
            "Rekruttering, intervjurom | | | | failed",
            "Kurs for vikarer | | admin-large | | closed",
            "Folkemøte | | auditorium",
            "Arkivet, leverandørmøter | | | | no cost centre",
        ),
    ),
    _Group(
        BJORKELIA, "", "", "Per Kristian Høiby", "sensitive",
        (
            "Legekontor 1, dr. Høiby",
            "Legekontor 2, dr. Yusuf | Fatima Yusuf",
            "Legekontor 3, vikar",
            "Sykepleier, livsstil og KOLS | Anne-Grete Lunde",
            "Sykepleier, sårkontroll | Anne-Grete Lunde",
            "Psykolog, onsdager | Fatima Yusuf",
            "Samarbeidsmøter med NAV | Anne-Grete Lunde | admin-small",
            "Fatima Yusuf, personlig | Fatima Yusuf | personal",
            "Laboratoriet, veiledning | Anne-Grete Lunde | | | closed",
        ),
    ),
    _Group(
        MYRVANG, "Rehabilitering", "200 Rehabilitering", "Hege Ulvestad", "sensitive",
        (
            "Forvern, kartleggingssamtale",
            "Etter opphold, oppfølging 1",
            "Etter opphold, oppfølging 2",
            "Logoped",
            "Nevropsykolog | | sensitive/fullhd",
            "Fysioterapi på skjerm | Marte Gjelsvik | sensitive/fullhd | | upgraded",
            "Arbeidsrettet rehabilitering, gruppe | Marte Gjelsvik | admin-small",
            "Pårørendeskole | Marte Gjelsvik | admin-large | | downgrade",
            "Ernæring og vekt",
            "Synspedagog",
            "Hørselskontakt",
            "Marte Gjelsvik, personlig | Marte Gjelsvik | personal",
        ),
    ),
    _Group(
        MYRVANG, "Drift", "100 Felles", "Sindre Øvrebø", "admin-small",
        (
            "Ledergruppa",
            "Personalmøte | | admin-large",
            "Faglunsj på nett | | | | ending",
            "Inntaksteamet",
            "Kjøkken og renhold | | | | no cost centre",
        ),
    ),
)  # fmt: skip

ROOMS = tuple(room for group in _GROUPS for room in group.each())
