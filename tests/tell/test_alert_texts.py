"""Every template in three languages over the edges of numbers, times, names and lists (T18)."""

import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from string import Formatter

import gsm0338
import msgspec
import pycountry
import pytest
from hypothesis import given, settings

from launchwatch.basis.errors import InputError
from launchwatch.basis.instants import format_instant, parse_instant
from launchwatch.basis.likelihood import say_likelihood
from launchwatch.facts import Place
from launchwatch.geo.describe import SEAS as SEA_NAMES
from launchwatch.geo.phrases import districts
from launchwatch.tell.approved import is_approved
from launchwatch.tell.bulletins import bulletins_of
from launchwatch.tell.cell import LONG, SHORT, gsm_septets, length_of, pages_of
from launchwatch.tell.civiltime import civil_time, say_clock_of, say_moment_of
from launchwatch.tell.districts import district_codes
from launchwatch.tell.phrases import LANGUAGES, SLOTS, Slots, fill, particle_after, texts
from launchwatch.tell.said import LIKELIHOOD_WORDS, DamageAnswers, Issuer, say_likelihood_in, sea_in
from launchwatch.tell.standing import unreal_words
from tests.tell.alerting import (
    AOMORI,
    AUDIENCES,
    ISSUER,
    IWATE,
    PROVENANCE,
    STAGE_NAMES,
    district,
    life,
    lives,
    utc,
)
from tests.tell.alerting import ring_about as ring

MARKS = {"en": ("EXERCISE", "TEST"), "ja": ("訓練", "試験配信"), "ko": ("훈련", "시험 방송")}
HOLES = re.compile(r"[{}�]|\bNone\b|\bnan\b|  |: *[.,。]|：。|\(\)|（）|、、|, ,")


def said(case, **options):
    now, before = case
    return bulletins_of(now, ISSUER, PROVENANCE, before=before, **options)


def text(case, form, language, **options):
    return next(one.content for one in said(case, **options) if (one.form, one.language) == (form, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_stage_has_its_sentences_for_every_audience_in_every_language(language):
    known = texts(language)
    assert set(known.public) == set(STAGE_NAMES) == set(known.ships) == set(known.press) - {"closing"}
    assert set(known.marks) == {"exercise", "test", "draft"}


def _templates(language):
    known = texts(language)
    for stage in known.public.values():
        yield from (stage.headline, stage.cell_short, stage.cell_long, *stage.description, *stage.instruction)
    for plain in (*known.ships.values(), *known.press.values()):
        yield from (plain.title, *plain.lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_templates_use_slots_that_exist_and_an_optional_line_asks_for_a_slot(language):
    for line in _templates(language):
        template = line if isinstance(line, str) else line.text
        assert {name for _, name, _, _ in Formatter().parse(template) if name is not None} <= SLOTS
        if not isinstance(line, str):
            assert (line.when is None) != (line.unless is None)
            assert (line.when or line.unless) in SLOTS


def test_the_languages_say_the_same_facts_in_the_same_order():
    def facts(language):
        return [
            sorted(
                name for _, name, _, _ in Formatter().parse(line if isinstance(line, str) else line.text) if name
            )
            for line in _templates(language)
        ]

    assert [set(one) for one in facts("en")] == [set(one) for one in facts("ja")]
    assert [set(one) for one in facts("en")] == [set(one) for one in facts("ko")]


@settings(max_examples=150, deadline=None)
@given(lives())
def test_no_text_has_an_empty_place_or_a_wrong_mark(case):
    now, _ = case
    for one in said(case):
        assert one.content.strip()
        assert not HOLES.search(one.content), one.content
        if now.status == "actual":
            assert unreal_words(one.content) == ()
        elif one.form not in {"cap", "notam"}:
            mark = MARKS[one.language][now.status == "test"]
            assert one.content.startswith(mark)
            assert one.content.rstrip().endswith(mark)
        if one.form in {"cell-short", "cell-long"}:
            assert length_of(one.content) <= (SHORT if one.form == "cell-short" else LONG[one.language])
            assert pages_of(one.content) <= 15


@settings(max_examples=60, deadline=None)
@given(lives())
def test_the_same_step_gives_the_same_bytes(case):
    assert said(case) == said(case)
    assert len({one.id for one in said(case)}) == len(said(case))


@pytest.mark.parametrize("stage", STAGE_NAMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_public_text_names_action_and_place(stage, language):
    case = life(stage, status="actual", places=(AOMORI,), rings=(ring(AOMORI),))
    place = AOMORI.names[language]
    for form in ("cell-short", "cell-long", "speech"):
        assert place in text(case, form, language)
    verbs = {
        "en": "Go in|Go inside|Leave|leave|No action|no action|Stay|Avoid|Do not",
        "ja": "避難|とどまり|近づか",
        "ko": "대피|머물|접근|손대",
    }
    assert re.search(verbs[language], text(case, "cell-short", language))


@pytest.mark.parametrize(
    ("probability", "word", "japanese", "korean"),
    [
        (0.0, "almost no chance", "ほとんどない", "거의 없음"),
        (0.0449, "almost no chance", "ほとんどない", "거의 없음"),
        (0.049, "very unlikely", "非常に低い", "매우 낮음"),
        (0.05, "very unlikely", "非常に低い", "매우 낮음"),
        (0.2, "unlikely", "低い", "낮음"),
        (0.4449, "unlikely", "低い", "낮음"),
        (0.45, "roughly even chance", "五分五分", "반반"),
        (0.55, "likely", "高い", "높음"),
        (0.8, "very likely", "非常に高い", "매우 높음"),
        (0.95, "almost certain", "ほぼ確実", "거의 확실함"),
        (1.0, "almost certain", "ほぼ確実", "거의 확실함"),
    ],
)
def test_the_hedge_is_the_word_of_the_printed_number_in_every_language(probability, word, japanese, korean):
    case = life("launch", status="actual", probability=probability)
    number = say_likelihood(probability).partition("(")[2].rstrip(")")
    assert f": {word} ({number})." in text(case, "speech", "en")
    assert f"：{japanese}（{number}）" in text(case, "speech", "ja")
    assert f": {korean}({number})" in text(case, "speech", "ko")
    assert set(LIKELIHOOD_WORDS) >= {word}
    assert say_likelihood_in(probability, "en") == say_likelihood(probability)


def test_a_place_without_words_is_told_in_the_words_of_the_gazetteer():
    case = life("launch", status="actual", launch_place=None, launch_lat_deg=39.93, launch_lon_deg=125.21)
    assert re.search("Estimated launch place: in North Pyongan, North Korea, .*\\.", text(case, "speech", "en"))
    assert re.search("推定発射地点：北朝鮮・平安北道、.*。", text(case, "speech", "ja"))
    assert re.search("추정 발사 지점: 북한 평안북도, .*\\.", text(case, "speech", "ko"))
    nowhere = life("launch", status="actual", launch_place=None, launch_lat_deg=None)
    assert "launch place" not in text(nowhere, "speech", "en")


def test_a_number_is_told_with_what_it_is_of():
    passed = life("passed", status="actual", probability=0.004)
    assert "still falls in this area: almost no chance (<1 %)" in text(passed, "speech", "en")
    assert "<certainty>Observed<" in text(passed, "cap", "mul")
    for stage, audience, form in (
        ("passed", "ships", "coastguard"),
        ("fell_inside", "ships", "coastguard"),
        ("information", "press", "statement"),
        ("fell_inside", "press", "statement"),
    ):
        assert "likelihood" not in text(life(stage, audience, status="actual"), form, "en")


def test_a_fall_that_is_not_remote_is_not_told_to_be_impossible():
    lifted = life("no_longer_possible", status="actual", probability=0.3)
    assert "no longer assessed" not in text(lifted, "speech", "en")
    decided = "by decision of Office for Alerts; the automatic assessment differs: unlikely (30 %)"
    assert decided in text(lifted, "speech", "en")
    assert "automatic assessment" not in text(life("no_longer_possible", probability=0.01), "speech", "en")


@pytest.mark.parametrize(
    ("instant", "english", "japanese", "korean"),
    [
        (
            "2025-11-07T15:00:00Z",
            "00:00 JST on 8 November 2025 (15:00 UTC on 7 November 2025)",
            "日本時間11月8日0時0分（協定世界時11月7日15時0分）",
            "일본 시각 11월 8일 0시 0분(협정 세계시 11월 7일 15시 0분)",
        ),
        (
            "2025-11-07T14:59:29Z",
            "23:59 JST on 7 November 2025 (14:59 UTC)",
            "日本時間11月7日23時59分（協定世界時14時59分）",
            "일본 시각 11월 7일 23시 59분(협정 세계시 14시 59분)",
        ),
        (
            "2025-11-07T14:59:31Z",
            "00:00 JST on 8 November 2025 (15:00 UTC on 7 November 2025)",
            "日本時間11月8日0時0分（協定世界時11月7日15時0分）",
            "일본 시각 11월 8일 0시 0분(협정 세계시 11월 7일 15시 0분)",
        ),
        (
            "2025-12-31T23:59:40Z",
            "09:00 JST on 1 January 2026 (00:00 UTC)",
            "日本時間1月1日9時0分（協定世界時0時0分）",
            "일본 시각 1월 1일 9시 0분(협정 세계시 0시 0분)",
        ),
        (
            "2025-07-01T03:05:00Z",
            "12:05 JST on 1 July 2025 (03:05 UTC)",
            "日本時間7月1日12時5分（協定世界時3時5分）",
            "일본 시각 7월 1일 12시 5분(협정 세계시 3시 5분)",
        ),
    ],
)
def test_civil_time_has_universal_time_beside_and_its_day_where_it_is_another(instant, english, japanese, korean):
    time = civil_time((AOMORI,), ())
    assert say_moment_of(instant, time, "en") == english
    assert say_moment_of(instant, time, "ja") == japanese
    assert say_moment_of(instant, time, "ko") == korean


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize(("stage", "minute"), [("fell_at_sea", 45), ("passed", 45), ("fall_predicted", 46)])
def test_the_minute_of_what_is_past_is_rounded_down(stage, minute, audience):
    """What fell at 03:45:35 is not told as of 03:45 to have fallen at 03:46; what is yet to fall is rounded."""
    when = "2025-11-07T03:45:35.000000Z"
    case = life(stage, audience, fall_utc=when, passed_utc=when, as_of_utc="2025-11-07T03:45:25.000000Z")
    plain = [one.content for one in said(case) if one.form in {"cell-long", "navarea", "notam", "statement"}]
    told = re.findall(r"\b(?:12:|0703|12時|12시 )(4[56])", "\n".join(re.sub("As of .*", "", one) for one in plain))
    assert str(minute) in told
    assert "46" not in told or minute == 46


def test_the_time_is_that_of_the_state_addressed():
    seoul, heilongjiang = district("district:KOR:Seoul"), district("district:CHN:Heilongjiang")
    noon = "2025-11-07T03:00:00Z"
    assert say_clock_of(noon, civil_time((seoul,), ("JPN",)), "en") == "12:00 KST"
    assert say_clock_of(noon, civil_time((heilongjiang,), ("JPN",)), "en") == "11:00 CST"
    assert say_clock_of(noon, civil_time((AOMORI, seoul), ("KOR",)), "en") == "12:00 KST"
    assert say_clock_of(noon, civil_time((), ("KOR",)), "ko") == "12시 0분"
    elsewhere = Place(role="district", id="x", names={"en": "x"}, probability=1.0, state="USA")
    assert say_clock_of(noon, civil_time((elsewhere,), ()), "ko") == "협정 세계시 3시 0분"
    assert say_moment_of(noon, civil_time((), ()), "ja") == "協定世界時11月7日3時0分"


@pytest.mark.parametrize("count", [1, 2, 3, 10, 47])
@pytest.mark.parametrize("stage", STAGE_NAMES)
@pytest.mark.parametrize("status", ["actual", "exercise", "test"])
def test_one_to_47_districts_fit_every_form(count, stage, status):
    keys = [key for key in districts() if key.startswith("district:JPN")][:count]
    places = tuple(map(district, keys))
    case = life(stage, status=status, places=places, rings=tuple(map(ring, places)))
    for one in said(case):
        if one.form == "cap":
            assert all(place.names[language] in one.content for place in places for language in LANGUAGES)
        if one.form.startswith("cell"):
            assert length_of(one.content) <= (SHORT if one.form == "cell-short" else LONG[one.language])
            assert any(name in one.content for name in (places[0].names[one.language], "Japan", "日本", "일본"))


def test_names_with_apostrophes_accents_and_stops_do_no_harm():
    names = {"en": "St. Ha'apai & Réunion", "ja": "ハアパイ。島", "ko": "하아파이"}
    place = Place(role="district", id="TO-02", names=names, probability=1.0, state="TON")
    case = life("launch", status="actual", places=(place,))
    assert "St.\u00a0Ha'apai & Réunion" in text(case, "speech", "en")
    assert "ハアパイ、島" in text(case, "speech", "ja")
    assert "&amp; Réunion" in text(case, "cap", "mul")


def test_a_slot_that_is_missing_is_an_error():
    for stage, lost in (("fall_predicted", "fall_utc"), ("passed", "passed_utc"), ("fell_inside", "fall_utc")):
        for audience in AUDIENCES:
            with pytest.raises(InputError, match="lacks its"):
                said(life(stage, audience, **{lost: None}))
    slots = Slots(issuer=" ", reference="r", likelihood="l", as_of_moment="m", as_of_clock="c")
    for field in fields(Slots):
        if getattr(slots, field.name) in {None, " "}:
            with pytest.raises(InputError, match=f"lacks its {field.name}"):
                fill("{" + field.name + "}", slots)


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("아오모리현", "은이을과으로"),
        ("홋카이도", "는가를와로"),
        ("서울", "은이을과로"),
        ("부산", "은이을과으로"),
        ("동해(일본해)", "는가를와로"),
        ("서해(황해)", "는가를와로"),
        ("대한해협(쓰시마해협)", "은이을과으로"),
        ("제1", "은이을과로"),
        ("제2", "는가를와로"),
        ("제3", "은이을과으로"),
        ("47", "은이을과로"),
        ("10", "은이을과으로"),
        ("경보실", "은이을과로"),
        ("제주특별자치도 외 3곳", "은이을과으로"),
    ],
)
def test_korean_particles_follow_the_last_sound(word, forms):
    assert "".join(particle_after(word, one) for one in ("은", "이", "을", "과", "으로")) == forms
    assert particle_after("launchwatch", "은") == "은(는)"


def test_a_particle_is_chosen_after_each_list_of_districts():
    case = life("passed", status="actual", places=(AOMORI, IWATE))
    assert "아오모리현, 이와테현을 지나간" in text(case, "speech", "ko")
    north = district("district:JPN:Hokkaido")
    case = life("passed", status="actual", places=(north,), rings=(ring(north),))
    assert "홋카이도를 지나간" in text(case, "speech", "ko")


def test_a_sea_with_two_names_bears_both_in_every_language():
    case = life("fell_at_sea", "press", status="actual", sea_name="Sea of Japan (East Sea)")
    assert "Sea of Japan (East Sea)" in text(case, "statement", "en")
    assert "日本海(東海)" in text(case, "statement", "ja")
    assert "동해(일본해)" in text(case, "statement", "ko")
    for name, (japanese, korean) in SEA_NAMES.items():
        assert (sea_in(name, "ja"), sea_in(name, "ko"), sea_in(name, "en")) == (japanese, korean, name)


def test_damage_is_told_of_only_with_who_was_asked_and_when():
    damage = DamageAnswers(
        "2025-11-07T04:00:00Z", ({"en": "Coast Guard", "ja": "海上保安庁", "ko": "해양경찰청"},)
    )
    case = life("fell_at_sea", "press", status="actual")
    assert "damage" not in text(case, "statement", "en")
    assert (
        "No reports of damage received as of 13:00 JST on 7 November 2025 (04:00 UTC). Asked: Coast Guard."
        in text(case, "statement", "en", damage=damage)
    )
    assert "13時0分（協定世界時4時0分）現在、被害の報告は受けていません。照会先：海上保安庁。" in text(
        case, "statement", "ja", damage=damage
    )
    assert "접수된 피해 신고는 없습니다. 확인한 곳: 해양경찰청." in text(case, "statement", "ko", damage=damage)


def test_a_lifting_goes_to_all_whom_the_alert_had_reached_and_an_alert_to_none_more():
    wide, narrow = (AOMORI, IWATE), (AOMORI,)
    _, (first,) = life("fell_at_sea", places=wide)
    lifted, _ = life("fell_at_sea", places=(), rings=())
    found = bulletins_of(lifted, ISSUER, PROVENANCE, before=(first,))
    assert all("青森県、岩手県" in one.content for one in found if one.language == "ja")
    again, _ = life("fall_predicted", places=narrow)
    found = bulletins_of(again, ISSUER, PROVENANCE, before=(first,))
    assert not any("岩手県" in one.content or "JP-03" in one.content for one in found)


def test_an_area_of_another_alert_or_standing_is_never_taken_up():
    lifted, (first,) = life("fell_at_sea")
    yesterday = format_instant(parse_instant(lifted.decided_utc) - 86_400.0)
    for changed in ({"alert": "alert-of-the-last-drill", "decided_utc": yesterday}, {"status": "actual"}):
        with pytest.raises(InputError, match="another alert or standing"):
            bulletins_of(lifted, ISSUER, PROVENANCE, before=(msgspec.structs.replace(first, **changed),))
    with pytest.raises(InputError, match="not given"):
        bulletins_of(lifted, ISSUER, PROVENANCE)


def test_an_alert_that_took_in_another_takes_up_what_that_told():
    """Two tracks of one object became one alert: who heard of either hears of the end."""
    lifted, (first,) = life("fell_at_sea")
    assert bulletins_of(lifted, ISSUER, PROVENANCE, before=(msgspec.structs.replace(first, alert="alert-other"),))


def test_an_issuer_of_exercises_cannot_speak_in_life():
    drill = Issuer("launchwatch exercise", "launchwatch@localhost")
    with pytest.raises(InputError, match="not real"):
        bulletins_of(life(status="actual")[0], drill, PROVENANCE)
    assert bulletins_of(life(status="exercise")[0], drill, PROVENANCE)


def test_a_language_may_be_left_out_and_none_is_invented():
    now, _ = life(status="actual")
    found = bulletins_of(now, ISSUER, PROVENANCE, languages=("ko",))
    assert {one.language for one in found} == {"ko"}
    for languages in ((), ("fr",), ("en", "en")):
        with pytest.raises(InputError, match="language"):
            bulletins_of(now, ISSUER, PROVENANCE, languages=languages)


def test_only_sentences_of_the_table_are_approved():
    good = text(life("launch", status="actual"), "cap", "mul")
    instruction = re.search("<instruction>(.*?)</instruction>", good)[1]
    assert is_approved(instruction, "instruction", "launch", "actual", "en")
    assert not is_approved(instruction + " Run.", "instruction", "launch", "actual", "en")
    assert not is_approved(instruction, "instruction", "passed", "actual", "en")
    assert not is_approved(instruction, "instruction", "launch", "exercise", "en")


def test_a_hostile_text_is_judged_in_time():
    # Slots that could hold the next sentence as well would take the square of this, at each slot.
    hostile = "A missile launch was detected. " + "Estimated launch place: x. " * 200
    assert not is_approved(hostile, "description", "launch", "actual", "en")


def test_the_alphabet_of_cell_broadcast_is_that_of_an_outside_codec():
    codec = gsm0338.Codec()
    for letter in map(chr, range(1, 0x2100)):
        try:
            septets = len(codec.encode(letter)[0])
        except UnicodeEncodeError:
            septets = None
        if letter != "\x1b":
            assert gsm_septets(letter) == septets, ascii(letter)


def test_pages_are_counted_as_ts_23_041_has_them():
    assert (pages_of("a" * 93), pages_of("a" * 94), pages_of("a" * 1395)) == (1, 2, 15)
    assert (pages_of("가" * 41), pages_of("가" * 42), pages_of("가" * 615)) == (1, 2, 15)
    for long in ("a" * 1396, "가" * 616):
        with pytest.raises(InputError, match="too long"):
            pages_of(long)


def test_districts_have_the_codes_of_iso_3166_2():
    places = {code: pycountry.subdivisions.get(code=code) for code in district_codes().values()}
    assert len(places) == len(district_codes())
    assert all(places.values())
    for key, code in district_codes().items():
        if key.startswith("district:JPN"):
            english = key.rpartition(":")[2]
            assert _plain(places[code].name) == _plain(english), key


def _plain(name):
    macrons = str.maketrans({"ô": "o", "ō": "o", "û": "u", "ū": "u", "Ô": "O", "Ō": "O", "â": "a"})
    return name.translate(macrons).lower().replace("hukusima", "fukushima")


@pytest.mark.parametrize("hour", range(24))
def test_every_hour_of_the_day_is_said_without_an_empty_place(hour):
    start = datetime(2025, 11, 7, hour, 0, 30, tzinfo=UTC)
    times = {"decided_utc": utc(start), "as_of_utc": utc(start), "expires_utc": utc(start + timedelta(minutes=30)),
             "fall_utc": utc(start), "passed_utc": utc(start), "launch_utc": utc(start)}  # fmt: skip
    for stage in STAGE_NAMES:
        now, before = life(stage, status="actual", **times)
        before = tuple(
            msgspec.structs.replace(one, decided_utc=utc(start - timedelta(minutes=3))) for one in before
        )
        for one in said((now, before)):
            assert not HOLES.search(one.content)
            assert "24:00" not in one.content
