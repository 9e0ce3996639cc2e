"""Ground truth in SageMaker's format: labels that became known after the prediction.

They come late, in any order and more than once. A prediction is joined by its inference id, else
its event id; of several labels of one prediction the last counts, by the path of the file (which
has the hour in it) and then by the line.
"""

from collections.abc import Iterable
from pathlib import Path

import duckdb

from terrace.batch import Rejected
from terrace.capture.lines import Lines

TABLE = "ground_truth"


def load(connection: duckdb.DuckDBPyConnection, paths: Iterable[Path]) -> tuple[Rejected, ...]:
    """Reads files of ground-truth records into the table; what is no label of a prediction.

    Args:
        connection: Where the table is made anew: `id`, `data` and `encoding`.
        paths: In the order in which the labels became known.
    """
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE known
        (file VARCHAR, place BIGINT, number BIGINT, line VARCHAR, id VARCHAR, data VARCHAR,
         encoding VARCHAR)
    """)
    filled = [path for path in paths if path.stat().st_size]
    with Lines.of(filled) as lines:
        for place, path in enumerate(filled):
            connection.execute(
                f"""
                INSERT INTO known SELECT ?, ?, number, line, parts[1], parts[2], parts[3]
                FROM (SELECT number, line, CASE WHEN json_valid(line) THEN json_extract_string(
                                 line, ['$.eventMetadata.eventId', '$.groundTruthData.data',
                                        '$.groundTruthData.encoding']) END AS parts
                      FROM ({lines.sql(path)}) WHERE line <> '')
                """,  # noqa: S608  # literals
                [str(path), place],
            )
    nothing = "id IS NULL OR data IS NULL OR encoding IS NULL"
    connection.execute(f"""
        CREATE OR REPLACE TABLE {TABLE} AS
        SELECT id, last(data ORDER BY place, number) AS data,
               last(encoding ORDER BY place, number) AS encoding
        FROM known WHERE NOT ({nothing}) GROUP BY id
    """)  # noqa: S608  # a name of ours
    found = connection.execute(f"SELECT file, number, line FROM known WHERE {nothing}").fetchall()  # noqa: S608
    connection.execute("DROP TABLE known")
    reason = "the line is no ground truth: expected eventMetadata.eventId and groundTruthData"
    return (
        *lines.rejected,
        *(
            Rejected(path=file, line=number, reason=reason, text=text)
            for file, number, text in found
        ),
    )
