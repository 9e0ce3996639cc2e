"""What `terrace.yaml` says of those who approve versions by a link in an e-mail."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from terrace.setting import Many, Setting

_MOST_LETTERS = 1500
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


class Approver(Setting):
    """Somebody who gets links of their own."""

    email: Annotated[str, Field(pattern=EMAIL, max_length=200), AfterValidator(str.lower)]
    principal: str | None = Field(
        None,
        pattern=r"^arn:aws[a-z-]*:(iam|sts)::\d{12}:\S+$",
        description="Who that is for AWS: the ARN that `aws sts get-caller-identity` tells them.",
    )

    @property
    def identity(self) -> str:
        """Who counts as having approved: the same whether by link or in the console."""
        return self.principal or self.email


class ApprovalLinks(Setting):
    """Each person is sent a link for each version that waits, to approve or reject it by."""

    people: Many[Approver] = Field(min_length=1, max_length=12)
    hours: int = Field(72, ge=1, le=720, description="How long a link can be used.")

    @model_validator(mode="after")
    def _people_differ(self) -> Self:
        for told in ([one.email for one in self.people], [one.identity for one in self.people]):
            if len(set(told)) < len(told):
                raise ValueError(f"people got {', '.join(told)}; expected each of them once")
        return self

    @model_validator(mode="after")
    def _fits_into_a_functions_environment(self) -> Self:
        letters = sum(len(one.email) + len(one.principal or "") for one in self.people)
        if letters > _MOST_LETTERS:
            raise ValueError(
                f"people got {letters} characters of addresses and principals; expected at most "
                f"{_MOST_LETTERS}, since Lambda gives a function 4 KB of environment"
            )
        return self

    @property
    def nameless(self) -> list[str]:
        """Those of whom AWS's name is not told."""
        return [one.email for one in self.people if one.principal is None]
