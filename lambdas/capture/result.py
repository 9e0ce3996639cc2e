"""What SageMaker tells a topic of one asynchronous inference."""

from datetime import datetime

from pydantic import Field

from lambdas.common.request import Payload


class Request(Payload):
    """The request."""

    endpoint_name: str = Field(alias="endpointName")
    input_location: str = Field(alias="inputLocation")
    content_type: str = Field("", alias="contentType")


class Response(Payload):
    """The answer."""

    output_location: str = Field(alias="outputLocation")
    content_type: str = Field("", alias="contentType")


class Result(Payload):
    """One inference that ended.

    Attributes:
        response: None where the request was not answered.
        inference_id: The caller's own, or SageMaker's.
    """

    event_time: datetime = Field(alias="eventTime")
    request: Request = Field(alias="requestParameters")
    response: Response | None = Field(None, alias="responseParameters")
    inference_id: str = Field("", alias="inferenceId")
    failure_reason: str = Field("", alias="failureReason")
