"""The sample project: "Lanterna", a small magazine about islands and light, written by code."""
