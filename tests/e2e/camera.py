"""Pictures of a page in every size.

WebP, encoded by the browser itself: PNG would be four times the size.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.steps import SLOW

SIZES = {"1440x900": (1440, 900), "1280x720": (1280, 720), "390x844": (390, 844)}
THEMES = ("dark", "light")
QUALITY = 0.72
ENCODE = """async ([png, quality]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: image.width, height: image.height });
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""
PAINTED = """() => document.fonts.ready.then(
  () => new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r))))"""


@dataclass(frozen=True, slots=True)
class Camera:
    """One browser session in one theme; `encoder` is a page of its own, without a policy."""

    page: Page
    encoder: Page
    theme: str
    folder: Path

    def shoot(self, name: str, *, again: Callable[[], None] | None = None) -> None:
        """Take one picture in each size; `again` brings about what a new layout has lost."""
        for size, (width, height) in SIZES.items():
            self.page.set_viewport_size({"width": width, "height": height})
            self.settle()
            if again is not None:
                again()
            self.settle()
            png = base64.b64encode(self.page.screenshot(animations="disabled")).decode()
            webp = self.encoder.evaluate(ENCODE, [png, QUALITY])
            file = self.folder / f"{name}-{self.theme}-{size}.webp"
            file.write_bytes(base64.b64decode(webp))
        width, height = SIZES["1440x900"]
        self.page.set_viewport_size({"width": width, "height": height})
        self.settle()

    def settle(self) -> None:
        """Until nothing loads any more and what there is has been painted."""
        loading = self.page.locator(".mantine-Skeleton-root:visible, .mantine-Loader-root:visible")
        expect(loading).to_have_count(0, timeout=SLOW)
        self.page.evaluate(PAINTED)


def camera(browser: Browser, base_url: str, theme: str, folder: Path) -> Camera:
    """A fresh profile in a theme."""
    width, height = SIZES["1440x900"]
    context = browser.new_context(
        base_url=base_url,
        viewport={"width": width, "height": height},
        locale="en-US",
        color_scheme="dark" if theme == "dark" else "light",
    )
    return Camera(context.new_page(), browser.new_page(), theme, folder)
