"""The grammar of English reports: who says it, what flew, from where, to where, and when before."""
