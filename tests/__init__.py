"""The proofs of what datosnap promises."""
