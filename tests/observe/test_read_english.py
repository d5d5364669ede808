"""Rules of English news copy: descriptions of speakers, salvos, tests that were held, places hit, other zones."""

import pytest

from launchwatch.facts import Claim
from tests.observe.reading import read_text

LEAD = "North Korea fired a missile on Friday, South Korea's military said.\n"
PUBLISHED = "2022-06-10"


def claims(text: str, attribute: str) -> list[Claim]:
    return [claim for claim in read_text(text, PUBLISHED, "en").claims if claim.attribute == attribute]


def values(text: str, attribute: str) -> list:
    return [claim.value for claim in claims(text, attribute)]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Pakistan test-fired an Abdali ballistic missile, the military's media wing ISPR said.", "Pakistan Army"),
        ("The Saudi-led coalition fighting in Yemen said a ballistic missile was fired.", "Saudi-led coalition"),
        ("Houthi rebels, who hold much of Yemen, said they fired a ballistic missile.", "Houthis"),
        ("Iran fired a ballistic missile, said Ann Lee, a spokeswoman for U.S. Central Command.", "US CENTCOM"),
        ("Iran fired a ballistic missile, a South Korean official told CNN.", "South Korea officials"),
        ("It was a ballistic missile that Iran fired, citing data from Japan, AFP reported.", "Japan government"),
        ("Russia fired a ballistic missile, the Russian Defense Ministry's press office reported.", "Russia MOD"),
        ("France fired a ballistic missile, Armed Forces Minister Ann Roi said.", "France MOD"),
        ("North Korea tested a ballistic missile, state media KCNA reported on Thursday.", "KCNA"),
        ("Saudi Arabia's coalition spokesman Colonel Turki al-Malki said Yemen fired a ballistic missile.",
         "Saudi-led coalition"),
    ],
)  # fmt: skip
def test_a_speaker_is_found_behind_its_description(text, source):
    """A media wing, a participle, an apposition, a spokeswoman or a listener do not hide who speaks."""
    assert {claim.source for claim in claims(text, "missile_class")} == {source}


def test_an_office_that_cites_another_answers_itself():
    """The coast guard speaks for what it has from the ministry; an agency does not."""
    text = "North Korea fired a ballistic missile, Japan's coast guard said, citing the defence ministry."
    assert [claim.source for claim in claims(text, "missile_class")] == ["Japan Coast Guard"]
    text = "Iran fired a cruise missile. Yonhap, citing the military, said it flew 40 km."
    assert [claim.source for claim in claims(text, "range_km")] == ["South Korea military"]


def test_the_official_is_whoever_spoke():
    """'The official' and 'the source' mean the speaker before, not any official named."""
    text = LEAD + "US officials were told. The first flew 150 km, an official at the JCS said. "
    text += "The second flew 400 km, the official told reporters."
    assert {claim.source for claim in claims(text, "range_km")} == {"South Korea JCS"}


@pytest.mark.parametrize(
    ("sentence", "attribute", "found"),
    [
        ("They flew about 600 and 120 kilometers, respectively.", "range_km", [600, 120]),
        ("The first flew about 300 km, the second about 760 km.", "range_km", [300, 760]),
        ("One flew 380 km at an altitude of 100 km and the other 800 km at an altitude of 60 km.",
         "range_km", [380, 800]),
        ("The flight distance was about 500 km and the altitude about 60 km.", "range_km", [500]),
        ("The flight distance was about 500 km and the altitude about 60 km.", "apogee_km", [60]),
        ("It flew for 11 and a half minutes.", "flight_time_min", [11.5]),
        ("Passing high above the island about ten minutes after launch, it broke up.", "flight_time_min", []),
    ],
)  # fmt: skip
def test_figures_of_a_salvo_keep_their_roles(sentence, attribute, found):
    """Numbers that share a unit or a verb are told apart; a time of passing is no flight time."""
    assert values(LEAD + sentence, attribute) == found


def test_joined_figures_are_numbered():
    """The two distances of '600 and 120 km' belong to the first and the second missile."""
    text = LEAD + "They flew about 600 and 120 kilometers, respectively."
    assert [claim.item for claim in claims(text, "range_km")] == [1, 2]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Iran carried out a ballistic missile test on Friday.", ["ballistic"]),
        ("An intercontinental ballistic missile test was successfully completed.", ["ICBM"]),
        ("Iran fired a cruise missile. It runs a ballistic missile test site.", ["cruise"]),
        ("Iran fired a medium-range or longer-range ballistic missile.", ["MRBM"]),
        ("The navy shot down a ballistic missile over the gulf.", ["ballistic"]),
        ("Iran fired a cruise missile. The battery is made to shoot down ballistic missiles.", ["cruise"]),
        ("Iran launched more than a dozen ballistic missiles.", ["ballistic"]),
        ("Russia launched an inter-continental ballistic missile.", ["ICBM"]),
        ("Russia struck the plant with a cruise missile.", ["cruise"]),
    ],
)
def test_missiles_whose_test_was_held(text, found):
    """A test that took place tells what flew; a test site or a defence against missiles does not."""
    assert values(text, "missile_class") == found


@pytest.mark.parametrize(
    ("text", "attribute", "found"),
    [
        ("It hit a target thousands of kilometres away on the Kamchatka peninsula.", "impact_area",
         ["Kamchatka peninsula"]),
        ("Its warheads reached the Kura range in Kamchatka.", "impact_area", ["Kura range in Kamchatka"]),
        ("One struck Al Asad air base.", "impact_area", ["Al Asad air base"]),
        ("Its impact point was in the Arabian Sea.", "impact_area", ["Arabian Sea"]),
        ("The launch of a single ballistic missile occurred at a facility near Sinpo.", "launch_area",
         ["facility near Sinpo"]),
        ("It was fired off the eastern coastal city of Wonsan.", "launch_area",
         ["off the eastern coastal city of Wonsan"]),
        ("It was fired from a position in the White Sea off the northern coast.", "impact_area", []),
        ("It was fired from a high angle.", "launch_area", []),
        ("The launches, ten minutes apart, took place from the Sunan area.", "launch_area", ["Sunan"]),
        ("It fell 2,200 km east of the prefecture's Cape Erimo.", "impact_area",
         ["2,200 km east of the prefecture's Cape Erimo"]),
    ],
)  # fmt: skip
def test_places_of_other_newsrooms(text, attribute, found):
    """Places hit without a preposition, launches that 'occurred at' a place, and angles that are no places."""
    assert values(LEAD + text, attribute) == found


def test_a_range_of_times_after_said_that():
    """'Said that from 1:56 p.m. to 4 p.m. it fired' times the firing, not the statement."""
    text = LEAD + "The ministry said that from 1:56 p.m. to 4 p.m. the army launched eleven missiles."
    assert values(text, "launch_time") == [("13:56", "16:00")]


def test_the_day_before_in_a_western_zone_is_the_same_launch():
    """'At 1:17 p.m. EST on Thursday' tells of the launch of Friday; a plain 'on Thursday' tells of another."""
    text = LEAD + "It went up at 1:17 p.m. EST on Thursday and flew 960 km."
    assert [claim.about for claim in claims(text, "range_km")] == ["main"]
    text = LEAD + "On Thursday a missile had flown 960 km."
    assert [claim.about for claim in claims(text, "range_km")] == ["previous"]


@pytest.mark.parametrize(
    "sentence",
    [
        "On Saturday it had fired rockets. Some of them flew 240 km.",
        "Hours earlier the North had fired two missiles, which flew 240 km.",
        "The North's missile had flown 240 km the night before.",
    ],
)
def test_more_ways_to_tell_of_an_earlier_launch(sentence):
    """What goes on from an earlier launch, 'hours earlier' and 'the night before' tell of a previous one."""
    assert {claim.about for claim in claims(LEAD + sentence, "range_km")} == {"previous"}


def test_a_comparison_does_not_make_its_sentence_past():
    """'The same type as was fired in May' is past by itself; the altitude before it is this launch's."""
    text = (
        LEAD
        + "It flew at an altitude of 50 km, likely the same type as the missiles launched by the North in May."
    )
    assert [claim.about for claim in claims(text, "apogee_km")] == ["main"]


@pytest.mark.parametrize(
    ("sentence", "attribute", "found"),
    [
        ("The missile did not fly 700 km, Japan's defence ministry said.", "range_km", (700, "Japan MOD")),
        ("It never flew 700 km, the Pentagon said.", "range_km", (700, "US Pentagon")),
        ("It didn't reach an altitude of 100 km, the JCS said.", "apogee_km", (100, "South Korea JCS")),
        ("None of the missiles flew 700 km, Iran's navy said.", "range_km", (700, "Iran military")),
        ("It failed to reach an altitude of 90 km, Tokyo said.", "apogee_km", (90, "Japan government")),
        ("It was not launched from Sino-ri, the JCS said.", "launch_area", ("Sino-ri", "South Korea JCS")),
        ("The Pentagon denied that the missile flew 700 km.", "range_km", (700, "US Pentagon")),
        ("The JCS denied it fell outside Japan's EEZ.", "eez", ("outside", "South Korea JCS")),
        ("Japan's government denied it was an ICBM.", "missile_class", ("ICBM", "Japan government")),
        ("It does not seem to be an ICBM, Tokyo said.", "missile_class", ("ICBM", "Japan government")),
        ("The JCS rejected Tokyo's claims that it flew 700 km.", "range_km", (700, "South Korea JCS")),
        ("Japan's claim that it flew 700 km was denied by Seoul.", "range_km", (700, "South Korea government")),
        ("Reports that it rose to 80 km were false, the Pentagon said.", "apogee_km", (80, "US Pentagon")),
    ],
)  # fmt: skip
def test_what_a_sentence_denies_is_denied_by_whoever_denies_it(sentence, attribute, found):
    """A negation or a verb of denial governs its clause; who denies another's figure is the source."""
    denied = [claim for claim in claims(LEAD + sentence, attribute) if claim.polarity == "denied"]
    assert [(claim.value, claim.source) for claim in denied] == [found]


@pytest.mark.parametrize(
    ("sentence", "attribute", "found"),
    [
        ("It did not only fly 700 km but rose to 90 km.", "range_km", [700]),
        ("It did not hit Japan and flew 700 km.", "range_km", [700]),
        ("It did not come down before it had flown 700 km.", "range_km", [700]),
        ("It was not detected at first; it flew 700 km.", "range_km", [700]),
        ("Japan did not say where the missile fired from Sunan fell.", "launch_area", ["Sunan"]),
        ("The missile fired from Sunan did not fly 700 km.", "launch_area", ["Sunan"]),
        ("Japan denied that the missile fired from Sunan flew 700 km.", "launch_area", ["Sunan"]),
        ("Japan denied Seoul's claims that it flew 700 km, saying it flew 450 km.", "range_km", [450]),
        ("Japan denied supplying the parts of the missile fired from Sunan.", "launch_area", ["Sunan"]),
        ("It did not fall in Japan's EEZ.", "eez", ["outside"]),
        ("It caused no damage to ships.", "damage", ["none"]),
    ],
)
def test_a_denial_goes_no_further_than_its_clause(sentence, attribute, found):
    """What stands beside a denial, or has one of its own in its value, is asserted."""
    told = [claim for claim in claims(LEAD + sentence, attribute) if claim.polarity == "asserted"]
    assert [claim.value for claim in told] == found


@pytest.mark.parametrize(
    "sentence",
    [
        "Tokyo could not confirm that it was fired from Sunan.",
        "Tokyo neither confirmed nor denied that it was fired from Sunan.",
        "Tokyo has not ruled out that it was fired from Sunan.",
        "It was unclear whether it was fired from Sunan.",
        "Tokyo never said it was fired from Sunan.",
        "The reports that it was fired from Sunan were not confirmed.",
    ],
)
def test_what_is_left_open_is_no_claim(sentence):
    """Neither an assertion nor a denial: a note tells what was left."""
    reading = read_text(LEAD + sentence, PUBLISHED, "en")
    assert not [claim for claim in reading.claims if claim.attribute == "launch_area"]
    assert "left open by whoever tells it: Sunan" in reading.notes


def test_a_denied_launch_denies_its_day_and_a_denied_flight_does_not():
    """'Denied firing a missile on Friday' denies all of it; 'not launched from Sunan on Friday' the place."""
    text = "North Korea denied firing a cruise missile from Sunan on Thursday."
    told = read_text(text, PUBLISHED, "en").claims
    assert {claim.attribute for claim in told} >= {"event_date", "launch_area", "missile_class"}
    assert {claim.polarity for claim in told} == {"denied"}
    told = claims("Iran fired a missile. It was not launched from Qom on Thursday.", "event_date")
    assert [claim.polarity for claim in told] == ["asserted"]


def test_not_before_a_place_denies_that_place_alone():
    """'From Sunan, not from Sinpo' names one area and denies the other."""
    told = claims(LEAD + "It was launched from Sunan, not from Sinpo.", "launch_area")
    assert [(claim.value, claim.polarity) for claim in told] == [("Sunan", "asserted"), ("Sinpo", "denied")]


def test_what_was_not_exceeded_bounds_a_figure():
    """'Did not exceed' says how much at most."""
    (claim,) = claims(LEAD + "It did not exceed an altitude of 100 km.", "apogee_km")
    assert (claim.value, claim.qualifier, claim.polarity) == (100, "at_most", "asserted")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("North Korea fired a suspected ballistic missile.", [1]),
        ("North Korea fired an unidentified ballistic missile.", [1]),
        ("North Korea launched what appeared to be a missile.", [1]),
        ("A presumed cruise missile fell into the sea.", [1]),
        ("North Korea fired two projectiles. One was a suspected cruise missile.", [2]),
        ("The projectile that fell is thought to be a ballistic missile.", []),
    ],
)
def test_one_missile_is_counted_whatever_it_is_thought_to_be(text, found):
    """A doubt about what was sent is none about how many were."""
    assert values(text, "count") == found


def test_a_dateline_dates_the_events_around_a_launch_too():
    """The year of a dateline stands for claims and context events alike, even where no launch is found."""
    text = "PYONGYANG, Oct. 24, 2025 (Wire) -- North Korea fired a missile on Oct. 22. "
    visit = "China's foreign minister Ann Lee visited Pyongyang on Oct. 20."
    reading = read_text(text + visit, None, "en")
    assert [claim.value for claim in reading.claims if claim.attribute == "event_date"] == ["2025-10-22"]
    assert [event.date for event in reading.context] == ["2025-10-20"]
    reading = read_text("PYONGYANG, Oct. 24, 2025 (Wire) -- " + visit, None, "en")
    assert [event.date for event in reading.context] == ["2025-10-20"]


def test_what_is_taken_back_is_denied():
    """An analysis that the speaker corrected is no longer claimed."""
    text = LEAD + "The JCS corrected its earlier analysis that it was launched from Sino-ri."
    assert [claim.polarity for claim in claims(text, "launch_area")] == ["denied"]


def test_failed_interceptions_are_no_failed_launches():
    """'Attempts to intercept it failed' says nothing against the missile."""
    assert values(LEAD + "The missile hit the city after attempts to intercept it failed.", "outcome") == []


def test_a_fall_before_the_zone_is_outside_it():
    """'Fell before reaching the zone' tells that it fell outside."""
    text = LEAD + "It fell into the sea before reaching Japan's exclusive economic zone."
    assert values(text, "eez") == ["outside"]


def test_names_in_capitals_are_names():
    """Some newsrooms write a missile's name in capitals."""
    assert values("India test fired an AGNI-I missile.", "missile_name") == ["AGNI-I"]


def test_a_medium_that_opens_with_its_source_relays_it():
    """'Citing the military, NHK reported' speaks for the military."""
    (claim,) = claims(LEAD + "Citing South Korean military, NHK reported that it rose to 770 km.", "apogee_km")
    assert (claim.source, claim.via) == ("South Korea military", "NHK")


def test_a_quotation_of_several_sentences_has_one_speaker():
    """Who is named after its last sentence spoke the others; who spoke before it goes on."""
    after = LEAD + '"The missile rose to 50 km. It fell into the East Sea," Japan\'s defence ministry said.'
    assert [claim.source for claim in claims(after, "apogee_km")] == ["Japan MOD"]
    before = LEAD + '"The launch came from Sunchon," Japan\'s defence ministry said. "Its apogee was 40 km."'
    assert [claim.source for claim in claims(before, "apogee_km")] == ["Japan MOD"]


def test_a_quotation_never_closed_ends():
    """A lost quotation mark gives no later sentence to its speaker."""
    text = (
        LEAD
        + '"We saw it all. '
        + "The sky was clear. " * 8
        + 'It rose to 50 km. The sea was calm," Ann Lee said.'
    )
    assert {claim.source for claim in claims(text, "apogee_km")} <= {"outlet", "South Korea military"}


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("North Korea fired a cruise missile today, the JCS said.", ["2022-06-10"]),
        ("North Korea fired a cruise missile yesterday, the JCS said.", ["2022-06-09"]),
        ("Tuesday's launch of a cruise missile came from Sunchon, the JCS said.", ["2022-06-07"]),
        ("Iran fired a missile on Thursday. It was seen today. Thursday's launch was the first.", ["2022-06-09"]),
        ('"It flew today," Ann Lee said. Iran fired a missile on Thursday.', ["2022-06-09"]),
        ("North Korea fired a missile on Friday. It landed at sea at 9:10 p.m. Thursday EDT.", ["2022-06-10"]),
        ("The JCS said on Wednesday that Iran fired a missile. It fired one on May 29.", ["2022-06-08"]),
        ("KCNA said on Wednesday that North Korea fired a missile. It was fired on June 6.", ["2022-06-06"]),
        ("North Korea has fired a cruise missile in recent days, the JCS said on Friday.", ["2022-06-10"]),
    ],
)  # fmt: skip
def test_words_for_days_date_a_launch_where_nothing_else_does(text, dates):
    """'Today' and 'Friday's launch' give way to a date; one days before the announcement is another's."""
    assert [claim.value for claim in claims(text, "event_date") if claim.about == "main"] == dates


@pytest.mark.parametrize(
    ("text", "attribute", "found"),
    [
        ("Iran's army fired nine long and medium range missiles.", "count", [9]),
        ("North Korea tried but failed to launch a medium-range missile.", "missile_class", ["MRBM"]),
        ("It was a Volkanik intermediate-range ballistic missile that Iran fired.", "missile_class", ["IRBM"]),
        ("Iran fired a short-range ballistic missile capable of hitting ships.", "missile_class", ["SRBM"]),
        ('The Houthis were behind a "hypersonic missile" attack.', "missile_class", ["hypersonic"]),
        ("Iran reacted to a hypersonic missile attack warning.", "missile_class", []),
        ("Iran held a drill involving two cruise missiles.", "count", [2]),
        ("Two Bulava missile tests were conducted.", "missile_name", ["Bulava"]),
        ("Those fired included a new Emad, which has a range of 900 km, as well as improved Zelzal missiles.",
         "missile_name", ["Emad", "Zelzal"]),
        ("A failed North Korean launch was seen.", "outcome", ["failure"]),
        ("The missile reached two peaks of 60 km and 20 km.", "apogee_km", [60, 20]),
    ],
)  # fmt: skip
def test_missiles_are_told_in_more_ways(text, attribute, found):
    """Attempts, attacks, drills, names no list has and lists over a clause state what flew."""
    assert sorted(map(str, values(LEAD + text, attribute))) == sorted(map(str, found))


@pytest.mark.parametrize(
    ("sentence", "attribute", "found"),
    [
        ("Yemen's Houthis fired a missile at Riyadh, state media said.", "impact_area", ["Riyadh"]),
        ("The Houthis launched a ballistic missile attack on Riyadh.", "impact_area", ["Riyadh"]),
        ("The missile flew 600 miles from Semnan to a range near Chabahar.", "launch_area", ["Semnan"]),
        ("The missile flew 600 miles from Semnan to a range near Jask.", "impact_area", ["range near Jask"]),
        ("The missile fell 600 miles from Semnan.", "launch_area", []),
        ("It was fired from the Barents Sea to the Kura range in Kamchatka.", "impact_area",
         ["Kura range in Kamchatka"]),
        ("The missile was aimed toward the Kura rocket test range.", "impact_area", ["Kura rocket test range"]),
        ("It was fired from a military base.", "launch_area", []),
        ("It was launched from an underwater position.", "launch_area", []),
        ("The missile crossed the country from the East.", "launch_area", []),
        ("A missile was fired as he would return from New York City.", "launch_area", []),
        ("It was launched from Wolseong Air Base. It was the second launch from Wolseong.", "launch_area",
         ["Wolseong Air Base"]),
        ("Radars saw a missile launch at 10:33 p.m. KST, June 9, near Kusong.", "launch_area", ["near Kusong"]),
    ],
)  # fmt: skip
def test_places_are_told_in_more_ways(sentence, attribute, found):
    """A missile is sent at a city or from one place to another; what names no place makes no area."""
    assert values(LEAD + sentence, attribute) == found


@pytest.mark.parametrize(
    ("text", "attribute", "source"),
    [
        ("Two State Department officials said the missile flew 40 km.", "range_km", "US officials"),
        ("The missile flew 40 km, two US officials said.", "range_km", "US officials"),
        ("The missile flew 40 km, the United States military confirmed Friday.", "range_km", "US military"),
        ("The missile flew 40 km, a source in the Biden administration said.", "range_km", "US officials"),
        ("The Clinton administration said the missile flew 40 km.", "range_km", "US government"),
        ("It flew 40 km, officials in the Yoon administration said.", "range_km", "South Korea officials"),
        ("The missile flew 40 km, the Ona administration said.", "range_km", "outlet"),
        ('A U.S. official said that the launch failed. "It flew 40 km," he said.', "range_km", "US officials"),
        ("Iran's army said it was a test. Iran fired a missile. The spokesperson said it flew 40 km.",
         "range_km", "Iran military"),
        ("Leader Kim Jong Un watched. Ann Lee of Japan's government left. Kim said the missile flew 40 km.",
         "range_km", "North Korea"),
        ("Iran fired a missile, which flew 40 km, in drills officials say are routine, Press TV said.",
         "range_km", "Press TV"),
        ("The missile flew 40 km, said a statement issued by U.S. Strategic Command.", "range_km", "US STRATCOM"),
        ("No casualties were reported, Magen David Adom said.", "damage", "Magen David Adom"),
        ("Japan's Defense Agency subsequently said the missile flew 40 km.", "range_km", "Japan MOD"),
    ],
)  # fmt: skip
def test_speakers_are_told_in_more_ways(text, attribute, source):
    """Numbers, asides, statements, administrations and 'the spokesperson' do not hide who speaks."""
    assert [claim.source for claim in claims(LEAD + text, attribute)] == [source]


@pytest.mark.parametrize(
    ("text", "attribute", "found"),
    [
        ("Its falling point was located in the North Atlantic.", "impact_area", ["North Atlantic"]),
        ("Twelve ballistic missiles struck Marib on Friday.", "impact_area", ["Marib"]),
        ("It was fired from a Delta IV class submarine.", "launch_area", []),
        ("It was launched from an Ohio-class boat.", "launch_area", []),
        ("The missile was fired from a Type 094 class vessel.", "launch_area", []),
        ("One was fired from Ona Base. One was fired from Base Ona.", "launch_area", ["Ona Base", "Base Ona"]),
        ("It flew in answer to the North's threats.", "direction", []),
        ("It was fired at 10h28.", "launch_time", ["10:28"]),
        ("A launch was scheduled between 7:40 p.m. and 9:10 p.m.", "launch_time", []),
        ("It has an operational range of 900 km and a speed of Mach 9.", "speed_mach", []),
        ("The trial ended with the missile reaching a range of 500 km.", "range_km", [500]),
        ("All the missiles hit their targets.", "outcome", ["success"]),
        ("The missile, Babur, successfully engaged its target with precision.", "missile_name", ["Babur"]),
        ("The Agni-P then engaged the designated targets off the coast.", "missile_name", ["Agni-P"]),
        ("A Nasr close-range ballistic missile was fired.", "missile_name", ["Nasr"]),
        ("Colonel Nasr said the missile flew 40 km.", "missile_name", []),
        ("Exercises featuring two ballistic missiles were held in Ona Province.", "launch_area", ["Ona Province"]),
        ("War games with a ballistic missile took place in the Lorem region.", "launch_area", ["Lorem"]),
    ],
)  # fmt: skip
def test_what_press_offices_write(text, attribute, found):
    """Falling points, places struck, classes of vessels, French clock times and planned launches."""
    assert values(LEAD + text, attribute) == found


def test_yesterdays_launch_is_an_earlier_one():
    """Where today's launch is dated, 'yesterday' tells of another."""
    text = "Iran fired an Emad on Friday. Earlier, yesterday, Iran fired a Fateh-110 from Semnan."
    assert {(claim.value, claim.about) for claim in claims(text, "missile_name")} == {
        ("Emad", "main"),
        ("Fateh-110", "previous"),
    }


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("The missile flew 40 km, the Joint Chiefs of Staff and The Japanese Ministry of Defense said.",
         ["South Korea JCS", "Japan MOD"]),
        ("The missile flew 40 km, Kurdish officials said, adding it was one.", ["officials"]),
        ('It "flew 40 km," the army\'s media wing -- Inter Services Public Relations (ISPR) -- said.',
         ["Pakistan Army"]),
    ],
)  # fmt: skip
def test_speakers_between_dashes_and_of_peoples(text, sources):
    """'And The' joins as 'and the' does; a people without a state and dashes leave the verb at its end."""
    assert [claim.source for claim in claims(LEAD + text, "range_km")] == sources


@pytest.mark.parametrize(
    ("text", "attribute", "found"),
    [
        ("Iran tested an 800 km-range ballistic missile.", "count", []),
        ("Iran fired four Emad or Ghadr ballistic missiles.", "count", [4]),
        ("It was a medium-range ballistic target missile that was launched.", "missile_class", ["MRBM"]),
        ("There was a test-firing of a new missile at the Onda test site.", "launch_area", ["Onda test site"]),
        ("It passed a considerable distance from Russian territory.", "launch_area", []),
        ("The rocket successfully lifted off from the Sohae Space Center.", "outcome", ["success"]),
        ("The missile, which is capable of reaching Guam, travelled 1,002km.", "range_km", [1002]),
        ("It came down landing on the preset area in open waters of the East Sea.", "impact_area",
         ["preset area in open waters of the East Sea"]),
        ("The missiles were fired into the capital of the northern region.", "impact_area",
         ["capital of the northern region"]),
        ("It didn't pose a threat to Guam.", "threat", ["no immediate threat to Guam"]),
    ],
)  # fmt: skip
def test_phrases_of_other_years(text, attribute, found):
    """Ranges before a noun, names joined by 'or', open waters and what could be reached."""
    assert values(LEAD + text, attribute) == found


def test_a_report_may_open_with_last_weeks_launch():
    """'Last week' dates the launch that is the news, and an earlier one behind 'after'."""
    text = "Syria fired three Scud missiles last week, Israeli military officials said."
    assert [claim.about for claim in claims(text, "count")] == ["main"]
    text = "Syria said on Friday it was calm, days after firing three Scud missiles last week."
    assert [claim.about for claim in claims(text, "count")] == ["previous"]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Iran's army said it was a test. The missile flew 40 km, said the army.", "Iran military"),
        ("State media appeared to confirm the launch, adding it flew 40 km.", "KCNA"),
    ],
)
def test_an_office_named_before_speaks_after_its_verb(text, source):
    """'Said the army' means the army that spoke before; 'appeared to confirm' is speech."""
    assert [claim.source for claim in claims(LEAD + text, "range_km")] == [source]


@pytest.mark.parametrize(
    ("text", "attribute", "found"),
    [
        ("It came down splashing down far out in the Pacific Ocean.", "impact_area", ["Pacific Ocean"]),
        ("It is capable of carrying both conventional and nuclear warheads up to a distance of 900 km.",
         "range_km", []),
        ("It fired a Daepodong-1 rocket.", "missile_name", ["Daepodong-1"]),
    ],
)  # fmt: skip
def test_far_capabilities_and_spellings(text, attribute, found):
    """What a missile may carry a hundred characters before a distance makes it no flight."""
    assert values(LEAD + text, attribute) == found


def test_the_day_after_the_launch_is_no_earlier_launch():
    """A date after the main one dates a statement; 'the following day' goes on with an earlier launch."""
    text = (
        "North Korea fired a cruise missile on Thursday. Spokesmen confirmed the launch of cruise missiles Friday."
    )
    assert {claim.about for claim in claims(text, "missile_class")} == {"main"}
    text = "Iran fired an Emad on Friday. It put up a satellite on May 3. It fired a Fateh-110 the following day."
    assert {(claim.value, claim.about) for claim in claims(text, "missile_name")} == {
        ("Emad", "main"),
        ("Fateh-110", "previous"),
    }


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("North Korea fired a cruise missile on Friday. An official said it flew 40 km.", "outlet"),
        ("North Korea test-fired a cruise missile. Officials said it flew 40 km.", "outlet"),
        ("North Korea fired a cruise missile. The source said it flew 40 km.", "outlet"),
        ("North Korea fired a cruise missile. A military source said it flew 40 km.", "outlet"),
        ("North Korea fired a missile. KCNA showed it. Officials said it flew 40 km.", "outlet"),
        ("Iran fired a missile at Ona. Officials said it flew 40 km.", "outlet"),
        ("Iran fired a missile. Japan's defence ministry met. An official said it flew 40 km.", "Japan officials"),
        ("India carried out a trial of a missile. Officials said it flew 40 km.", "India officials"),
        ("North Korea fired a missile. Cornish officials said it flew 40 km.", "officials"),
        ("The US tested a missile. The MDA said it flew 40 km.", "US military"),
        ("Iran fired a missile. The mda said it flew 40 km.", "outlet"),
        ("Iran fired a missile, Israel's military said. It flew 40 km, according to MDA.", "Magen David Adom"),
    ],
)
def test_unnamed_officials_are_those_of_an_office_named_before(text, source):
    """Never those of who fires at others, nor of a state that speaks through its media."""
    assert [claim.source for claim in claims(text, "range_km")] == [source]


@pytest.mark.parametrize("opening", ["", "MISSILES OVER ONA\n\n", "By Ann Lee\nOna Times\n"])
def test_last_week_is_news_in_the_first_sentence_that_is_no_heading(opening):
    """A title or byline before it changes nothing; further on the words tell of an earlier launch."""
    text = opening + "Syria fired three Scud missiles last week. Iran fired two Scud missiles last week."
    found = [(claim.value, claim.about) for claim in claims(text, "count")]
    assert found[:1] == [(3, "main")]
    assert {about for value, about in found if value == 2} == {"previous"}


def test_29_february_is_that_of_the_last_leap_year():
    """No such day lies within the year before publication, nor within the four around 1900."""
    texts = {"2026-02-20": "2024-02-29", "2024-03-01": "2024-02-29", "1903-05-01": "1896-02-29"}
    for published, value in texts.items():
        found = read_text("North Korea fired a cruise missile on Feb. 29.", published, "en").claims
        assert [claim.value for claim in found if claim.attribute == "event_date"] == [value]
