"""``/static/desk/brand.css`` and ``/static/desk/logo``: the style of customers' pages, in the company's colour, and its logo."""

from fastapi import APIRouter, HTTPException, Response

from services.desk.pages.branding import Brand, brand_of
from shared.settings import Settings

_HEADERS = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
# A logo may be an SVG: opened by itself it must do nothing, either.
_STILL = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox", **_HEADERS}


def configured(settings: Settings) -> Brand:
    """The look that all pages of customers have."""
    branding = settings.branding
    return brand_of(branding, settings.beside(branding.logo) if branding.logo else None)


def routes(brand: Brand) -> APIRouter:
    """The routes of both files."""
    router = APIRouter(include_in_schema=False)

    @router.get("/static/desk/brand.css")
    async def style() -> Response:
        return Response(brand.style, headers=_HEADERS, media_type="text/css; charset=utf-8")

    @router.get("/static/desk/logo")
    async def logo() -> Response:
        if brand.logo is None:
            raise HTTPException(404)
        return Response(brand.logo.content, headers=_STILL, media_type=brand.logo.media_type)

    return router
