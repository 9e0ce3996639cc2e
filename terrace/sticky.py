"""Callers' side of an A/B test: the same key is answered by the same version while a test runs."""

import time
from collections.abc import Callable
from typing import Any

from terrace.ab_test import variant_of
from terrace.names import CHALLENGER, VARIANT


class StickyEndpoint:
    """A real-time endpoint that may have a test at any time, and mostly has none."""

    def __init__(
        self,
        sagemaker: Any,
        runtime: Any,
        endpoint: str,
        *,
        refresh_seconds: float = 60,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Asks SageMaker for the variants now and again.

        Args:
            sagemaker: A boto3 client of `sagemaker`.
            runtime: One of `sagemaker-runtime`.
            endpoint: The endpoint's name.
            refresh_seconds: How long what was asked is taken to be so.
            clock: Seconds that go by.
        """
        self._sagemaker, self._runtime, self._endpoint = sagemaker, runtime, endpoint
        self._refresh_seconds, self._clock = refresh_seconds, clock
        self._asked_at = float("-inf")
        self._test, self._share = "", 0.0

    def variant(self, key: str) -> str:
        """The variant that answers for a key now: a customer, a machine, whatever must not hop."""
        if self._clock() - self._asked_at > self._refresh_seconds:
            self._ask()
        return variant_of(key, test=self._test, share=self._share)

    def invoke(self, key: str, **request: Any) -> Any:
        """What `invoke_endpoint` gives, by the key's own variant.

        Args:
            key: As for `variant`.
            request: Further arguments of `invoke_endpoint`: Body, ContentType, InferenceId.

        Raises:
            ClientError: SageMaker's own.
        """
        variant = self.variant(key)
        try:
            return self._invoked(variant, request)
        except self._runtime.exceptions.ClientError:
            self._ask()
            if (now := self.variant(key)) == variant:
                raise
            return self._invoked(now, request)  # the test ended a moment ago

    def _invoked(self, variant: str, request: dict[str, Any]) -> Any:
        return self._runtime.invoke_endpoint(
            EndpointName=self._endpoint, TargetVariant=variant, **request
        )

    def _ask(self) -> None:
        found = self._sagemaker.describe_endpoint(EndpointName=self._endpoint)
        weights = {one["VariantName"]: one["CurrentWeight"] for one in found["ProductionVariants"]}
        mine = weights.get(CHALLENGER, 0.0)
        self._test, self._asked_at = found["EndpointConfigName"], self._clock()
        self._share = mine / (mine + weights.get(VARIANT, 0.0)) if mine else 0.0
