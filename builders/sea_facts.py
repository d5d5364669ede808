"""Lines and areas that states agreed or hold to at sea, typed vertex by vertex, each with where it comes from.

`source` names the agreement and its article; `read` is where the figures were read, or "from knowledge, to be
checked" for what was typed without the text at hand, with the check that could be made on it. Positions are
degrees and minutes (and seconds) north and east, on the datum of their charts (a few hundred metres from WGS84).
"""

from __future__ import annotations

from dataclasses import dataclass

FROM_KNOWLEDGE = "from knowledge, to be checked"


@dataclass(frozen=True)
class SeaFact:
    """One line, or one area if `kind` ends in `area`; `points` are (lat, lon) in degrees."""

    id: str
    kind: str
    states: tuple[str, ...]
    names: tuple[str, ...]
    points: tuple[tuple[float, float], ...]
    source: str
    read: str
    error_km: float
    note: str


def positions(text: str) -> tuple[tuple[float, float], ...]:
    """Return (lat, lon) of lines like `42 09.0 130 53.0` or, with seconds, `42 17 34.34 130 41 49.16`."""
    found = []
    for row in text.strip().splitlines():
        values = [float(value) for value in row.split()]
        half = len(values) // 2
        found.append(tuple(sum(v / 60**i for i, v in enumerate(part)) for part in (values[:half], values[half:])))
    return tuple(found)


NORTH_KOREA_SOVIET_SEA = positions("""42 17 34.34 130 41 49.16
42 09 00 130 53 00""")

NORTH_KOREA_SOVIET_ZONE = positions("""42 09.0 130 53.0
39 47.5 133 13.7
39 39.3 133 45.0""")

INDONESIA_PHILIPPINES = positions("""3 06 41 119 55 34
3 26 36 121 21 31
3 48 58 122 56 03
4 57 42 124 51 17
5 02 48 125 28 20
6 25 21 127 11 42
6 24 25 128 39 02
6 24 20 129 31 31""")

JAPAN_KOREA_SHELF = positions("""32 57.0 127 41.1
32 57.5 127 41.9
33 01.3 127 44.0
33 08.7 127 48.3
33 13.7 127 51.6
33 16.2 127 52.3
33 45.1 128 21.7
33 47.4 128 25.5
33 50.4 128 26.1
34 08.2 128 41.3
34 13.0 128 47.6
34 18.0 128 52.8
34 18.5 128 53.3
34 24.5 128 57.3
34 27.6 128 59.4
34 29.2 129 00.2
34 32.1 129 00.8
34 32.6 129 00.8
34 40.3 129 03.1
34 49.7 129 12.1
34 50.6 129 13.0
34 52.4 129 15.8
34 54.3 129 18.4
34 57.0 129 21.7
34 57.6 129 22.6
34 58.6 129 25.3
35 01.2 129 32.9
35 04.1 129 40.7
35 06.8 130 07.5
35 07.0 130 16.4
35 18.2 130 23.3
35 33.7 130 34.1
35 42.3 130 42.7
36 03.8 131 08.3
36 10.0 131 15.9""")

SEA_FACTS = (
    SeaFact(
        "line:JPN-KOR:1974",
        "continental shelf boundary",
        ("JPN", "KOR"),
        ("Northern boundary of the continental shelf between Japan and South Korea",),
        JAPAN_KOREA_SHELF,
        "Agreement between Japan and the Republic of Korea, northern continental shelf, 30 January 1974, art. I",
        "www.mofa.go.jp/mofaj/gaiko/treaty/htmls/A-S53-607.html",
        1.0,
        "a boundary of the sea-bed only; no zone of the water is agreed between the two",
    ),
    SeaFact(
        "line:PRK-RUS:1985",
        "territorial sea boundary",
        ("PRK", "RUS"),
        ("Territorial sea boundary between North Korea and the Soviet Union (now Russia)",),
        NORTH_KOREA_SOVIET_SEA,
        "Treaty between the USSR and the DPRK on the course of the state border, 17 April 1985",
        "fr.wikipedia.org, 'Frontière entre la Corée du Nord et la Russie'",
        1.0,
        "",
    ),
    SeaFact(
        "line:PRK-RUS:1986",
        "economic zone and continental shelf boundary",
        ("PRK", "RUS"),
        ("Boundary of the economic zones of North Korea and the Soviet Union (now Russia)",),
        NORTH_KOREA_SOVIET_ZONE,
        "Agreement between the USSR and the DPRK on the economic zone and the continental shelf, 22 January 1986",
        f"first point: fr.wikipedia.org, as above; the others {FROM_KNOWLEDGE}: with the line of 1985 they make "
        "214.5 nautical miles, and sovereignlimits.com gives 214",
        5.0,
        "the line between eez:PRK and eez:RUS",
    ),
    SeaFact(
        "line:IDN-PHL:2014",
        "economic zone boundary",
        ("IDN", "PHL"),
        ("Economic zone boundary between Indonesia and the Philippines",),
        INDONESIA_PHILIPPINES,
        "Agreement between Indonesia and the Philippines on the economic zone boundary, 23 May 2014, art. 1",
        f"{FROM_KNOWLEDGE}: the eight points make 627.51 nautical miles, the length that the Philippine "
        "Department of Foreign Affairs gave (philstar.com, 23 May 2014)",
        1.0,
        "the line between eez:IDN and eez:PHL",
    ),
    SeaFact(
        "line:KOR-PRK:NLL-west",
        "military control line",
        ("KOR", "PRK"),
        ("Northern Limit Line, Yellow Sea (West Sea)", "서해 북방한계선"),
        positions("""37 42 45 126 06 40
37 39 30 126 01 00
37 42 53 125 45 00
37 41 30 125 41 42
37 41 25 125 40 00
37 40 55 125 31 00
37 35 00 125 14 40
37 38 15 125 02 50
37 46 00 124 52 00
38 00 00 124 51 00
38 03 00 124 38 00"""),
        "drawn by the commander of the United Nations Command, 30 August 1953; not in the Armistice Agreement",
        "a list of eleven points at cafe.daum.net; its third, printed as 126 45 E, is taken as 125 45 E, "
        "between its neighbours",
        2.0,
        "the South's line of naval control, which North Korea does not accept; no zone is drawn by it",
    ),
    SeaFact(
        "line:KOR-PRK:NLL-east",
        "military control line",
        ("KOR", "PRK"),
        ("Northern Limit Line, Sea of Japan (East Sea)", "동해 북방한계선"),
        positions("38 37.0 128 22.0\n38 37.0 132 59.8"),
        "the parallel of 38 37 N, eastward of the coast",
        f"{FROM_KNOWLEDGE}; the parallel also at deokjil.com/issuu/2255039",
        2.0,
        "the South's line of naval control, which North Korea does not accept; no zone is drawn by it",
    ),
    SeaFact(
        "joint_area:JPN-KOR:1974",
        "joint_area",
        ("JPN", "KOR"),
        ("Japan-Korea Joint Development Zone", "日韓大陸棚共同開発区域", "한일 공동개발구역 (7광구)"),
        positions("""32 57.0 127 41.1
32 53.4 127 36.3
32 46.2 127 27.8
32 33.6 127 13.1
32 10.5 126 51.5
30 46.2 125 55.5
30 33.3 126 00.8
30 18.2 126 05.5
28 36.0 127 38.0
29 19.0 128 00.0
29 43.0 128 38.0
30 19.0 129 09.0
30 54.0 129 04.0
31 13.0 128 50.0
31 47.0 128 50.0
31 47.0 128 14.0
32 12.0 127 50.0
32 27.0 127 56.0
32 27.0 128 18.0
32 57.0 128 18.0"""),
        "Agreement between Japan and the Republic of Korea on joint development of the southern part of the "
        "continental shelf, 30 January 1974, art. II",
        f"{FROM_KNOWLEDGE}: the area is 24,085 square nautical miles, and en.wikipedia.org gives 24,092",
        1.0,
        "concerns the sea-bed only and may be ended from 22 June 2028; China does not accept it",
    ),
    SeaFact(
        "provisional_area:CHN-KOR:2000",
        "provisional_area",
        ("CHN", "KOR"),
        ("Korea-China Provisional Measures Zone", "中韩暂定措施水域", "한중 잠정조치수역"),
        positions("""37 00 00 123 40 00
36 22 23 123 10 52
35 30 00 122 11 54
35 30 00 122 01 54
34 00 00 122 01 54
34 00 00 122 11 54
33 20 00 122 41 00
32 20 00 123 45 00
32 11 00 123 49 30
32 11 00 125 25 00
33 20 00 124 08 00
34 00 00 124 00 30
35 00 00 124 07 30
35 30 00 124 30 00
36 45 00 124 30 00
37 00 00 124 20 00"""),
        "Fisheries agreement between China and the Republic of Korea, 3 August 2000, art. 7(1)",
        "fsou.com/html/text/eag/1006639/100663991_1.html",
        1.0,
        "fisheries only; no boundary is agreed",
    ),
    SeaFact(
        "provisional_area:CHN-JPN:1997",
        "provisional_area",
        ("CHN", "JPN"),
        ("Japan-China Provisional Measures Zone", "日中暫定措置水域", "中日暂定措施水域"),
        positions("""30 40.0 124 10.1
30 00.0 123 56.4
29 00.0 123 25.5
28 00.0 122 47.9
27 00.0 121 57.4
27 00.0 125 58.3
28 00.0 127 15.1
29 00.0 128 00.9
30 00.0 128 32.2
30 40.0 128 26.1"""),
        "Agreement between Japan and China on fisheries, 11 November 1997, art. 7",
        FROM_KNOWLEDGE,
        5.0,
        "fisheries only; no boundary is agreed",
    ),
    SeaFact(
        "provisional_area:JPN-KOR:1998",
        "provisional_area",
        ("JPN", "KOR"),
        ("Japan-Korea Provisional Waters, Sea of Japan (East Sea)", "日韓暫定水域", "한일 중간수역"),
        positions("""36 10.0 131 15.9
35 33.75 131 46.5
35 59.5 132 13.7
36 18.5 132 13.7
36 56.2 132 55.8
36 56.2 135 30.0
38 37.0 135 30.0
39 51.75 134 11.5
38 37.0 132 59.8
38 37.0 131 40.0
37 25.5 131 40.0
37 08.0 131 34.0
36 52.0 131 10.0
36 52.0 130 22.5
36 10.0 130 22.5"""),
        "Agreement on fisheries between Japan and the Republic of Korea, 28 November 1998, art. 9(1)",
        f"{FROM_KNOWLEDGE}; the eastern edge, 135 30 E, also in donga.com, 6 January 1999",
        5.0,
        "fisheries only; no boundary is agreed; the rocks in it are not named in the agreement; "
        "the second area of art. 9(2), south of Jeju, is not here",
    ),
)
