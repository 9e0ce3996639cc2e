"""A new version beside the one that runs, on the same rows: McNemar's exact test."""

from math import comb, sqrt
from statistics import NormalDist

from pydantic import BaseModel, ConfigDict

from terrace.training_settings import Champion

_EXACT = 1000  # beyond so many the normal distribution differs by less than is ever read


class Duel(BaseModel):
    """What the champion (which runs) and the challenger (which was trained) said of each row.

    Attributes:
        version: The champion's.
        both: Rows that both predicted rightly.
        challenger: Rows that the challenger alone did.
        champion: Rows that the champion alone did.
        neither: Rows that neither did.
        seen: Whether the champion may have been trained on some of the rows.
    """

    model_config = ConfigDict(frozen=True)

    version: int
    both: int
    challenger: int
    champion: int
    neither: int
    seen: bool = False

    @property
    def p_worse(self) -> float:
        """The chance of the challenger winning so few rows, were the two equally good."""
        return _at_most(self.challenger, self.challenger + self.champion)

    @property
    def p_better(self) -> float:
        """The chance of it winning so many."""
        return _at_most(self.champion, self.challenger + self.champion)

    def passed(self, asked: Champion) -> bool:
        """Whether the challenger is what is demanded."""
        if asked.demand == "better":
            return self.p_better <= asked.significance
        return self.p_worse > asked.significance

    def told(self, asked: Champion) -> str:
        """What was found, in words."""
        better = asked.demand == "better"
        chance = self.p_better if better else self.p_worse
        rows = self.both + self.challenger + self.champion + self.neither
        words = (
            f"beside version {self.version}, on {rows} held-out rows: right where that is wrong "
            f"{self.challenger} times, wrong where that is right {self.champion} times; McNemar's "
            f"exact test for {'better' if better else 'worse'}: p = {chance:.3g} "
            f"(at {asked.significance:g})"
        )
        if not self.seen:
            return words
        return f"{words}; that was trained with another holdout and may have seen some of the rows"


def _at_most(won: int, of: int) -> float:
    """P(X <= won), X of a binomial distribution with as many fair coins."""
    if of <= _EXACT:
        return float(sum(comb(of, k) for k in range(won + 1)) / 2**of)
    return NormalDist(of / 2, sqrt(of) / 2).cdf(won + 0.5)
