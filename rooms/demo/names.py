"""Parts of invented names for the large demo data."""

from __future__ import annotations

# fmt: off
FIRST_NAMES = (
    "Aud", "Åse", "Bente", "Birgit", "Bjørg", "Camilla", "Dagny", "Elin", "Eva", "Frøydis", "Gro",
    "Gunn", "Hanne", "Hege", "Hilde", "Ida", "Inger", "Ingvild", "Jorunn", "Kaja", "Kari",
    "Kristin", "Lene", "Liv", "Magnhild", "Mari", "Marit", "Nina", "Oddny", "Ragnhild", "Randi",
    "Sigrid", "Silje", "Siv", "Solveig", "Synnøve", "Tone", "Torill", "Turid", "Vibeke", "Wenche",
    "Yngvild", "Áile", "Fatima", "Arne", "Asbjørn", "Bård", "Bjørn", "Dag", "Egil", "Eirik",
    "Erlend", "Frode", "Geir", "Gunnar", "Hallvard", "Harald", "Håkon", "Ivar", "Jan", "Jarle",
    "Jørn", "Kåre", "Kjell", "Kjetil", "Lars", "Leif", "Magne", "Morten", "Nils", "Odd", "Ola",
    "Ove", "Per", "Pål", "Roar", "Rune", "Sigurd", "Sindre", "Stian", "Svein", "Terje", "Tor",
    "Trond", "Ulf", "Vegard", "Øyvind", "Ánte", "Yusuf", "Amir", "Mohammed",
)
LAST_NAMES = (
    "Aasen", "Andersen", "Bakken", "Berg", "Berge", "Bjerke", "Brekke", "Bråten", "Bø", "Dahl",
    "Eide", "Eikeland", "Engen", "Fjeld", "Foss", "Gjelsvik", "Grønli", "Hagen", "Halvorsen",
    "Haugen", "Hegdal", "Helle", "Holm", "Høiby", "Iversen", "Jakobsen", "Johansen", "Kleven",
    "Knutsen", "Kolstad", "Kvåle", "Larsen", "Lie", "Lien", "Lindåsen", "Lunde", "Løvås",
    "Mæland", "Moen", "Moldskred", "Myhre", "Myklebust", "Nygård", "Nærø", "Olsen", "Opdal",
    "Pedersen", "Ravnås", "Rostami", "Ruud", "Rønning", "Sandvik", "Sara", "Solberg", "Solheim",
    "Sæther", "Tangen", "Tveit", "Ulvestad", "Vassbø", "Vik", "Våge", "Østby", "Øverland",
    "Øvrebø", "Ås", "Ådland", "Yusuf",
)
PLACES = (
    (
        "Bjørke", "Elve", "Fjell", "Furu", "Gran", "Gråstein", "Hav", "Hegge", "Hellig", "Høg",
        "Kalv", "Kvern", "Lang", "Lerke", "Lille", "Lyng", "Mork", "Myr", "Nes", "Nord", "Ottar",
        "Rogn", "Rype", "Sel", "Skar", "Sol", "Stor", "Sør", "Tjeld", "Torsk", "Trane", "Tyri",
        "Ulv", "Vester", "Vinter", "Ørne", "Ås", "Øst",
    ),
    (
        "bekk", "berg", "bygd", "dal", "eid", "elv", "fjord", "foss", "hamn", "haug", "heim",
        "holm", "lia", "mo", "myra", "nes", "sund", "stad", "strand", "tun", "vang", "vatn",
        "vik", "voll", "ås", "øy",
    ),
)
UNITS = (
    "Medisinsk klinikk", "Psykisk helse", "Barn og unge", "Kirurgisk klinikk", "Hjemmetjenesten",
    "Rehabilitering", "Legevakt", "Helsestasjon", "Rus og avhengighet", "Habilitering",
    "Kreftpoliklinikk", "Øre-nese-hals", "Fødeavdeling", "Geriatri", "Nevrologi", "Ortopedi",
    "Stab og administrasjon", "IKT", "Fagutvikling", "Samhandling", "Smittevern", "Laboratorium",
    "Radiologi", "Ernæring", "Fysioterapi", "Ergoterapi", "Logoped", "Prestetjeneste",
    "Forskning", "Økonomi", "Personal", "Beredskap", "Voksenhabilitering", "Sykehusapotek",
    "Dialyse", "Lunge", "Hjerte", "Hud", "Revmatologi", "Infeksjon", "Smerteklinikk",
    "Søvnsenter", "Overgrepsmottak", "Ambulansetjeneste", "Pasientreiser",
    "Lærings- og mestringssenter", "Brukerutvalg", "Kvalitet",
)
ROOM_NAMES = (
    "Samtalerom", "Videosamtale", "Poliklinikk", "Gruppesamtale", "Oppfølging", "Vurdering",
    "Familiesamtale", "Møterom", "Tverrfaglig møte", "Veiledning", "Pårørendesamtale", "Kontroll",
)
# fmt: on
