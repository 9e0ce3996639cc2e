"""How SageMaker's List operations filter, sort and page."""

import base64
from typing import Any

from localcloud.sagemaker.cloud import Record
from localcloud.sagemaker.errors import invalid

_PAGE = 10


def page(
    records: list[Record], request: dict[str, Any], *, name: str, answer: str, status: str = ""
) -> dict[str, Any]:
    """One page of the records that a request asks for, as the operation answers.

    Args:
        records: All of them, oldest first.
        request: The operation's parameters.
        name: The member that holds a record's name.
        answer: The member of the answer that holds the list.
        status: The member that `StatusEquals` compares, where the operation has it.
    """
    found = [record for record in records if _wanted(record, request, name, status)]
    by_name = request.get("SortBy") == "Name"
    found.sort(key=lambda r: str(r[name]) if by_name else r["CreationTime"].isoformat())
    if request.get("SortOrder", "Ascending" if by_name else "Descending") == "Descending":
        found.reverse()
    first = _decoded(request["NextToken"]) if "NextToken" in request else 0
    last = first + request.get("MaxResults", _PAGE)
    more = {"NextToken": base64.b64encode(str(last).encode()).decode()} if last < len(found) else {}
    return {answer: found[first:last]} | more


def _wanted(record: Record, request: dict[str, Any], name: str, status: str) -> bool:
    created = record["CreationTime"].timestamp()
    return (
        request.get("NameContains", "") in str(record[name])
        and created <= request.get("CreationTimeBefore", created)
        and created >= request.get("CreationTimeAfter", created)
        and (not status or request.get("StatusEquals", record[status]) == record[status])
    )


def _decoded(token: str) -> int:
    try:
        return int(base64.b64decode(token))
    except ValueError as error:
        raise invalid("The NextToken is not one that this operation gave.") from error
