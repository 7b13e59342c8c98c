"""What happens here when compounds leave the unmanaged set of the register."""

from compounds.registry.services import leaving

from .services.leaving import leave


def connect() -> None:
    leaving.register(leave)
