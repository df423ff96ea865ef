"""Any site whose pages can be described by selectors in its definition: docs/adapters.md."""

from include.crawl.adapters.selectors.adapter import make

__all__ = ["make"]
