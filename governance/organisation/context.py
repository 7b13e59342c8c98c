"""What the frame of every page needs: the rail, the person and the district."""

from django.conf import settings
from django.core.cache import cache

from .models import Area, Level


def frame(request) -> dict:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"product_name": settings.PRODUCT_NAME}
    return {
        "product_name": settings.PRODUCT_NAME,
        "scope": user.scope,
        "frame_district": _district(),
    }


def _district():
    """Name of the district and whether its data are invented; read once in ten minutes."""
    found = cache.get("frame-district")
    if found is None:
        found = (
            Area.objects.filter(level=Level.DISTRICT)
            .order_by("code")
            .values("name", "is_sample", "code")
            .first()
        ) or {}
        cache.set("frame-district", found, 600 if found else 5)
    return found
