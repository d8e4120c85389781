"""The engines that the tests of one module share."""

import pytest

from tests.badinput.both import Three


@pytest.fixture(scope="module")
def three(request, tmp_path_factory):
    """On the database that the module's SETUP makes."""
    engines = Three(tmp_path_factory.mktemp("three"), request.module.SETUP)
    yield engines
    engines.close()
