"""Who the tests of matching are about."""

import pytest

from tests.matching.gallery import Gallery


@pytest.fixture
def anna(clean_tables: None) -> Gallery:
    """A gallery in which one person is looked for, who consented."""
    gallery = Gallery()
    gallery.enrolled()
    return gallery
