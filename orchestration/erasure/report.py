"""What an erasure says of itself: places and counts, never a value."""

from orchestration.erasure.erase import Erasure


def erasure_text(ended: Erasure) -> str:
    """For a person."""
    if not ended.places:
        return f"Nothing is left of the person of request {ended.request}."
    lines = [f"  {place.name}: {place.rows:,}" for place in ended.places]
    if ended.is_dry_run:
        head = f"Request {ended.request} would change rows in these places, and nothing else:"
        built = ["The build file would be removed."] if ended.must_build else []
        return "\n".join([head, *lines, *built, "Nothing was changed."])
    head = f"Request {ended.request}: rows changed in these places, and looked for once more:"
    tail = ["Removed the build file: `quotamart build` makes it anew."] if ended.must_build else []
    return "\n".join([head, *lines, *tail])
