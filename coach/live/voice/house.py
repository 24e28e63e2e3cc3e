"""The synthesizers of this process, as the environment names them."""

from __future__ import annotations

from coach.live.voice import espeak
from coach.live.voice.chain import Chain, Link
from coach.live.voice.espeak import Espeak
from coach.live.voice.remote import Remote, Server


def make_chain(*, url: str, key: str, model: str, voice: str, embedded: bool) -> Chain:
    """A server if one is named, then the embedded one if it is wanted and installed.

    With neither the client speaks with the browser's own voice.
    """
    links = []
    if url:
        links.append(Link(Remote(Server(url=url, key=key, model=model, voice=voice))))
    if embedded and espeak.available():
        links.append(Link(Espeak()))
    return Chain(links)
