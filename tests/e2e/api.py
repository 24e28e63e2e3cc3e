"""The API as the page's own session uses it, for what a journey has no button for."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page


class Api:
    """Requests with the cookies and the CSRF token of a page that is logged in."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def get(self, path: str, **query: str | float | bool) -> Any:
        """The JSON of a GET."""
        answer = self._page.request.get(path, params=query)
        assert answer.ok, f"{path}: {answer.status} {answer.text()}"
        return answer.json()

    def send(self, method: str, path: str, body: object = None) -> Any:
        """The JSON of a POST, PUT or DELETE."""
        cookies = {cookie["name"]: cookie["value"] for cookie in self._page.context.cookies()}
        answer = self._page.request.fetch(
            path,
            method=method,
            data=body,
            headers={
                "X-CSRFToken": cookies["csrftoken"],
                "Referer": self._page.url,
                "Content-Type": "application/json",
            },
        )
        assert answer.ok, f"{method} {path}: {answer.status} {answer.text()}"
        return answer.json()
