"""Where later rooms hear that what belongs to compounds has come to lie in another community.

A community was split, or a compound merged into one of another community. `tell` is called inside
the transaction, when the rows of all rooms that name the compounds lie where these lie.
"""

from .leaving import News

_moved = News()
register = _moved.register
tell = _moved.tell
