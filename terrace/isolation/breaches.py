"""What could not be shown to be impossible."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Breach:
    """Something that may reach what is not its own.

    Attributes:
        owner: Whose principal it is.
        principal: The role or user, or the service that acts for it.
        worn_by: The resources that take the role on.
        actions: In lower case.
        victim: Whose resource is reached.
        resource: Which one.
        by: The statement that allows it.
    """

    owner: str
    principal: str
    worn_by: tuple[str, ...] = ()
    actions: tuple[str, ...]
    victim: str
    resource: str
    by: str

    def __str__(self) -> str:
        shown = ", ".join(self.actions[:5])
        more = f" and {len(self.actions) - 5} more" if len(self.actions) > 5 else ""
        return (
            f"{self.owner}: {self.principal} may {shown}{more} on {self.resource} of "
            f"{self.victim}, by {self.by}"
        )
