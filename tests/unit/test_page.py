"""The page of a report: whole, small, and harmless whatever names the data have."""

from html.parser import HTMLParser

import duckdb
import pytest

from terrace.batch import Batch
from terrace.monitor import Compared, Result, Violation
from terrace.monitors.data_quality import KIND, DataQualityOptions
from terrace.page import page
from terrace.plots import Curve, Interval, Intervals, Matrix, Plot, Ranks, Shares

PLOTS: tuple[Plot, ...] = (
    Shares(title="text", names=["a", "<b>"], baseline=[0.5, 0.5], live=[1.0, 0.0]),
    Curve(title="curve", x=[0, 1], y=[0, 1], x_label="x", y_label="y"),
    Matrix(title="matrix", names=["0", "1"], counts=[[3, 1], [0, 5]]),
    Intervals(title="intervals", rows=[Interval(name="m", value=0.5, low=0.4, high=0.6)]),
    Ranks(title="ranks", rows=[("first", 1, 2), ("second", 2, 1), ("third", 3, None)]),
)
VOID = {"meta", "line", "polyline", "rect", "circle"}


class Parsed(HTMLParser):
    """What a browser would see; an element that is not closed is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert not {"src", "href", "onload", "onclick"} & {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, *_: object) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def result(plots: tuple[Plot, ...], *violations: Violation) -> Result:
    return Result(
        records=7,
        violations=violations,
        reports={},
        plots=plots,
        compared=Compared(what="features", count=2, of=3, reasons={"<x>": "it is absent"}),
        notes=("a sample of 5 rows",),
    )


@pytest.mark.parametrize("plot", PLOTS, ids=lambda plot: plot.title)
def test_each_plot_is_drawn_without_the_network(plot: Plot) -> None:
    seen = Parsed(page("Title", ["line"], result((plot,)))).seen
    assert "figure" in seen
    assert not {"script", "link", "img", "iframe"} & set(seen)


def test_what_is_violated_comes_first() -> None:
    violation = Violation(feature="ranks", check="some_check", description="It is bad.")
    text = page("Title", [], result(PLOTS, violation))
    assert text.index("1 violation") < text.index("It is bad.") < text.index("<figure")
    assert text.index(">ranks</figcaption>") < text.index(">text</figcaption>")


def test_names_from_the_data_are_texts_and_no_markup() -> None:
    name = "<script>alert('x')</script>"
    violation = Violation(feature=name, check="c", description=name)
    parsed = Parsed(page(name, [name], result(PLOTS, violation)))
    assert "script" not in parsed.seen
    assert "".join(parsed.texts).count(name) >= 4


def test_500_features_are_less_than_2_mb_and_each_has_its_plot() -> None:
    connection = duckdb.connect()
    columns = ", ".join(f"random() * {i + 1} AS feature_{i}" for i in range(500))
    batch = Batch(relation=connection.sql(f"SELECT {columns} FROM range(300)"))
    options = DataQualityOptions()
    connection.execute(f"CREATE TABLE held AS SELECT {columns} FROM range(300)")
    held = Batch(relation=connection.table("held"))
    monitor = KIND.load(KIND.suggest(held, options), options)
    text = page("Title", [], monitor.check(monitor.observe(batch)))
    assert len(text.encode()) < 2_000_000
    assert Parsed(text).seen.count("figure") == 500


def test_the_page_says_how_much_was_compared_and_what_was_cut() -> None:
    text = page("Title", [], result(()))
    assert "7 records, 2 of 3 features compared" in text
    assert "Not compared: &lt;x&gt;: it is absent" in text
    assert "a sample of 5 rows" in text


def test_what_is_not_drawn_is_said() -> None:
    names = [f"class {place}" for place in range(30)]
    matrix = Matrix(title="matrix", names=names, counts=[[1] * 30] * 30)
    assert "20 of 30 classes are drawn" in page("Title", [], result((matrix,)))
    rows = [Interval(name=name, value=1e308, low=-1e308, high=1.7e308) for name in names * 2]
    text = page("Title", [], result((Intervals(title="many", rows=rows),)))
    assert "40 of 60 figures are drawn" in text
    assert "nan" not in text
