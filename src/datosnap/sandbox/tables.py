"""All endpoints of the sandbox, from the tables of all families."""

from __future__ import annotations

from datosnap.sandbox import dashboard, jobs
from datosnap.sandbox.calls import Endpoint
from datosnap.sandbox.dashboard import DashboardEndpoint
from datosnap.sandbox.records import endpoints as records
from datosnap.sandbox.resources import (
    editing,
    environments,
    fields,
    fieldsets,
    filters,
    integrations,
    item_types,
    menus,
    people,
    plan,
    roles,
    settings,
    site,
)
from datosnap.sandbox.uploads import endpoints as uploads

ENDPOINTS: tuple[Endpoint, ...] = (
    *site.ENDPOINTS,
    *item_types.ENDPOINTS,
    *fields.ENDPOINTS,
    *fieldsets.ENDPOINTS,
    *menus.ENDPOINTS,
    *settings.ENDPOINTS,
    *filters.ENDPOINTS,
    *editing.ENDPOINTS,
    *environments.ENDPOINTS,
    *roles.ENDPOINTS,
    *people.ENDPOINTS,
    *integrations.ENDPOINTS,
    *plan.ENDPOINTS,
    *jobs.ENDPOINTS,
    *records.ENDPOINTS,
    *uploads.ENDPOINTS,
)
DASHBOARD: tuple[DashboardEndpoint, ...] = dashboard.ENDPOINTS
