"""What the bodies for sessions, accounts and projects at the dashboard API may hold.

Source: recorded exchanges of the dashboard API and the requests of the official test-suite.
"""

from __future__ import annotations

from datosnap.sandbox.schemas import FLAG, TEXT, TEXT_OR_NULL, Body

_CREDENTIALS = {"email": TEXT, "password": TEXT}
_ACCOUNT = {
    "email": TEXT,
    "password": TEXT,
    "first_name": TEXT_OR_NULL,
    "last_name": TEXT_OR_NULL,
    "company": TEXT_OR_NULL,
}
_SITE = {
    "name": TEXT,
    "template": TEXT_OR_NULL,
    "domain": TEXT_OR_NULL,
    "internal_subdomain": TEXT_OR_NULL,
    "is_public_template": FLAG,
}

DASHBOARD = {
    "session.create": Body(
        "email_credentials",
        own_id=False,
        attributes={**_CREDENTIALS, "otp_code": TEXT_OR_NULL},
        needed=("email", "password"),
    ).rule(),
    "account.create": Body(
        "account", own_id=False, attributes=_ACCOUNT, needed=("email", "password")
    ).rule(),
    "account.update": Body("account", attributes=_ACCOUNT).rule(),
    "dashboard_site.create": Body("site", own_id=False, attributes=_SITE, needed=("name",)).rule(),
    "dashboard_site.update": Body("site", attributes=_SITE).rule(),
}
