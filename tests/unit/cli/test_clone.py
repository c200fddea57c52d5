"""A clone's options become an export's and an import's."""

from __future__ import annotations

from datosnap.cli.clone import clone, clone_options
from datosnap.flows.clone import CloneOptions


def asked(*arguments: str) -> CloneOptions:
    """Parse a command line."""
    with clone.make_context("clone", list(arguments)) as context:
        return clone_options(context.params)


def test_each_half_gets_its_own() -> None:
    """Environments by side; history is exported when it is to be replayed."""
    options = asked(
        "--source-environment", "live", "--destination-environment", "copy", "--history", "replay"
    )

    assert (options.export.environment, options.restore.environment) == ("live", "copy")
    assert options.export.history
    assert options.restore.replay
    assert not asked().export.history


def test_of_whole_models_no_more_is_exported() -> None:
    """Their records, and the assets that these use; without a choice all of it."""
    part, whole = asked("--models", "post,note"), asked()

    assert (set(part.export.models), part.export.assets) == ({"post", "note"}, "referenced")
    assert set(part.restore.selection.models) == {"post", "note"}
    assert (whole.export.models, whole.export.assets) == ((), "all")


def test_what_others_may_be_needed_for_is_exported_whole() -> None:
    """Dependencies, and single records, may lie in any model."""
    for more in (("--with-dependencies",), ("--records", "a")):
        assert asked("--models", "post", *more).export.models == ()
