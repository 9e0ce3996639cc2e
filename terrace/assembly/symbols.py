"""Symbols that stand in a text for what a template does not say: names, numbers, unknown texts.

Each is one character of Unicode's private use areas, so that a text with symbols is still a text.
"""

from functools import cache, lru_cache

MINE, THEIRS = "\ue000", "\ue001"  # the names of two tenants that are called differently
UNKNOWN = "\ue002"  # any text at all: it may meet everything and covers nothing
ACCOUNT, OTHER_ACCOUNT = "\ue003", "\ue004"  # the account's own number, and any other one
REGION, PARTITION = "\ue005", "\ue006"
# Unknown texts of `[0-9]+`, of `[a-z0-9-]+`, of letters and digits; a name that Terrace allows.
DIGITS, WORDS, LETTERS, ANY_NAME = "\ue007", "\ue008", "\ue009", "\ue00a"
NAMES = frozenset((MINE, THEIRS))

# Texts that AWS makes up, each as one character: the identity of a resource or of its attribute.
_FIRST, _LAST = 0xF0000, 0x10FFFD
_identities: list[str] = []
_READABLE = {
    UNKNOWN: "<unknown>",
    DIGITS: "<digits>",
    WORDS: "<words>",
    LETTERS: "<letters>",
    ANY_NAME: "<any name>",
    ACCOUNT: "<account>",
    OTHER_ACCOUNT: "<another account>",
    REGION: "<region>",
    PARTITION: "aws",
}


@cache
def made_up(identity: str) -> str:
    """The symbol of a text that AWS makes up.

    That is `stack/LogicalId` for a name that CloudFormation gives, `stack/LogicalId#` for an id
    that a service gives, and `stack/LogicalId.Attribute`.

    Nothing is known of the text but whose it is: two symbols are the same text where their
    identities are the same, and another text otherwise.
    """
    _identities.append(identity)
    place = _FIRST + len(_identities) - 1
    if place > _LAST:
        raise OverflowError("more texts made up by AWS than there are symbols; expected 130,000")
    return chr(place)


def is_made_up(symbol: str) -> bool:
    """Whether a character stands for a text that AWS makes up."""
    return ord(symbol) >= _FIRST


@lru_cache(maxsize=100_000)
def has_made_up(text: str) -> bool:
    """Whether something in a text is made up by AWS."""
    return any(map(is_made_up, text))


def identity_of(symbol: str) -> str:
    """The identity behind a symbol of `made_up`."""
    return _identities[ord(symbol) - _FIRST]


def is_attribute(symbol: str) -> bool:
    """Whether the text is an attribute, which may hold any character, and no name."""
    return "." in identity_of(symbol)


@cache
def theirs(text: str) -> str:
    """A text as it reads for any other tenant."""
    return "".join(
        made_up(theirs(identity_of(one))) if is_made_up(one) else THEIRS if one == MINE else one
        for one in text
    )


def readable(text: str, mine: str = "<tenant>", their: str = "<another tenant>") -> str:
    """A text for people, with the names that the symbols stand for."""
    shown = {**_READABLE, MINE: mine, THEIRS: their}
    return "".join(
        f"<{readable(identity_of(one), mine, their)}>" if is_made_up(one) else shown.get(one, one)
        for one in text
    )


@lru_cache(maxsize=10_000)
def ways(text: str) -> tuple[str, ...]:
    """What a text with a name that CloudFormation made up may be, its symbol replaced.

    CloudFormation takes the stack's name, cut to fit, a hyphen, letters and digits of the logical
    id, another hyphen, and letters and digits
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-resource-specification.html).
    """
    names = [one for one in text if is_made_up(one) and not set(".#") & set(identity_of(one))]
    if not names:
        return (text,)
    stack = identity_of(names[0]).partition("/")[0]
    ending = f"-{LETTERS}-{LETTERS}"
    return tuple(text.replace(names[0], f"{start}{ending}") for start in _starts(stack))


def _starts(stack: str) -> list[str]:
    """All that a stack's name may be cut to; where a tenant's name is cut, it may be any name."""
    before, name, behind = stack.partition(THEIRS)
    starts = [before[: place + 1] for place in range(len(before))]
    if name:
        starts += [f"{before}{ANY_NAME}", f"{before}{ANY_NAME}-"]
    if behind:
        starts += [f"{before}{THEIRS}--", f"{before}{THEIRS}--{WORDS}"]
    return starts
