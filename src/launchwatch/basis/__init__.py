"""Constants, units, instants, ids, errors: what every other room stands on."""
