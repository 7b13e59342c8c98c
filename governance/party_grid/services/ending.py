"""Where later rooms hear of duties that have ended.

`tell` is called inside the transaction, before the act itself is recorded.
"""

from compounds.registry.services.leaving import News

_ended = News()
register = _ended.register
tell = _ended.tell
