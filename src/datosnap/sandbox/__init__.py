"""The CMS again, local and stateful, written from the API's documentation alone."""
