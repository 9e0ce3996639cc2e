"""What a row predicts, as SQL: a column, or what comes of probabilities."""

from terrace.batch import literal
from terrace.monitors.model_quality.options import ModelQualityOptions
from terrace.monitors.values import canonical, canonical_sql, finite_sql


def prediction_sql(options: ModelQualityOptions, positive: str | None, negative: str) -> str:
    """The predicted class, NULL where there is none.

    Args:
        options: Of the monitor.
        positive: The class that is looked for, where there are two.
        negative: The other one.
    """
    if options.label_headers:
        return _most_likely(options.label_headers)
    if options.threshold is not None and options.score is not None:
        score = finite_sql(options.score)
        return (
            f"CASE WHEN {score} > {options.threshold!r} THEN {literal(positive or '')} "
            f"WHEN {score} IS NOT NULL THEN {literal(negative)} END"
        )
    return canonical_sql(options.prediction or "")


def _most_likely(headers: tuple[str, ...]) -> str:
    """The class with the greatest probability, the first one of several."""
    chances = [finite_sql(name) for name in headers]
    unknown = " OR ".join(f"{chance} IS NULL" for chance in chances)
    classes = " ".join(
        f"WHEN {chance} = greatest({', '.join(chances)}) THEN {literal(canonical(name))}"
        for name, chance in zip(headers, chances, strict=True)
    )
    return f"CASE WHEN {unknown} THEN NULL {classes} END"


def other_class(positive: str | None, classes: tuple[str, ...]) -> str:
    """The class beside the positive one, where the baseline says which; else a name for it."""
    others = [name for name in classes if name != positive]
    return others[0] if others else "0" if positive == "1" else f"not {positive}"
