"""The ranking of attributions: scikit-learn is the oracle, which shares places among ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from terrace.monitors.attribution_drift.ranking import ndcg

importances = st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.4, 7.0]), min_size=2, max_size=8)


@given(importances.filter(any), importances)
def test_ndcg_is_that_of_scikit_learn_with_ties_and_zeros(
    before: list[float], after: list[float]
) -> None:
    live = (after * 4)[: len(before)]
    names = [f"f{place}" for place in range(len(before))]
    expected = ndcg_score(np.array([before]), np.array([live]))
    found = ndcg(dict(zip(names, before, strict=True)), dict(zip(names, live, strict=True)))
    assert found == pytest.approx(expected)


def test_importances_as_large_as_numbers_can_be_are_ranked() -> None:
    assert ndcg({"a": 1e308, "b": 1e308}, {"a": 1.0, "b": 2.0}) == pytest.approx(1.0)
