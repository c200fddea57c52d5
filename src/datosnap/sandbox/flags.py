"""The opt-in flags of a project, which change what payloads mean.

Source: the `meta` of the site resource. A flag can be switched on and never off; a new project
has all of them on except those that a person chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# name -> value in a new project
FLAGS: Mapping[str, bool] = MappingProxyType(
    {
        "draft_mode_default": False,
        "improved_timezone_management": True,
        "improved_hex_management": True,
        "improved_gql_multilocale_fields": True,
        "improved_gql_visibility_control": True,
        "improved_boolean_fields": True,
        "improved_validation_at_publishing": True,
        "improved_exposure_of_inline_blocks_in_cda": True,
        "improved_items_listing": True,
        "milliseconds_in_datetime": True,
        "non_localized_focal_points": True,
        "custom_upload_storage_settings": False,
    }
)

# Those that have an activation endpoint of their own: everything that is switched on once.
ACTIVATED = tuple(
    flag for flag in FLAGS if flag not in {"draft_mode_default", "custom_upload_storage_settings"}
)
