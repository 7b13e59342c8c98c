"""What happens here when compounds leave the unmanaged set of the register."""

from compounds.registry.services import leaving

from .services.overrides import end_decisions


def connect() -> None:
    leaving.register(end_decisions)
