"""Where a data set is observed: in this process, or on Spark. The states come to the same."""

from terrace.engines import local, spark
from terrace.engines.engine import Asked, Engine

ENGINES: dict[str, Engine] = {"local": local.observe, "spark": spark.observe}

__all__ = ["ENGINES", "Asked", "Engine"]
