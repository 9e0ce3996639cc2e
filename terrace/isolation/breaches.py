"""What could not be shown to be impossible."""

from dataclasses import dataclass, replace

from terrace.assembly.symbols import readable


@dataclass(frozen=True, kw_only=True)
class Breach:
    """Something that may reach what is not its own, or that is not known.

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

    def named(self, mine: str) -> "Breach":
        """With names for the symbols."""
        return replace(
            self,
            owner=readable(self.owner, mine),
            principal=readable(self.principal, mine),
            worn_by=tuple(readable(one, mine) for one in self.worn_by),
            actions=tuple(readable(one, mine) for one in self.actions),
            resource=readable(self.resource, mine),
            by=readable(self.by, mine),
        )
