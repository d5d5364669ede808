"""The grammar of Japanese and Korean reports, whose verbs come last and whose particles tell who speaks."""
