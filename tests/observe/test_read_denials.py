"""What Japanese and Korean sentences deny, leave open, and only seem to deny."""

import pytest

from tests.observe.reading import read_text

LEADS = {"ja": "北朝鮮が弾道ミサイルを発射した。", "ko": "북한이 탄도미사일을 발사했다. "}


def told(text, language, attribute):
    """Return value and polarity of the claims of an attribute."""
    claims = read_text(text, "2025-11-08", language).claims
    return [(claim.value, claim.polarity) for claim in claims if claim.attribute == attribute]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ja", "防衛省は、ミサイルが430キロは飛行していないと述べた。"),
        ("ja", "防衛省によると、430キロも飛ばなかった。"),
        ("ja", "韓国軍は、430キロ飛行した事実はないとしている。"),
        ("ja", "防衛省は、ミサイルが430キロ飛翔したとの報道を否定した。"),
        ("ja", "430キロ飛行したというのは事実ではないと防衛省は説明した。"),
        ("ja", "防衛省は北朝鮮が前日に発射した弾道ミサイルが430キロ飛行したとする見方を強く否定した。"),
        ("ko", "합참은 미사일이 430㎞를 비행하지 않았다고 밝혔다."),
        ("ko", "미사일은 430㎞를 날아가지 못했다고 합참은 설명했다."),
        ("ko", "합참은 미사일이 430㎞를 비행한 것은 아니라고 말했다."),
        ("ko", "합참은 미사일이 430㎞를 비행했다는 일부 보도를 부인했다."),
        ("ko", "430㎞를 비행했다는 주장은 사실이 아니라고 합참이 밝혔다."),
        ("ko", "비행거리가 430㎞라는 보도는 사실이 아니다라고 합참은 밝혔다."),
    ],
)
def test_a_denied_distance_is_denied(language, sentence):
    """A negated verb denies what it governs, a verb of denial what it quotes; the launch itself stands."""
    text = LEADS[language] + sentence
    assert told(text, language, "range_km") == [(430, "denied")]
    assert set(told(text, language, "missile_class")) == {("ballistic", "asserted")}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ja", "430キロ飛行した可能性は否定できないと防衛省は述べた。"),
        ("ja", "防衛省は、430キロ飛行したとの報道を否定しなかった。"),
        ("ja", "防衛省は発射の失敗を否定し、ミサイルが430キロ飛行したと発表した。"),
        ("ja", "防衛省は、ミサイルが430キロ飛行しただけでなく、軌道も変えたと述べた。"),
        ("ko", "합참은 미사일이 430㎞를 비행했다는 보도를 부인하지 않았다."),
        ("ko", "합참은 미사일이 430㎞를 비행했을 뿐 아니라 궤도도 바꿨다고 밝혔다."),
        ("ko", "합참은 실패라는 보도를 부인하며 미사일이 430㎞를 비행했다고 밝혔다."),
        ("ko", "미사일이 430㎞를 비행했다고 합참이 밝혔지만 제원은 공개하지 않았다."),
    ],
)
def test_what_only_looks_like_a_denial(language, sentence):
    """Denials that are not made, of something else, or before what is said, deny nothing."""
    assert told(LEADS[language] + sentence, language, "range_km") == [(430, "asserted")]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ja", "430キロ飛んだかどうかは確認されていない。"),
        ("ja", "飛行距離430キロは確認されていない。"),
        ("ko", "비행거리 430㎞는 아직 확인되지 않았다."),
        ("ko", "430㎞를 비행했는지는 확인되지 않았다."),
    ],
)
def test_what_is_not_confirmed_is_no_claim(language, sentence):
    """Neither said nor denied."""
    assert told(LEADS[language] + sentence, language, "range_km") == []


@pytest.mark.parametrize(
    ("language", "sentence"), [("ja", "被害は確認されていない。"), ("ko", "피해는 확인되지 않았다.")]
)
def test_no_damage_is_none_confirmed(language, sentence):
    """The phrase has its own negation."""
    assert told(LEADS[language] + sentence, language, "damage") == [("none confirmed", "asserted")]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ja", "北朝鮮が発射したのはICBMではなく短距離弾道ミサイルだと防衛省が発表した。"),
        ("ko", "북한이 발사한 것은 ICBM이 아니라 단거리 탄도미사일이라고 합참이 밝혔다."),
    ],
)
def test_not_this_class_but_that(language, sentence):
    """A negated copula denies what stands before it."""
    assert told(sentence, language, "missile_class") == [("ICBM", "denied"), ("SRBM", "asserted")]


@pytest.mark.parametrize(
    ("language", "sentence", "wanted"),
    [
        ("ja", "防衛省は日本のEEZ内に落下したとの情報を否定した。", ("inside", "denied")),
        ("ko", "일본 정부는 EEZ 안에 떨어졌다는 보도를 부인했다.", ("inside", "denied")),
        ("ja", "防衛省は、EEZ内に落下していないと述べた。", ("outside", "asserted")),
        ("ko", "일본 정부는 EEZ 안에 낙하하지 않았다고 밝혔다.", ("outside", "asserted")),
    ],
)
def test_zones_that_are_denied(language, sentence, wanted):
    """A zone's own negation is its other side; a verb of denial denies it."""
    assert told(LEADS[language] + sentence, language, "eez") == [wanted]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ja", "北朝鮮は弾道ミサイルを7日ではなく6日に発射したと防衛省が発表した。"),
        ("ko", "북한은 탄도미사일을 7일이 아니라 6일 발사했다고 합참이 밝혔다."),
    ],
)
def test_a_denied_day_is_not_the_main_one(language, sentence):
    """The day that stands dates the launch."""
    claims = [one for one in read_text(sentence, "2025-11-08", language).claims if one.attribute == "event_date"]
    asserted = [(one.value, one.about) for one in claims if one.polarity == "asserted"]
    assert asserted == [("2025-11-06", "main")]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ja", "最高高度は60キロではなく、80キロだったと防衛省は訂正した。"),
        ("ko", "최고 고도는 60㎞가 아니라 80㎞라고 합참이 정정했다."),
    ],
)
def test_a_corrected_figure_is_no_salvo(language, sentence):
    """The figure that stands takes the role of the one that is denied, and neither is numbered."""
    claims = read_text(LEADS[language] + sentence, "2025-11-08", language).claims
    figures = [(one.value, one.polarity, one.item) for one in claims if one.attribute == "apogee_km"]
    assert figures == [(60, "denied", None), (80, "asserted", None)]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ja", "韓国軍は北朝鮮が7日に弾道ミサイルを発射したとの報道を否定した。"),
        ("ja", "イランは7日に弾道ミサイルを発射していないと主張した。"),
        ("ko", "합참은 북한이 7일 탄도미사일을 발사했다는 보도를 부인했다."),
        ("ko", "이란은 7일 탄도미사일을 발사하지 않았다고 주장했다."),
    ],
)
def test_a_denied_launch(language, sentence):
    """A launch that is denied as a whole is denied in all that is said of it."""
    claims = read_text(sentence, "2025-11-08", language).claims
    assert {claim.attribute for claim in claims} >= {"missile_class", "event_date"}
    assert {claim.polarity for claim in claims} == {"denied"}
    assert "outlet" not in {claim.source for claim in claims}


@pytest.mark.parametrize(
    ("language", "stated"),
    [
        ("ja", "少なくとも約450キロ飛翔した"), ("ja", "最低450キロ飛翔した"),
        ("ko", "최소 약 450km를 비행했다"), ("ko", "적어도 450km를 비행했다"),
        ("ko", "적어도 약 450㎞를 비행했다"),
    ],
)  # fmt: skip
def test_at_least_about_is_at_least(language, stated):
    """The bound holds, rounded or not, as in English."""
    claims = read_text(
        f"{LEADS[language]}ミサイルは{stated}。" if language == "ja" else f"{LEADS[language]}미사일은 {stated}.",
        None,
        language,
    ).claims
    assert [(one.value, one.qualifier) for one in claims if one.attribute == "range_km"] == [(450, "at_least")]
