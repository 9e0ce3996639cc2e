"""Where nested JSON has what a monitor reads, by the names that Model Monitor has for it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, Field

from terrace.batch import InvalidData, Layout
from terrace.monitor import Options
from terrace.setting import Setting


def _expression(text: str) -> str:
    try:
        jmespath.compile(text)
    except JMESPathError as error:
        raise ValueError(f"{text!r} is no JMESPath: {error}") from error
    return text


Expression = Annotated[str, AfterValidator(_expression)]


class Attributes(Setting):
    """Where JSON payloads have what monitors read, as JMESPath; not needed for the usual shapes."""

    features: Expression | None = Field(None, description="JMESPath to the rows of a request.")
    inference: Expression | None = Field(
        None, description="JMESPath to the predictions of a response."
    )
    probability: Expression | None = Field(
        None,
        description="JMESPath to the scores of a response; with `label_headers`, to the lists of "
        "probabilities.",
    )

    @property
    def of_responses(self) -> tuple[str, ...]:
        """The places in a response."""
        return tuple(place for place in (self.inference, self.probability) if place)

    def within(self, layout: Layout, options: Options) -> Layout:
        """A layout that says where to look for what it reads."""
        headers = getattr(options, "label_headers", ())
        columns = tuple(one for one in self._columns(options) if one[0] in layout.outputs)
        return replace(
            layout,
            features_path=self.features,
            outputs_path=self.probability if headers else None,
            output_paths=columns,
        )

    def unread(self, layout: Layout, options: Options) -> tuple[str, ...]:
        """The places of what a monitor does not read."""
        found = self.within(layout, options)
        read = {found.outputs_path, *dict(found.output_paths).values()}
        return tuple(place for place in self.of_responses if place not in read)

    def refuse_unread(self, layout: Layout, options: Options) -> None:
        """Sees to it that a monitor reads what has a place.

        Raises:
            InvalidData: It does not.
        """
        for place in self.unread(layout, options):
            raise InvalidData(
                f"got the place {place!r} in a response, of which the monitor reads "
                f"{', '.join(layout.outputs) or 'nothing'}"
            )

    def _columns(self, options: Options) -> Iterator[tuple[str, str]]:
        """The columns of a response that have a place."""
        predicted = getattr(options, "prediction", getattr(options, "predicted", None))
        score = getattr(options, "score", None)
        for place, name in ((self.inference, predicted), (self.probability, score)):
            if place is not None and name is not None:
                yield str(name), place
