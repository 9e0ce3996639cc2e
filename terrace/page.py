"""A report as one HTML page that needs no network: violations first, then a plot for each figure.

The plots are small drawings in SVG, kept short since a model may have hundreds of features.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

from terrace.html import document
from terrace.monitor import Result, Violation
from terrace.plots import Curve, Distribution, Interval, Intervals, Matrix, Plot, Ranks, Shares

_WIDTH, _HEIGHT = 240, 120
_MOST_CLASSES = 20
_MOST_ROWS = 40

_STYLE = """
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(250px,1fr));gap:1.2rem}
figure{margin:0}figure.wide{grid-column:1/-1}figcaption{font-size:.85rem;overflow-wrap:anywhere}
figure.bad figcaption{color:var(--bad);font-weight:600}svg{width:100%;height:auto;display:block}
.was{stroke:var(--was);fill:none;stroke-width:1.5}.now{stroke:var(--now);fill:none;stroke-width:1.5}
rect.was,circle.was{fill:var(--was);stroke:none}rect.now,circle.now{fill:var(--now);stroke:none}
.axis{stroke:var(--line)}text{font:9px system-ui,sans-serif;fill:var(--dim)}
.key b{color:var(--now)}.key i{color:var(--was);font-style:normal;font-weight:700}
"""


def page(title: str, told: Iterable[str], result: Result) -> str:
    """The page.

    Args:
        title: What was checked.
        told: A line each of when, against what and the like.
        result: What came of it.
    """
    violated = {violation.feature for violation in result.violations}
    plots = sorted(result.plots, key=lambda plot: plot.title not in violated)
    figures = "".join(_figure(plot, violated) for plot in plots)
    lines = "".join(f"<p>{escape(line)}</p>" for line in told)
    return document(
        title,
        _STYLE,
        f"{lines}<p>{result.records} records, {escape(str(result.compared))}</p>{_limits(result)}"
        f"<h2>{_headline(result.violations)}</h2>{_table(result.violations)}"
        f'<h2>What was measured</h2><p class="key"><i>baseline</i> and <b>this window</b></p>'
        f'<div class="plots">{figures}</div>',
    )


def _limits(result: Result) -> str:
    """What was not compared and why, and what was cut."""
    listed = [f"Not compared: {name}: {why}" for name, why in result.compared.reasons.items()]
    listed += result.notes
    if not listed:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in listed)
    return f"<details open><summary>Limits of this check</summary><ul>{items}</ul></details>"


def _headline(violations: Sequence[Violation]) -> str:
    if not violations:
        return "Nothing is violated"
    return f"{len(violations)} violation{'' if len(violations) == 1 else 's'}"


def _table(violations: Sequence[Violation]) -> str:
    if not violations:
        return ""
    rows = "".join(
        f"<tr><td>{escape(v.feature)}</td><td>{escape(v.check)}</td>"
        f'<td class="n">{_number(v.value)}</td><td class="n">{_number(v.threshold)}</td>'
        f"<td>{escape(_cut(v.description, 300))}</td></tr>"
        for v in violations
    )
    heads = "".join(f"<th>{name}</th>" for name in ("of", "check", "value", "threshold", "what"))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def _figure(plot: Plot, violated: set[str]) -> str:
    drawing: Callable[[Any], str] = _DRAWINGS[type(plot)]
    classes = " ".join(
        name
        for name, holds in (
            ("bad", plot.title in violated),
            ("wide", isinstance(plot, Intervals | Ranks)),
        )
        if holds
    )
    named = f' class="{classes}"' if classes else ""
    title = escape(plot.title)
    return f"<figure{named}><figcaption>{title}</figcaption>{drawing(plot)}</figure>"


def _svg(content: str, height: float = _HEIGHT, width: float = _WIDTH) -> str:
    return f'<svg viewBox="0 0 {width} {height}" role="img">{content}</svg>'


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _line(name: str, points: Iterable[tuple[float, float]]) -> str:
    listed = " ".join(f"{_short(x)},{_short(y)}" for x, y in points)
    return f'<polyline class="{name}" points="{listed}"/>'


def _frame(left: str, right: str) -> str:
    bottom = _HEIGHT - 12
    return (
        f'<line class="axis" x1="0" y1="{bottom}" x2="{_WIDTH}" y2="{bottom}"/>'
        f'<text x="0" y="{_HEIGHT - 2}">{escape(left)}</text>'
        f'<text x="{_WIDTH}" y="{_HEIGHT - 2}" text-anchor="end">{escape(right)}</text>'
    )


def _distribution(plot: Distribution) -> str:
    low, high = plot.edges[0], plot.edges[-1]
    wide, tall = (high / 4 - low / 4) or 1.0, _HEIGHT - 16

    def placed(shares: Sequence[float]) -> Iterable[tuple[float, float]]:
        for edge, share in zip(plot.edges, shares, strict=True):
            yield (edge / 4 - low / 4) / wide * _WIDTH, 2 + tall * (1 - share)

    lines = _line("was", placed(plot.baseline)) + _line("now", placed(plot.live))
    return _svg(_frame(f"{low:.4g}", f"{high:.4g}") + lines)


def _shares(plot: Shares) -> str:
    tall = 14
    bars = []
    for place, name in enumerate(plot.names):
        top = place * tall
        bars.append(f'<text x="0" y="{top + 10}">{escape(_cut(name, 18))}</text>')
        for kind, share, shift in (
            ("was", plot.baseline[place], 1),
            ("now", plot.live[place], 7),
        ):
            width = _short(share * (_WIDTH - 95))
            bars.append(
                f'<rect class="{kind}" x="95" y="{top + shift}" width="{width}" height="5"/>'
            )
    return _svg("".join(bars), height=max(tall * len(plot.names), tall))


def _curve(plot: Curve) -> str:
    size, tall = _WIDTH, _WIDTH - 14
    points = [(x * size, tall * (1 - y)) for x, y in zip(plot.x, plot.y, strict=True)]
    labels = (
        f'<text x="{size}" y="{size - 3}" text-anchor="end">{escape(plot.x_label)}</text>'
        f'<text x="2" y="10">{escape(plot.y_label)}</text>'
        f'<line class="axis" x1="0" y1="{tall}" x2="{size}" y2="{tall}"/>'
        f'<line class="axis" x1="0" y1="0" x2="0" y2="{tall}"/>'
    )
    return _svg(labels + _line("now", points), height=size)


def _matrix(plot: Matrix) -> str:
    names = [escape(_cut(str(name), 40)) for name in plot.names[:_MOST_CLASSES]]
    heads = "".join(f"<th>{name}</th>" for name in names)
    rows = "".join(
        f"<tr><th>{name}</th>"
        + "".join(f'<td class="n">{count}</td>' for count in counts[:_MOST_CLASSES])
        + "</tr>"
        for name, counts in zip(names, plot.counts, strict=False)
    )
    table = f"<table><tr><th>label \\ said</th>{heads}</tr>{rows}</table>"
    return table + _more(len(plot.names), _MOST_CLASSES, "classes")


def _more(count: int, shown: int, what: str) -> str:
    """A line that says how many are not drawn."""
    if count <= shown:
        return ""
    return f"<p>{shown} of {count} {what} are drawn; the report's files have all.</p>"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _intervals(plot: Intervals) -> str:
    rows, wide, tall = plot.rows[:_MOST_ROWS], 720, 16
    ends = [x for row in rows for x in (row.low, row.high, row.baseline, 0.0) if x is not None]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    span = high - low
    if not math.isfinite(span):  # figures as large as numbers can be
        low, high, shrunk = low / 4, high / 4, 4.0
        span = high - low
    else:
        shrunk = 1.0

    def at(value: float) -> str:
        return _short(210 + (value / shrunk - low) / (span or 1.0) * (wide - 330))

    drawn = [
        f'<line class="axis" x1="{at(0)}" y1="0" x2="{at(0)}" y2="{tall * len(rows)}"/>',
        *(_interval(row, place * tall, at, wide) for place, row in enumerate(rows)),
    ]
    drawing = _svg("".join(drawn), height=max(tall * len(rows), tall), width=wide)
    return drawing + _more(len(plot.rows), _MOST_ROWS, "figures")


def _interval(row: Interval, top: int, at: Callable[[float], str], wide: int) -> str:
    middle = top + 8
    before = ""
    if row.baseline is not None:
        before = f'<circle class="was" cx="{at(row.baseline)}" cy="{middle}" r="3.5"/>'
    return (
        f'<text x="0" y="{top + 11}">{escape(_cut(row.name, 44))}</text>{before}'
        f'<line class="now" x1="{at(row.low)}" y1="{middle}" x2="{at(row.high)}" y2="{middle}"/>'
        f'<circle class="now" cx="{at(row.value)}" cy="{middle}" r="3"/>'
        f'<text x="{wide}" y="{top + 11}" text-anchor="end">{row.value:.4g}</text>'
    )


def _ranks(plot: Ranks) -> str:
    rows, wide, tall = plot.rows[:_MOST_ROWS], 720, 14
    drawn = []
    for name, before, now in rows:
        y = before * tall - 4
        drawn.append(
            f'<text x="200" y="{y}" text-anchor="end">{before}. {escape(_cut(name, 40))}</text>'
        )
        if now is not None and now <= _MOST_ROWS:
            drawn.append(_line("now", [(206, y - 3), (500, now * tall - 7)]))
            drawn.append(
                f'<text x="506" y="{now * tall - 4}">{now}. {escape(_cut(name, 40))}</text>'
            )
    places = [place for _, before, now in rows for place in (before, now or 0)]
    height = tall * min(max(places, default=1), _MOST_ROWS)
    drawing = _svg("".join(drawn), height=height, width=wide)
    return drawing + _more(len(plot.rows), _MOST_ROWS, "features")


_DRAWINGS: dict[type[Any], Callable[[Any], str]] = {
    Distribution: _distribution,
    Shares: _shares,
    Curve: _curve,
    Matrix: _matrix,
    Intervals: _intervals,
    Ranks: _ranks,
}
