"""Draw the sample's pictures: small, made of whole numbers, the same bytes on every machine."""
