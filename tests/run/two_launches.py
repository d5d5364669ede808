"""Two launches as offices put them, in our own words: lofted in 2017, quasi-ballistic in 2023."""

import json

REPORTS = (
    (
        "2017-11-29",
        (
            "North Korea fired an intercontinental ballistic missile from Pyongsong early Wednesday, South "
            "Korea's Joint Chiefs of Staff said. It was launched at about 3:17 a.m. toward the east and flew "
            "about 960 kilometers, reaching a maximum altitude of about 4,500 kilometers, the JCS said."
        ),
    ),
    (
        "2017-11-29",
        (
            "The North Korean missile launched on Wednesday flew about 1,000 kilometers for about 53 minutes "
            "on a lofted trajectory and landed inside Japan's exclusive economic zone, Japan's Defense "
            "Ministry said."
        ),
    ),
    (
        "2017-11-29",
        (
            "North Korea's state news agency KCNA said the ICBM launched on Wednesday reached an altitude of "
            "4,475 kilometers and flew 950 kilometers for 53 minutes. A U.S. official said the missile flew "
            "300 kilometers."
        ),
    ),
    (
        "2023-06-15",
        (
            "North Korea fired a ballistic missile from Sunan on Thursday at about 7:24 p.m., Japan's Defense "
            "Ministry said. It flew about 850 kilometers at a maximum altitude of about 50 kilometers on an "
            "irregular trajectory and fell inside Japan's exclusive economic zone, the ministry said."
        ),
    ),
    (
        "2023-06-15",
        (
            "South Korea's Joint Chiefs of Staff said North Korea fired a short-range ballistic missile from "
            "the Sunan area toward the east on Thursday, which flew about 780 kilometers."
        ),
    ),
)


def write_reports(folder):
    """Write the reports as files and return them."""
    files = []
    for number, (published, text) in enumerate(REPORTS):
        files.append(folder / f"{number}.json")
        row = {
            "text": text,
            "published": published,
            "outlet": f"Wire {number}",
            "url": f"https://example.org/{number}",
        }
        files[-1].write_text(json.dumps(row), encoding="utf-8")
    return files
