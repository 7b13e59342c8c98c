"""Where a request came from."""

import ipaddress

from django.conf import settings


def client_address(request) -> str | None:
    """Address of the client; forwarded headers count only behind declared proxies."""
    found = request.META.get("REMOTE_ADDR", "")
    proxies = settings.TRUSTED_PROXIES
    if proxies:
        chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(chain) >= proxies and chain[-proxies]:
            found = chain[-proxies]
    try:
        return str(ipaddress.ip_address(found))
    except ValueError:
        return None
