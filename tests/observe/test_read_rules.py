"""The rule families, each on sentences of its own."""

from typing import get_args

import pytest

from launchwatch.facts import Claim, Reading
from launchwatch.facts.claims import ContextKind
from launchwatch.observe.read.lexicon import lexicon_for
from launchwatch.observe.read.phrases import phrases_of
from tests.observe.reading import read_text

LEAD = "North Korea fired a ballistic missile. "


def read(text: str, published: str | None = None, language: str | None = "en") -> Reading:
    return read_text(text, published, language)


def claims(text: str, attribute: str, published: str | None = None, language: str = "en") -> list[Claim]:
    return [claim for claim in read(text, published, language).claims if claim.attribute == attribute]


def values(text: str, attribute: str, published: str | None = None, language: str = "en") -> list:
    return [claim.value for claim in claims(text, attribute, published, language)]


@pytest.mark.parametrize(
    ("sentence", "attribute", "value"),
    [
        ("It flew about 640 km.", "range_km", 640),
        ("The missile covered a distance of 1,250 kilometres.", "range_km", 1250),
        ("After a flight of 300 km it fell into the sea.", "range_km", 300),
        ("It reached an altitude of 90 km and a range of 410 km.", "range_km", 410),
        ("It travelled between 350 and 400 km.", "range_km", (350, 400)),
        ("It flew 350-400 km.", "range_km", (350, 400)),
        ("It flew 100 nautical miles.", "range_km", 185.2),
        ("It rose to 48 km.", "apogee_km", 48),
        ("It flew 200 km at a maximum altitude of 30,000 metres.", "apogee_km", 30),
        ("It climbed as high as 900 km.", "apogee_km", 900),
        ("The flight lasted 1 hour and 13 minutes.", "flight_time_min", 73),
        ("It came down about twelve minutes later.", "flight_time_min", 12),
        ("It ended after a flight time of 900 seconds.", "flight_time_min", 15),
        ("It flew at six times the speed of sound.", "speed_mach", 6),
        ("Its top speed was Mach 5.5.", "speed_mach", 5.5),
    ],
)
def test_quantities_take_their_role_from_the_words_around_them(sentence, attribute, value):
    """A flown distance, altitude, flight time and speed are told apart and normalised to km and minutes."""
    assert values(LEAD + sentence, attribute) == [value]


@pytest.mark.parametrize(
    "sentence",
    [
        "It could travel 14,000 km.",
        "The type has a maximum range of 500 km.",
        "It was designed to fly 3,000 km.",
        "Missiles of that class reach 3,000 to 5,500 km.",
        "It fell 200 km west of the island.",
        "The site lies 440 km from the city.",
        "The warhead burst 500 m above the target.",
        "The first stage fell 10 km off the county's coast.",
        "The zone extends 370 km from the coast.",
        "It would have flown 4,000 km had it been fired at another angle.",
    ],
)
def test_capabilities_offsets_and_bursts_are_left(sentence):
    """A capability, a distance between places and a burst height are no distance or altitude flown."""
    text = LEAD + sentence
    assert values(text, "range_km") == []
    assert values(text, "apogee_km") == []


def test_what_is_left_is_noted():
    """A figure that is deliberately left is named in the notes with the rule that left it."""
    assert any(
        "capability" in note and "14,000 km" in note for note in read(LEAD + "It could travel 14,000 km.").notes
    )


@pytest.mark.parametrize(
    ("stated", "qualifier"),
    [
        ("about 640 km", "about"),
        ("more than 640 km", "at_least"),
        ("640 km or more", "at_least"),
        ("less than 640 km", "at_most"),
        ("640 km", "exact"),
        ("600 to 640 km", "range"),
    ],
)
def test_qualifiers_are_kept(stated, qualifier):
    """The words around a number become its qualifier."""
    (claim,) = claims(f"{LEAD}It flew {stated}.", "range_km")
    assert claim.qualifier == qualifier


def test_miles_become_kilometres_and_say_so():
    """435 miles are 700.1 km, with the unit as stated."""
    (claim,) = claims(LEAD + "It flew about 435 miles.", "range_km")
    assert (claim.value, claim.unit) == (700.1, "mi")


def test_a_restatement_belongs_to_its_quantity():
    """Miles and kilometres side by side are one claim, in the kilometres that the text states."""
    (claim,) = claims(LEAD + "It flew about 435 miles (700 km).", "range_km")
    assert (claim.value, claim.unit, claim.quote) == (700, "km", "about 435 miles (700 km)")


def test_restated_units_that_disagree_are_noted():
    """A restatement more than 3 % off is a misprint that the notes name."""
    assert any("disagree" in note for note in read(LEAD + "It flew 435 miles (900 km).").notes)


@pytest.mark.parametrize(
    ("sentence", "attribute", "value"),
    [
        ("It was fired at around 3 p.m.", "launch_time", "15:00"),
        ("It was fired at 7.10am.", "launch_time", "07:10"),
        ("It was detected at about 13:50.", "launch_time", "13:50"),
        ("It took off at noon.", "launch_time", "12:00"),
        ("They were fired between 7:44 and 8:22 a.m.", "launch_time", ("07:44", "08:22")),
        ("They were fired at 6:05-25 p.m.", "launch_time", ("18:05", "18:25")),
        ("It splashed down at around 9:37 a.m.", "landing_time", "09:37"),
    ],
)
def test_clock_times_go_to_their_verb(sentence, attribute, value):
    """A clock time next to a launch is a launch time, next to a fall a landing time."""
    assert values(LEAD + sentence, attribute) == [value]


@pytest.mark.parametrize(
    "sentence",
    [
        "The alert was issued at 7:55 a.m.",
        "The ministry announced it at 12:40 p.m.",
        "Debris was detected at 10:46 p.m.",
    ],
)
def test_other_clock_times_are_left(sentence):
    """The time of an alert, a statement or a break-up is neither launch nor landing."""
    found = read(LEAD + sentence).claims
    assert not [claim for claim in found if claim.attribute in {"launch_time", "landing_time"}]


def test_a_zone_that_is_named_goes_into_the_unit():
    """A time in another zone keeps it; a restatement of the same moment is no second claim."""
    (claim,) = claims(LEAD + "It was launched at 0335 GMT.", "launch_time")
    assert (claim.value, claim.unit) == ("03:35", "GMT")
    (claim,) = claims(LEAD + "It was launched at 12:35 p.m. (0335 GMT).", "launch_time")
    assert (claim.value, claim.unit) == ("12:35", None)


def test_times_of_a_salvo_are_numbered():
    """Coordinated launch times become items 1 and 2."""
    text = "North Korea fired two ballistic missiles at 3:35 a.m. and 3:48 a.m., Japan's defence ministry said."
    found = [(claim.value, claim.item) for claim in claims(text, "launch_time")]
    assert found == [("03:35", 1), ("03:48", 2)]


@pytest.mark.parametrize(
    ("text", "published", "value", "unit"),
    [
        ("Iran fired a missile on Friday.", "2025-11-08", "2025-11-07", "weekday"),
        ("Iran fired a missile on Friday.", "2025-11-07", "2025-11-07", "weekday"),
        ("Iran fired a missile on Friday.", "2025-11-06", "2025-11-07", "weekday"),
        ("Iran fired a missile on Friday.", None, "Friday", "weekday"),
        ("Iran fired a missile on Nov. 7.", "2025-11-08", "2025-11-07", None),
        ("Iran fired a missile on Dec. 30.", "2025-01-02", "2024-12-30", None),
        ("Iran fired a missile on Nov. 7.", None, "--11-07", "month-day"),
        ("Iran fired a missile on 7 November 2025.", None, "2025-11-07", None),
        ("TEHRAN, Nov. 8, 2025 -- Iran fired a missile on Friday.", None, "2025-11-07", "weekday"),
        ("Iran fired a missile on Friday.", "2025-11-07T23:30:00Z", "2025-11-07", "weekday"),
    ],
)
def test_dates_are_resolved_as_far_as_the_text_allows(text, published, value, unit):
    """A weekday or a day without its year resolves against publication or the dateline, and else stays open."""
    (claim,) = claims(text, "event_date", published)
    assert (claim.value, claim.unit) == (value, unit)


def test_the_day_of_a_statement_is_no_day_of_a_launch():
    """'KCNA said on Sunday' dates the report, not the launch."""
    text = "North Korea fired a ballistic missile on Saturday, KCNA said on Sunday."
    assert values(text, "event_date", "2023-02-19") == ["2023-02-18"]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("South Korea's military said the missile flew 700 km.", "South Korea military"),
        ("The missile flew 700 km, South Korea's Joint Chiefs of Staff (JCS) said.", "South Korea JCS"),
        ("According to Japan's defence ministry, the missile flew 700 km.", "Japan MOD"),
        ("The missile flew 700 km, according to the Japan Coast Guard.", "Japan Coast Guard"),
        ("The missile flew 700 km, said Ann Abe, Japan's vice defence minister.", "Japan MOD"),
        ("The missile flew 700 km, Japanese Prime Minister Taro Abe told reporters.", "Japan PM"),
        ("Chief Cabinet Secretary Ken Ito said the missile flew 700 km.", "Japan government"),
        ("The missile flew 700 km, Pakistan's Inter-Services Public Relations said.", "Pakistan Army"),
        ("Russia's Defence Ministry said the missile flew 700 km.", "Russia MOD"),
        ("The US Indo-Pacific Command said the missile flew 700 km.", "US INDOPACOM"),
        ("A senior US official said the missile flew 700 km.", "US officials"),
        ("The missile flew 700 km, analysts said.", "experts"),
        ("Japanese media said the missile flew 700 km.", "Japanese media"),
        ("The missile flew 700 km, the official Korean Central News Agency reported.", "KCNA"),
        ("Pyongyang said the missile flew 700 km.", "North Korea"),
        ("The missile reportedly flew 700 km.", "outlet"),
        ("The missile flew 700 km, Yonhap reported.", "Yonhap"),
    ],
)
def test_speakers_are_named_by_their_office(text, source):
    """Whoever answers for a figure is its canonical speaker, wherever the words of speech stand."""
    (claim,) = claims(LEAD + text, "range_km")
    assert claim.source == source


def test_joint_speakers_make_a_claim_each():
    """'South Korea and Japan said' is said by both."""
    found = claims("Iran fired a ballistic missile, South Korea and Japan said.", "missile_class")
    assert {claim.source for claim in found} == {"South Korea", "Japan"}


def test_media_that_quote_an_office_relay_it():
    """NHK quoting the ministry makes a claim of the ministry, via NHK."""
    text = LEAD + "It flew 900 km, NHK quoted Japan's defence ministry as saying."
    (claim,) = claims(text, "range_km")
    assert (claim.source, claim.via) == ("Japan MOD", "NHK")


def test_it_means_whoever_spoke():
    """'which it said' belongs to the speaker of its sentence, 'the ministry' to the last ministry."""
    text = "Japan's government said North Korea fired a missile, which it said fell outside its economic waters."
    assert [claim.source for claim in claims(text, "eez")] == ["Japan government"]
    text = LEAD + "Japan's defence ministry spoke first. The missile rose to 50 km, the ministry said."
    assert [claim.source for claim in claims(text, "apogee_km")] == ["Japan MOD"]


def test_names_carry_their_office():
    """A surname speaks for the office with which the person was introduced."""
    text = LEAD + "Defence Minister Ann Abe in Tokyo gave details. It rose to 50 km, Abe said."
    assert [claim.source for claim in claims(text, "apogee_km")] == ["Japan MOD"]


def test_a_speaker_carries_over_to_sentences_that_go_on():
    """'It' after an attributed sentence is still attributed; a sentence of the report's own is not."""
    text = LEAD + "Japan's defence ministry said the missile rose to 50 km. It flew 450 km."
    assert [claim.source for claim in claims(text, "range_km")] == ["Japan MOD"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Last month the North fired a cruise missile.",
        "On October 22 it fired a cruise missile.",
        "Its last launch was of a cruise missile in 2023.",
        "It came ten days after the North fired a cruise missile.",
        "It was the first since the North launched a cruise missile.",
    ],
)
def test_earlier_launches_are_told_from_this_one(sentence):
    """A launch told with a word or date of the past is about a previous one."""
    text = "North Korea fired a ballistic missile on Friday. " + sentence
    assert {claim.about for claim in claims(text, "missile_class", "2025-11-08") if claim.value == "cruise"} == {
        "previous"
    }
    assert {
        claim.about for claim in claims(text, "missile_class", "2025-11-08") if claim.value == "ballistic"
    } == {"main"}


@pytest.mark.parametrize(
    "sentence",
    [
        "Resolutions ban the North from launching ballistic missiles.",
        "The country develops intercontinental ballistic missile technology.",
        "It was similar to the Iskander, a short-range ballistic missile.",
        "The North has not launched ICBMs since.",
        "It may fire an intercontinental ballistic missile next if talks fail.",
    ],
)
def test_missiles_that_nobody_launched_are_no_claims(sentence):
    """Bans, technology, comparisons, negations and plans state no class of what flew."""
    assert values("Iran fired a cruise missile. " + sentence, "missile_class") == ["cruise"]


@pytest.mark.parametrize(
    ("phrase", "value"),
    [
        ("a short-range ballistic missile", "SRBM"),
        ("a medium-range ballistic missile", "MRBM"),
        ("an intermediate-range ballistic missile", "IRBM"),
        ("an intercontinental ballistic missile (ICBM)", "ICBM"),
        ("a submarine-launched ballistic missile", "SLBM"),
        ("a hypersonic missile", "hypersonic"),
        ("a land-attack cruise missile", "cruise"),
        ("what may be a ballistic missile", "ballistic"),
        ("a space launch vehicle", "SLV"),
        ("an unidentified projectile", "unknown-projectile"),
    ],
)
def test_classes_have_one_vocabulary(phrase, value):
    """Each kind of missile becomes a word of the vocabulary."""
    assert values(f"Iran fired {phrase}, the army said.", "missile_class") == [value]


@pytest.mark.parametrize(
    ("phrase", "value", "qualifier"),
    [
        ("two ballistic missiles", 2, "exact"),
        ("at least seven ballistic missiles", 7, "at_least"),
        ("two to three ballistic missiles", (2, 3), "range"),
        ("several ballistic missiles", "several", "exact"),
        ("multiple ballistic missiles", "multiple", "exact"),
        ("about 180 ballistic missiles", 180, "about"),
        ("a pair of ballistic missiles", 2, "exact"),
    ],
)
def test_counts(phrase, value, qualifier):
    """Numbers, ranges, 'several' and 'multiple' are counted with their qualifier."""
    (claim,) = claims(f"Iran fired {phrase}.", "count")
    assert (claim.value, claim.qualifier) == (value, qualifier)


def test_ordinals_are_no_counts():
    """The fourth launch of the year is one launch."""
    assert (
        values("Iran fired a missile. It was the fourth missile test this year, the 13th incident.", "count") == []
    )


@pytest.mark.parametrize(
    ("sentence", "attribute", "value"),
    [
        (
            "It was fired from the Sinpo area of South Hamgyong Province.",
            "launch_area",
            "Sinpo, South Hamgyong Province",
        ),
        ("It took off from Plesetsk Cosmodrome at 9 a.m.", "launch_area", "Plesetsk Cosmodrome"),
        ("The launch took place at the Semnan site.", "launch_area", "Semnan site"),
        ("It fell near the east coast of the peninsula.", "impact_area", "near the east coast of the peninsula"),
        ("It came down in the East Sea.", "impact_area", "East Sea"),
        ("It was fired toward the Sea of Japan.", "impact_area", "Sea of Japan"),
        (
            "It fell some 250 km northwest of Okushiri Island.",
            "impact_area",
            "some 250 km northwest of Okushiri Island",
        ),
    ],
)
def test_places(sentence, attribute, value):
    """Where it went up and came down, in short form."""
    assert value in values(LEAD + sentence, attribute)


def test_a_stage_has_no_impact_area():
    """Where a stage fell is not where the missile fell."""
    assert values(LEAD + "The first stage fell in the Yellow Sea.", "impact_area") == []


def test_phrase_rules_match_their_examples():
    """Every phrase rule of every language finds the claim in its own example."""
    for language in ("en", "ja", "ko"):
        lexicon = lexicon_for(language)
        examples = {row["id"]: row["example"] for row in lexicon.table("phrase")}
        for phrase in phrases_of(lexicon):
            low = examples[phrase.id].lower()
            assert phrase.pattern.search(low), phrase.id
            assert not phrase.hints or any(hint in low for hint in phrase.hints), phrase.id


def test_context_rules_match_their_examples():
    """Every context rule finds its event in its own example."""
    for language in ("en", "ja", "ko"):
        for row in lexicon_for(language).table("context"):
            kinds = {event.kind for event in read(row["example"], "2025-11-08", language).context}
            assert row["kind"] in kinds, row["example"]


def test_every_language_knows_every_kind_of_context():
    """The three languages tell the same kinds of events."""
    for language in ("en", "ja", "ko"):
        kinds = {row["kind"] for row in lexicon_for(language).table("context")}
        assert kinds == set(get_args(ContextKind)), language


@pytest.mark.parametrize(
    ("sentence", "attribute", "value"),
    [
        ("It fell inside Japan's exclusive economic zone.", "eez", "inside"),
        ("It did not fall in Japan's EEZ.", "eez", "outside"),
        ("There were no immediate reports of damage.", "damage", "none reported"),
        ("It caused no damage to ships.", "damage", "none"),
        ("It was launched on a lofted trajectory.", "trajectory", "lofted"),
        ("It took an irregular trajectory.", "trajectory", "irregular"),
        ("It flew in a northeasterly direction.", "direction", "northeast"),
        ("The army had detected preparations for the launch.", "preparations_detected", True),
        ("The data was shared with Japan and the U.S. at once.", "shared_with", ("Japan", "United States")),
        ("The launch failed.", "outcome", "failure"),
        ("The missile exploded in midair.", "outcome", "failure"),
        ("The test was successful.", "outcome", "success"),
        ("It does not pose an immediate threat to our allies.", "threat", "no immediate threat to our allies"),
    ],
)
def test_phrases(sentence, attribute, value):
    """Zones, damage, trajectory, direction, preparations, partners, outcome and threat are read from phrases."""
    assert values(LEAD + sentence, attribute) == [value]


def test_a_condition_is_no_trajectory():
    """'If it had flown a normal trajectory' claims none."""
    assert values(LEAD + "It could have hit the city if fired on a normal trajectory.", "trajectory") == []


def test_denials_are_denials():
    """'No signs of preparations' denies them."""
    (claim,) = claims(LEAD + "No advance signs of a launch had been seen.", "preparations_detected")
    assert claim.polarity == "denied"


def test_hedges_are_kept():
    """The word that weakens a statement goes with it."""
    (claim,) = claims(LEAD + "It likely fell outside Japan's exclusive economic zone.", "eez")
    assert claim.hedge == "likely"


def test_a_heading_says_nothing_twice():
    """A heading that repeats the body is no further statement."""
    text = "Iran fires ballistic missile\n\nIran's army said it had launched a ballistic missile on Friday."
    assert len(claims(text, "missile_class")) == 1


def test_a_text_without_a_launch_gives_no_claims():
    """A text on something else gives no claims, whatever numbers it holds, and a note says why."""
    reading = read("The marathon covered 42 km. The mayor said it rose to an altitude of 300 m at noon on Friday.")
    assert reading.claims == ()
    assert any("no launch" in note for note in reading.notes)


def test_a_cancelled_test_is_no_launch():
    """A test called off before it began makes no claims."""
    assert read("A test of a hypersonic missile was called off before launch on Thursday.").claims == ()


def test_other_languages_are_said_to_be_unsupported():
    """A French text gives no claims and a note that names the languages that are read."""
    reading = read(
        "La Corée du Nord a tiré un missile dans la mer, selon le ministère de la défense.", language=None
    )
    assert reading.claims == ()
    assert reading.language == "fr"
    assert any("en, ja, ko" in note for note in reading.notes)


def test_an_unknown_publication_date_is_noted():
    """A date of publication that is no ISO date leaves dates open and says so."""
    reading = read("Iran fired a missile on Friday.", published="last week")
    assert [claim.value for claim in reading.claims if claim.attribute == "event_date"] == ["Friday"]
    assert any("publication date" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("text", "attribute", "value", "source"),
    [
        ("防衛省は、北朝鮮が弾道ミサイルを発射し約650キロ飛んだと発表した。", "range_km", 650, "Japan MOD"),
        (
            "北朝鮮が弾道ミサイルを発射したと、韓国軍が発表した。",
            "missile_class",
            "ballistic",
            "South Korea military",
        ),
        ("防衛省によると、弾道ミサイルが発射された。通常軌道なら900キロ飛ぶ。", "range_km", None, None),
        ("防衛省は弾道ミサイルが午前9時5分ごろに発射されたと発表した。", "launch_time", "09:05", "Japan MOD"),
        ("防衛省は弾道ミサイルが発射されたと午後1時に発表した。", "launch_time", None, None),
    ],
)
def test_japanese(text, attribute, value, source):
    """Topics and subjects name the speaker; conditions and times of announcement are left."""
    found = [(claim.value, claim.source) for claim in claims(text, attribute, None, "ja")]
    assert found == ([] if value is None else [(value, source)])


@pytest.mark.parametrize(
    ("text", "attribute", "value", "source"),
    [
        ("합참은 북한이 탄도미사일을 발사해 약 650km 비행했다고 밝혔다.", "range_km", 650, "South Korea JCS"),
        ("일본 방위성에 따르면 북한이 발사한 탄도미사일은 최고 고도 50km였다.", "apogee_km", 50, "Japan MOD"),
        ("합참은 북한이 탄도미사일을 발사했다고 밝혔다. 사거리는 900km다.", "range_km", None, None),
        ("합참은 북한이 탄도미사일 수 발을 발사했다고 밝혔다.", "count", "several", "South Korea JCS"),
    ],
)
def test_korean(text, attribute, value, source):
    """Particles name the speaker; a class's range is no distance flown."""
    found = [(claim.value, claim.source) for claim in claims(text, attribute, None, "ko")]
    assert found == ([] if value is None else [(value, source)])


def test_context_events_keep_actors_and_dates():
    """A visit keeps who came, and the date that stands beside it."""
    text = LEAD + "Foreign Minister Ann Lee arrived in Manila on Thursday."
    (event,) = [event for event in read(text, "2025-11-08").context if event.kind == "visit"]
    assert event.date == "2025-11-06"
    assert "Ann Lee" in event.actors


@pytest.mark.parametrize(
    ("text", "language", "kind", "day", "actors"),
    [
        (
            "The North had begun fuelling a rocket on Wednesday.",
            "en",
            "preparation",
            "2025-11-05",
            ["North Korea"],
        ),
        ("Iran closed its airspace from Nov. 20.", "en", "notice", "2025-11-20", ["Iran"]),
        ("김정은 국무위원장은 5일 러시아를 방문했다.", "ko", "visit", "2025-11-05", ["김정은", "Russia"]),
        ("金正恩総書記は5日、ロシアの代表と会談した。", "ja", "meeting", "2025-11-05", ["金正恩", "Russia"]),
    ],
)
def test_context_tells_who_and_when(text, language, kind, day, actors):
    """Persons and countries are actors; a notice's day lies ahead, all others behind."""
    (event,) = read(text, "2025-11-08", language).context
    assert (event.kind, event.date, list(event.actors)) == (kind, day, actors)


@pytest.mark.parametrize(
    ("day", "published", "date"),
    [
        ("Feb. 29", "2024-12-30", "--02-29"),
        ("Feb. 28", "2024-12-30", "2025-02-28"),
        ("Feb. 29", "2024-03-01", "2024-02-29"),
    ],
)
def test_a_notice_names_a_day_that_exists(day, published, date):
    """Where the next year has no Feb. 29 the day stands without a year."""
    (event,) = read(f"Iran closed its airspace from {day}.", published, "en").context
    assert (event.kind, event.date) == ("notice", date)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("There were no signs of preparations for another launch.", "en"),
        ("The missile, fueled by solid propellant, flew 700 km.", "en"),
        ("Satellite imagery did not show any activity.", "en"),
        ("발사 징후는 포착되지 않았다.", "ko"),
        ("発射の兆候は確認されていない。", "ja"),
    ],
)
def test_what_was_not_seen_is_no_preparation(text, language):
    """Signs that are denied, and a fuel's kind, indicate nothing."""
    assert read(text, "2025-11-08", language).context == ()


@pytest.mark.parametrize(
    ("text", "language", "hedges"),
    [
        (
            "North Korea launched what could be a ballistic missile on Friday, Japan's Defense Ministry said.",
            "en",
            {"missile_class": "what could be", "event_date": None},
        ),
        (
            "On May 8 North Korea fired several SRBMs toward the East Sea, the JCS said.",
            "en",
            {"missile_class": None, "count": None, "event_date": None},
        ),
        (
            "A suspected short-range ballistic missile rose from the Taegwan area on Friday, the JCS said.",
            "en",
            {"missile_class": "suspected", "launch_area": None, "event_date": None},
        ),
        (
            "North Korea fired an unidentified projectile from Taegwan toward the East Sea, the JCS said.",
            "en",
            {"launch_area": None, "impact_area": None},
        ),
        (
            "North Korea fired a missile believed to be an ICBM that likely fell in the Sea of Japan, Tokyo said.",
            "en",
            {"missile_class": "believed to be", "impact_area": "likely"},
        ),
        (
            "북한이 7일 낮 12시 35분께 대관 일대에서 동해로 단거리 탄도미사일로 보이는 발사체 1발을 쐈다.",
            "ko",
            {
                "missile_class": "보이는",
                "launch_time": None,
                "launch_area": None,
                "impact_area": None,
                "count": None,
            },
        ),
        (
            "합참은 중거리 탄도미사일(IRBM)로 추정된다고 밝혔다. 미사일은 동해상에 낙하한 것으로 추정된다.",
            "ko",
            {"missile_class": "추정된다", "impact_area": "것으로 추정된다"},
        ),
        (
            "防衛相は、北朝鮮が7日に発射したのはICBM級の弾道ミサイルと考えられると述べた。",
            "ja",
            {"missile_class": "と考えられる", "event_date": None},
        ),
        (
            "北朝鮮が平壌付近から弾道ミサイルの可能性があるもの1発を発射した。日本海に落下したとみられる。",
            "ja",
            {"missile_class": "可能性がある", "launch_area": None, "count": None, "impact_area": "とみられる"},
        ),
    ],
)
def test_a_hedge_weakens_only_what_it_is_said_of(text, language, hedges):
    """A hedge about what flew weakens the class; time, place and number keep their own, in words of the text."""
    found = {claim.attribute: claim.hedge for claim in read(text, "2025-11-07", language).claims}
    assert {name: found[name] for name in hedges} == hedges


@pytest.mark.parametrize(
    "text",
    [
        "A missile rose from the Taegwan area at about 12:35 p.m. on Friday and headed east, the JCS said.",
        "A missile rose into the sky at 12:35 p.m. on Friday.",
        "A missile was launched at about 12:35 p.m. on Friday, the army said.",
        "An SRBM took off at about 12:35 p.m. on Friday.",
    ],
)
def test_a_time_before_a_weekday_is_a_launch_time(text):
    """'At about 12:35 p.m. on Friday' after a word of rising is when it went up."""
    assert values(text, "launch_time") == ["12:35"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("弾道ミサイルは4000キロを大きく超え飛行した。", "ja"),
        ("弾道ミサイルは4000キロを超えて飛行した。", "ja"),
        ("弾道ミサイルは4000キロ以上飛行した。", "ja"),
        ("弾道ミサイルは4000キロ余り飛行した。", "ja"),
        ("탄도미사일은 4000km 이상 비행했다.", "ko"),
        ("탄도미사일은 4000km 넘게 비행했다.", "ko"),
        ("탄도미사일의 비행 거리는 4000km를 훌쩍 넘었다.", "ko"),
        ("탄도미사일의 비행 거리는 4000km 초과로 분석됐다.", "ko"),
    ],
)
def test_more_than_stands_behind_the_number(text, language):
    """Words behind a Japanese or Korean number make it a least one."""
    lead = {"ja": "北朝鮮が弾道ミサイルを発射した。", "ko": "북한이 탄도미사일을 발사했다. "}[language]
    assert [(claim.value, claim.qualifier) for claim in claims(lead + text, "range_km", None, language)] == [
        (4000, "at_least")
    ]


def test_a_class_that_a_minister_thinks_it_is():
    """'ICBM級の弾道ミサイルと考えられる' in a minister's mouth is a class, hedged, of the ministry."""
    text = "防衛相は記者会見で「ICBM級の弾道ミサイルと考えられる」と述べた。北朝鮮は午前7時に発射した。"
    (claim,) = claims(text, "missile_class", None, "ja")
    assert (claim.value, claim.hedge, claim.source) == ("ICBM", "と考えられる", "Japan MOD")


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("북한이 단거리 탄도미사일 2발을 발사했다.", "ko", 2),
        ("북한이 단거리 탄도미사일 여러 발을 발사했다.", "ko", "multiple"),
        ("北朝鮮が短距離弾道ミサイル2発を発射した。", "ja", 2),
        ("北朝鮮が短距離弾道ミサイル数発を発射した。", "ja", "several"),
    ],
)
def test_counts_in_japanese_and_korean(text, language, value):
    """'2발' and '2発' are two; '여러 발' is multiple, '数発' several."""
    assert values(text, "count", None, language) == [value]


@pytest.mark.parametrize(
    ("text", "language", "main", "previous"),
    [
        (
            "북한이 7일 평양 일대에서 미사일을 쐈다. 지난달 22일 황해북도 중화 일대에서 발사한 이후 16일 만이다.",
            "ko",
            ["평양 일대"],
            ["황해북도 중화 일대"],
        ),
        (
            "지난달 22일, 황해북도 중화 일대에서 미사일을 발사한 이후, 북한이 이날 평양 일대에서 미사일을 쐈다.",
            "ko",
            ["평양 일대"],
            ["황해북도 중화 일대"],
        ),
        (
            "북한이 7일 평양 일대에서 탄도미사일 2발을 발사한 것은 지난 5월 8일 이후 6개월 만이다.",
            "ko",
            ["평양 일대"],
            [],
        ),
        (
            "北朝鮮が7日、平壌付近から弾道ミサイルを発射した。先月22日に、中和付近から短距離弾道ミサイルを発射して以来だ。",
            "ja",
            ["平壌付近"],
            ["中和付近"],
        ),
        ("北朝鮮が7日、平壌付近から弾道ミサイル1発を発射したのは5月8日以来だ。", "ja", ["平壌付近"], []),
    ],
)
def test_since_stands_behind_the_earlier_launch(text, language, main, previous):
    """What '이후' and '以来' follow is an earlier launch; the rest of the sentence tells of this one."""
    found = claims(text, "launch_area", "2025-11-07", language)
    assert [claim.value for claim in found if claim.about == "main"] == main
    assert [claim.value for claim in found if claim.about == "previous"] == previous


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("North Korea fired a ballistic missile on Nov. 7, 2025, South Korea's military said.", "en"),
        ("SEOUL, Nov. 7, 2025 -- North Korea fired a ballistic missile on Friday, the JCS said.", "en"),
        ("합참은 북한이 2025년 11월 7일 탄도미사일을 발사했다고 밝혔다.", "ko"),
        ("防衛省は北朝鮮が2025年11月7日に弾道ミサイルを発射したと発表した。", "ja"),
    ],
)
@pytest.mark.parametrize("published", ["2099-01-01", "2020-01-01", "2025-12-31", "2025-13-45"])
def test_a_full_date_in_the_text_wins_over_publication(text, language, published):
    """A report published against the date that its text states is about that date, whatever was published when."""
    found = [
        (claim.value, claim.about)
        for claim in claims(text, "event_date", published, language)
        if claim.value != "Friday"  # with no usable date at all a weekday stays one
    ]
    assert found in ([("2025-11-07", "main")], [])
    assert {claim.about for claim in read(text, published, language).claims} == {"main"}


def test_a_publication_date_that_is_set_aside_is_noted():
    """The notes name the publication date that does not fit."""
    text = "North Korea fired a ballistic missile on Nov. 7, 2025."
    assert any("2099-01-01" in note for note in read(text, "2099-01-01").notes)
    assert not read(text, "2025-11-08").notes


@pytest.mark.parametrize(
    "when", ["on Nov. 7", "on Sept. 3", "in Jan. 2024", "on Nov 7 at 9 a.m.", "on Tues. night"]
)
def test_a_date_is_no_part_of_a_place(when):
    """'The East Sea on Nov. 7' is the East Sea."""
    assert values(f"{LEAD}It fell in the East Sea {when}.", "impact_area") == ["East Sea"]


def test_the_number_of_a_type_is_no_day():
    """'The Hwasong-15 of November 2017' names no 15 November."""
    text = (
        "North Korea fired a ballistic missile on Wednesday. The Hwasong-15 of November 2017 was launched higher."
    )
    assert values(text, "event_date", "2022-05-04") == ["2022-05-04"]


def test_a_distance_from_a_korean_place_ends_with_the_sea():
    """The phrase holds the place, its direction and distance, and no verb before it."""
    text = "방위성은 북한이 미사일을 발사해 아오모리현에서 서쪽으로 약 250km 떨어진 해상에 낙하했다고 밝혔다."
    assert values(text, "impact_area", None, "ko") == ["아오모리현에서 서쪽으로 약 250km 떨어진 해상"]


JA = "防衛省は7日、北朝鮮が弾道ミサイルを発射したと発表した。"
KO = "합참은 7일 북한이 탄도미사일을 발사했다고 밝혔다. "


@pytest.mark.parametrize(
    ("text", "attribute", "wanted"),
    [
        (JA + "ミサイルは約53分間、約1000キロ飛翔した。", "flight_time_min", [53]),
        (JA + "最高高度は6248・5キロだった。", "apogee_km", [6248.5]),
        (JA + "67分30秒飛行した。", "flight_time_min", [67.5]),
        (JA + "1500キロ先の公海上の目標に命中したという。", "range_km", [1500]),
        (JA + "弾頭は音速の12倍で飛んだ。", "speed_mach", [12]),
        (JA + "極超音速兵器は音速の5倍以上で飛行する兵器を指す。", "speed_mach", []),
        (JA + "2発のうち1発が約600キロ飛んだ。", "count", []),
        (JA + "午前7時10分ごろ2発が発射され、1発は同17分ごろ落下した。", "landing_time", ["07:17"]),
        (JA + "落下したのは朝鮮半島東側の日本海で、EEZの外だった。", "impact_area", ["朝鮮半島東側の日本海"]),
        (JA + "EEZ内への落下はないと推定される。", "eez", ["outside"]),
        (JA + "東北東へ約800キロ飛んで日本海に落ちた。", "direction", ["east-northeast"]),
        (JA + "発射したのは「オレシュニク」だと主張した。", "missile_name", ["オレシュニク"]),
        (JA + "複数の弾道ミサイルが日本海に落下した。", "count", ["multiple"]),
        (JA + "少なくとも十数発が発射された。", "count", ["multiple"]),
        (JA + "少なくとも3発は約380キロ飛んだという。", "count", [3]),
        (JA + "およそ1時間10分、1500キロ飛行した。", "flight_time_min", [70]),
        (JA + "およそ1時間10分、1500キロ飛行した。", "range_km", [1500]),
        (JA + "9分超で島の上空に到達し、海に落ちた。", "flight_time_min", [9]),
        (JA + "48分後に津軽海峡の西およそ210キロの日本のEEZ内に落下した。", "flight_time_min", [48]),
        (JA + "飛行距離は1発目が約310キロ、2発目が約420キロだった。", "range_km", [310, 420]),
        (JA + "1発は約300キロを、もう1発は約410キロを飛んだ。", "range_km", [300, 410]),
        (JA + "距離は1発目が300キロで、2番目が410キロだった。", "range_km", [300, 410]),
        (JA + "最高高度は1発目が約50キロ、残りの1発も約40キロだった。", "apogee_km", [50, 40]),
        (JA + "昭和63年6月10日に発射した。", "event_date", ["2025-11-07", "1988-06-10"]),
        (JA + "午前10時5分ごろから20分ごろにかけて2発が発射された。", "launch_time", [("10:05", "10:20")]),
        (JA + "発射されたとして午後1時3分に船舶に警報を出した。", "launch_time", []),
        (JA + "朝鮮中央テレビは8日正午に、発射が成功したと発表した。", "launch_time", []),
        (JA + "男鹿半島の西約210キロの日本海に落下した。", "impact_area", ["男鹿半島の西約210キロの日本海"]),
        (JA + "男鹿半島の西約210キロのEEZ外の日本海に落下した。", "impact_area", ["男鹿半島の西約210キロ"]),
        (JA + "奥尻島の西約90キロ周辺海域に落下する見込みだ。", "impact_area", ["奥尻島の西約90キロ周辺海域"]),
        (JA + "男鹿半島沖約240キロのEEZ内に落下した。", "impact_area", ["男鹿半島沖約240キロ"]),
        (JA + "男鹿半島から約310キロの日本海に落下した。", "impact_area", ["男鹿半島から約310キロの日本海"]),
        (JA + "およそ740キロ、変則的な軌道で飛んだ。", "range_km", [740]),
        (JA + "首都カナリアに西からのミサイルが着弾した。", "impact_area", ["首都カナリア"]),
        (JA + "弾頭は島国の中部と南部に着弾した。", "impact_area", ["島国の中部と南部"]),
        (JA + "北朝鮮の内陸部から発射された。", "launch_area", ["北朝鮮の内陸部"]),
        (JA + "発射実験は南部スナノ州の砂浜基地で行われた。", "launch_area", ["南部スナノ州の砂浜基地"]),
        (JA + "東部の元山一帯でミサイル1発を発射した。", "launch_area", ["東部の元山一帯"]),
        (JA + "爆撃機から空中発射された。", "launch_area", []),
        (JA + "EEZへの飛来は確認されていない。", "eez", []),
        (JA + "EEZ内に落下するおそれがある。", "eez", []),
        (JA + "被害の情報は確認をされていません。", "damage", ["none confirmed"]),
        (JA + "迎撃を試みたが失敗した。", "outcome", []),
        (JA + "発射実験で異常が生じ、自爆させた。", "outcome", ["failure"]),
        (JA + "発射したのは「火星(ファソン)12」だ。", "missile_name", ["火星12"]),
        (JA + "「火星14」に比べ技術面で優れている。", "missile_name", []),
        (JA + "発射されたのは北朝鮮版イスカンデルだという。", "missile_name", []),
        (JA + "「ミニットマン3(Minuteman III)」を発射した。", "missile_name", ["ミニットマン3"]),
        (KO + "비행거리는 첫 발이 600㎞, 두 번째 미사일은 120㎞였다.", "range_km", [600, 120]),
        (KO + "한 발은 600㎞를, 다른 한 발은 120㎞를 날아갔다.", "range_km", [600, 120]),
        (KO + "고도는 첫 번째가 50㎞이며, 나머지 한 발은 30㎞였다.", "apogee_km", [50, 30]),
        (KO + "미사일 3기를 발사했다.", "count", [3]),
        (KO + "십여 발의 미사일을 발사했다.", "count", [10]),
        (KO + "발사에 걸린 시간은 약 21분이었다.", "flight_time_min", [21]),
        (KO + "동북쪽으로 480㎞를 비행해 해상에 떨어졌다.", "range_km", [480]),
        (KO + "310㎞ 전방의 예정된 수역에 정확히 낙탄됐다.", "range_km", [310]),
        (KO + "북동쪽 동해상으로 발사된 발사체 2발을 포착했다.", "direction", ["northeast"]),
        (KO + "통신은 이날 오전 6시 10분께 발사 실패를 공식 발표했다.", "launch_time", []),
        (KO + "ICBM 발사는 남부 모래주에서 이뤄졌다.", "launch_area", ["남부 모래주"]),
        (KO + "시험 발사는 푸른만에 있는 조개섬에서 단행됐다.", "launch_area", ["푸른만에 있는 조개섬"]),
        (KO + "신포 해상 일대 잠수함에서 발사했다.", "launch_area", ["신포 해상"]),
        (KO + "탄도미사일로 해안시의 하늘공항을 정확히 타격했다.", "impact_area", ["해안시의 하늘공항"]),
        (KO + "미사일이 동부 해역에 떨어졌는지는 언급하지 않았다.", "impact_area", []),
        (KO + "EEZ에는 낙하하지 않았다고 방위성은 추정했다.", "eez", ["outside"]),
        (KO + "KN-23과 비슷한 미사일을 발사했다.", "missile_name", []),
        (KO + "정찰위성 '만리경-2호'를 로켓 '천리마-2형'에 탑재해 발사했다.", "missile_name", ["천리마-2형"]),
        (KO + "하트프 Ⅴ를 발사했다.", "missile_name", ["하트프 Ⅴ"]),
        (KO + "전술탄도미사일 '화성포-11다-3.5' 시험발사를 진행했다.", "missile_name", ["화성포-11다-3.5"]),
        (KO + "핵실험이나 탄도미사일 발사 시험을 할 것으로 예상했다.", "count", []),
        (KO + "이 미사일은 최고 고도 550여km로 2700여㎞를 29분간 비행했다.", "range_km", [2700]),
        (KO + "사거리 430~450㎞로 탐지됐다.", "range_km", [(430, 450)]),
        (KO + "미사일은 600km를, 다른 하나는 120km를 비행했다.", "range_km", [600, 120]),
        (KO + "고도 약 25㎞에서 220여㎞를 비행했다.", "range_km", [220]),
        (KO + "1500km 계선의 목표 수역에 탄착됐다.", "range_km", [1500]),
        (KO + "속도는 마하 17(음속 17배)로 탐지됐다.", "speed_mach", [17]),
        (KO + "북한에서 괌까지의 거리는 3400km다.", "range_km", []),
        (KO + "이 가운데 한 발은 동해에 떨어졌다.", "count", []),
        (KO + "북동쪽으로 약 450km를 날아 동해에 떨어졌다.", "direction", ["northeast"]),
        (KO + "발사 시각이 오전 9시 5분이라고 합참은 설명했다.", "launch_time", ["09:05"]),
        (KO + "화성-12형일 가능성이 있다.", "missile_name", ["화성-12형"]),
        (KO + "낙하 지점은 동해 공해로 추정된다.", "impact_area", ["동해 공해"]),
    ],
)
def test_verb_final_rules(text, attribute, wanted):
    """What stands before the verb takes its part from it: figures, times, places, directions, parts of a salvo."""
    language = "ja" if text.startswith(JA) else "ko"
    assert values(text, attribute, "2025-11-07", language) == wanted


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("이스라엘군은 이란이 탄도미사일 180발을 발사했다고 밝혔다.", "ko", "Israel military"),
        ("중국 인민해방군은 ICBM 1발을 발사했다고 밝혔다.", "ko", "China military"),
        ("신화통신은 로켓군이 ICBM 1발을 발사했다고 보도했다.", "ko", "Xinhua"),
        ("북한이 탄도미사일을 발사했다고 NHK가 방위성 발표를 인용해 보도했다.", "ko", "Japan MOD"),
        ("탄도미사일 2발이 발사됐다고 합참은 전했다.", "ko", "South Korea JCS"),
        ("러시아가 ICBM을 쐈다고 국방부 대변인은 밝혔다.", "ko", "Russia MOD"),
        ("中国国防省は、ロケット軍がICBM1発を発射したと発表した。", "ja", "China MOD"),
        (
            "北朝鮮がミサイルを撃ち、米国防総省のシン副報道官は弾道ミサイル1発が発射されたと説明した。",
            "ja",
            "US Pentagon",
        ),
    ],
)
def test_verb_final_speakers(text, language, wanted):
    """Forces of any country, media, those whom media cite and spokesmen are told apart."""
    spoken = [claim.source for claim in claims(text, "missile_class", "2025-11-07", language)]
    assert spoken[-1:] == [wanted]


@pytest.mark.parametrize(
    ("text", "language", "attribute", "wanted"),
    [
        (
            "日韓両政府によると、北朝鮮が弾道ミサイル1発を発射した。",
            "ja",
            "count",
            {"Japan government", "South Korea government"},
        ),
        (
            "한미 군 당국은 북한이 탄도미사일 1발을 발사했다고 밝혔다.",
            "ko",
            "count",
            {"South Korea military", "US military"},
        ),
        ("パキスタン政府は8日、弾道ミサイル2発を発射したと発表した。", "ja", "count", {"Pakistan government"}),
        ("NHK는 정부 관계자를 인용해 탄도미사일 1발이 떨어졌다고 보도했다.", "ko", "count", {"Japan officials"}),
        (
            "北朝鮮が撃った弾道ミサイル2発について、防衛省は日本海に落下したと発表した。",
            "ja",
            "count",
            {"Japan MOD"},
        ),
        ("イスラエル軍は5日、弾道ミサイル3発を迎撃した。", "ja", "count", {"outlet"}),
        ("北朝鮮は9日、放射砲2発を試射した。朝鮮中央通信が伝えた。", "ja", "count", {"KCNA"}),
        ("인도 국방부 관계자는 탄도미사일 2발을 발사했다고 밝혔다.", "ko", "count", {"India officials"}),
        ("미 공군 지구권타격사령부는 미사일 1발을 발사했다고 밝혔다.", "ko", "count", {"US military"}),
        (
            "岸信夫防衛相は弾道ミサイルが発射されたと述べた。岸大臣によりますと、中国軍は9発を発射したという。",
            "ja",
            "count",
            {"Japan MOD"},
        ),
        (
            "러시아가 ICBM을 쐈다고 로이터통신은 전했다. 통신에 따르면 미사일 1발이 발사됐다.",
            "ko",
            "count",
            {"Reuters"},
        ),
    ],
)
def test_verb_final_speakers_of_other_kinds(text, language, attribute, wanted):
    """Joint offices, forces that only act, a speaker named after, officials of any country, 'the agency'."""
    assert {claim.source for claim in claims(text, attribute, "2025-11-07", language)} == wanted


@pytest.mark.parametrize(
    ("text", "language", "published", "main"),
    [
        ("令和3年9月28日、北朝鮮が弾道ミサイルを発射した。", "ja", "2021-09-28", ["2021-09-28"]),
        ("北朝鮮は22日から衛星を打ち上げると通報した。北朝鮮は21日、衛星を打ち上げた。", "ja", "2023-11-22",
         ["2023-11-21"]),
        ("軍は21日、ミサイルが落下したと発表した。ミサイルは20日夜から翌朝に発射された。", "ja", "2024-12-22",
         ["2024-12-21", "2024-12-20"]),
        ("북한은 3월 22일 전략순항미사일을 발사했다.", "ko", "2023-03-23", ["2023-03-22"]),
        ("조선중앙통신은 29일 시험사격을 했다고 보도했다. 합참은 28일 방사포를 쐈다고 밝혔다.", "ko", "2019-11-29",
         ["2019-11-28"]),
        ("▲ 22일 광장의 미사일 발사 화면\n반군은 21일 미사일을 발사했다고 밝혔다.", "ko", "2025-08-23",
         ["2025-08-21"]),
    ],
)  # fmt: skip
def test_days_of_launches_that_are_told_another_way(text, language, published, main):
    """Eras, launches only planned, a night into the main day, days of reports and of captions."""
    found = [claim.value for claim in claims(text, "event_date", published, language) if claim.about == "main"]
    assert found == main


def test_sentences_without_a_space_between_them():
    """Korean pages lose their line breaks: '…했다.합참은' are two sentences, each with its speaker."""
    text = "한국 합참은 북한이 미사일 2발을 쐈다고 밝혔다.일본 방위성은 약 400km를 비행했다고 밝혔다."
    assert [claim.source for claim in claims(text, "range_km", "2025-11-07", "ko")] == ["Japan MOD"]


def test_a_title_with_a_mark_at_its_end():
    """A first line is a title even with a quotation or '(종합)' at its end, and says nothing twice."""
    text = "合参「北朝鮮が弾道ミサイル2発発射」\n海上保安庁は、弾道ミサイル2発が発射されたと発表した。"
    assert [claim.source for claim in claims(text, "count", None, "ja")] == ["Japan Coast Guard"]
    text = "합참 “북한 탄도미사일 2발 발사”(종합)\n일본 방위성은 탄도미사일 2발이 발사됐다고 밝혔다."
    assert [claim.source for claim in claims(text, "count", None, "ko")] == ["Japan MOD"]


def test_a_description_hides_no_class():
    """'Able to carry a warhead' describes the missile that was fired; 'enemy missiles' were not."""
    text = "インド国防省は、核弾頭の搭載が可能な短距離弾道ミサイルの発射実験を行ったと発表した。"
    assert values(text, "missile_class", None, "ja") == ["SRBM"]
    text = "인도 국방부는 핵탄두 장착이 가능한 단거리 탄도 미사일 시험발사에 성공했다고 밝혔다."
    assert values(text, "missile_class", None, "ko") == ["SRBM"]
    assert values(KO + "적의 ICBM을 탐지하는 훈련도 했다.", "missile_class", None, "ko") == ["ballistic"]


def test_an_expected_landing_is_hedged():
    """'Expected to fall' is a claim with its hedge."""
    text = "防衛省によると、弾道ミサイルは11時12分ごろ、渡島大島の西約180キロに落下する見込みだ。"
    (claim,) = claims(text, "landing_time", None, "ja")
    assert (claim.value, claim.hedge) == ("11:12", "見込み")


def test_a_holder_is_known_by_name():
    """'林氏' is the chief cabinet secretary who was named before."""
    text = "林芳正官房長官は、北朝鮮が弾道ミサイルを発射したと述べた。林氏は飛距離が約400キロだと語った。"
    assert [claim.source for claim in claims(text, "range_km", "2025-11-07", "ja")] == ["Japan government"]


def test_a_condition_stays_with_its_figure():
    """'On a normal trajectory' qualifies a distance flown and makes none of what could be flown."""
    text = "防衛省は弾道ミサイルが発射され、通常の軌道であれば約300キロ飛翔したと発表した。"
    (claim,) = claims(text, "range_km", None, "ja")
    assert (claim.value, claim.condition) == (300, "通常の軌道であれば")
    assert values(KO + "정상 각도로 쏘면 1만km를 날 수 있다.", "range_km", None, "ko") == []


@pytest.mark.parametrize(
    ("text", "language", "main"),
    [
        ('합참은 16일 "북한이 15일 탄도미사일 1발을 발사했다"고 밝혔다.', "ko", ["2025-11-15"]),
        ("朝鮮中央通信は16日、弾道ミサイルの発射実験を15日に行ったと報じた。", "ja", ["2025-11-15"]),
        ("우리 군은 오늘 오전 탄도미사일 1발을 포착했다.", "ko", ["2025-11-16"]),
        ("北朝鮮は昨夜、弾道ミサイルを発射した。", "ja", ["2025-11-15"]),
        ("北朝鮮は15日(日本時間16日)に弾道ミサイルを発射した。", "ja", ["2025-11-15"]),
    ],
)
def test_verb_final_days(text, language, main):
    """Days of statements, of other zones and relative days are told from the day of the launch."""
    days = [claim.value for claim in claims(text, "event_date", "2025-11-16", language) if claim.about == "main"]
    assert days == main


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (KO + "북한이 일본 EEZ 안에 미사일을 쏜 것은 2023년 이후 처음이다.", "ko"),
        (JA + "北朝鮮がEEZ内にミサイルを発射するのは2023年2月以来となる。", "ja"),
        (JA + "これまで40発を超える発射を繰り返している。", "ja"),
        (KO + "그동안 EEZ 안에 떨어지는 미사일 2발만 쐈던 것과는 달리 이례적이다.", "ko"),
    ],
)
def test_history_is_no_claim_of_the_launch(text, language):
    """'The first since' tells nothing of the launch at hand."""
    assert all(
        claim.about == "previous"
        for claim in claims(text, "eez", "2025-11-07", language) + claims(text, "count", "2025-11-07", language)
    )


def test_korean_figures_apart_from_their_counters():
    """PDFs part figures from '일', '시', '분', '발'; other words that open with these letters are none."""
    text = (
        "합참은 2025 년 11 월 7 일 북한이 오후 12 시 35 분쯤 평양 일대에서 탄도미사일 1 발을 발사했다고 밝혔다. "
        "미사일은 약 450 km를 비행했다. 화성-17 시험은 없었다고 3 일본 신문은 전했다."
    )
    found = {claim.attribute: claim.value for claim in read(text, None, "ko").claims}
    assert found["event_date"] == "2025-11-07"
    assert (found["launch_time"], found["count"], found["range_km"]) == ("12:35", 1, 450)
    assert sum(claim.attribute == "launch_time" for claim in read(text, None, "ko").claims) == 1
