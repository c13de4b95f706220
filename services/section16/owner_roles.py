"""An owner's roles at the issuer, in words. Pure."""

from contracts.structs import Owner


def relationship(owner: Owner) -> str:
    """Return the owner's roles at the issuer; say so if the filing states none or they are not readable.

    >>> relationship(Owner(key="1", name="DOE JANE", is_director=True, is_officer=True, officer_title="CFO"))
    'director, CFO'
    """
    roles = (
        ("director", owner.is_director),
        (owner.officer_title or "officer", owner.is_officer),
        ("10% owner", owner.is_ten_percent_owner),
        (owner.other_text or "other", owner.is_other),
    )
    held = [role for role, holds in roles if holds]
    if held:
        return ", ".join(held)
    unreadable = any(holds is None for _, holds in roles)
    return "relationship not readable" if unreadable else "relationship not stated"
