"""The A/B test's arithmetic: false winners are as rare as promised, real ones are found."""

import random
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from terrace.ab_test import Sample, always_valid_p, standing, variant_of
from terrace.endpoint_settings import ABTest
from terrace.monitors.model_quality.regression import Errors
from terrace.monitors.model_quality.state import ModelQualityState
from terrace.monitors.moments import Moments

ASKED = ABTest(percent=50)


def quality(right: int, wrong: int, *, waiting: int = 0) -> ModelQualityState:
    cells = {("a", "a"): right, ("b", "a"): wrong}
    return ModelQualityState(records=right + wrong + waiting, waiting=waiting, cells=cells)


def looks(
    draw: random.Random, chances: tuple[float, float], rows: int, each: int
) -> Iterator[tuple[Sample, Sample]]:
    """What is known of two versions, again and again while rows come in."""
    right = [0, 0]
    for count in range(each, rows + 1, each):
        for place, chance in enumerate(chances):
            right[place] += sum(draw.random() < chance for _ in range(each))
        one, other = (Sample.of(quality(k, count - k)) for k in right)
        yield one, other


def winners(chances: tuple[float, float], times: int) -> list[str]:
    """The verdicts of so many tests, each looked at forty times and ended when it is decided."""
    draw, found = random.Random(7), []
    for _ in range(times):
        verdicts = (
            standing(one, other, ASKED).verdict for one, other in looks(draw, chances, 2000, 50)
        )
        found.append(next((verdict for verdict in verdicts if verdict != "not yet"), "not yet"))
    return found


@pytest.mark.parametrize("chance", [0.7, 0.95])
def test_of_two_equal_versions_one_wins_as_rarely_as_promised(chance: float) -> None:
    found = winners((chance, chance), 200)
    # At most 5 % of them; 18 of 200 is three standard deviations above that.
    assert sum(verdict != "not yet" for verdict in found) <= 18


def test_a_better_version_wins_and_a_worse_one_loses() -> None:
    assert winners((0.85, 0.93), 40).count("challenger") >= 36
    assert winners((0.93, 0.85), 40).count("champion") >= 36


def test_few_labels_decide_nothing() -> None:
    found = standing(Sample.of(quality(0, 99)), Sample.of(quality(99, 0)), ASKED)
    assert (found.verdict, found.p_value < 0.001) == ("not yet", True)
    found = standing(Sample.of(quality(0, 100)), Sample.of(quality(100, 0)), ASKED)
    assert found.verdict == "challenger"
    assert "100 labelled rows of the new version" in str(found)
    assert "+1.0000" in str(found)


def test_what_has_no_label_yet_does_not_count() -> None:
    assert Sample.of(quality(0, 0, waiting=500)).rows == 0
    assert always_valid_p(Sample.of(quality(0, 0)), Sample.of(quality(9, 0)), 0.02) == 1.0
    assert Sample.of(quality(8, 2, waiting=90)).mean == pytest.approx(0.8)


def test_a_version_that_was_never_wrong_is_not_beyond_doubt() -> None:
    perfect = Sample.of(quality(100, 0))
    assert perfect.variance > 0
    assert always_valid_p(perfect, perfect, 0.02) == 1.0


def test_of_a_regression_smaller_errors_are_better() -> None:
    def errors(each: float) -> ModelQualityState:
        kept = Errors(
            labels=Moments(count=400), absolute=400 * each, squared=400 * each * each * 1.2
        )
        return ModelQualityState(records=400, errors=kept)

    found = standing(Sample.of(errors(2.0)), Sample.of(errors(1.0)), ASKED)
    assert (found.verdict, found.challenger.mean) == ("challenger", -1.0)


def test_two_regressions_without_an_error_have_no_winner() -> None:
    perfect = Sample.of(ModelQualityState(records=300, errors=Errors(labels=Moments(count=300))))
    assert standing(perfect, perfect, ASKED).verdict == "not yet"


def test_a_key_stays_with_its_version_and_each_has_its_share() -> None:
    keys = [f"mill-{number}" for number in range(4000)]
    first = [variant_of(key, test="v3", share=0.1) for key in keys]
    assert first == [variant_of(key, test="v3", share=0.1) for key in keys]
    assert 0.08 < first.count("Challenger") / len(keys) < 0.12
    # A larger share takes keys over and gives none back; another test divides them anew.
    more = [variant_of(key, test="v3", share=0.3) for key in keys]
    assert all(b == "Challenger" for a, b in zip(first, more, strict=True) if a == "Challenger")
    assert [variant_of(key, test="v4", share=0.1) for key in keys] != first
    assert {variant_of(key, test="v3", share=0.0) for key in keys} == {"AllTraffic"}


def test_a_test_with_too_many_looks_is_refused() -> None:
    with pytest.raises(ValidationError, match="2016 looks; expected at most 2000"):
        ABTest(look_minutes=10, longest_hours=336)
    assert ABTest().looks == 1344
