"""Flight mechanics: gravity, atmosphere, thrust, drag, lift; paths with exact burnout, apogee and impact."""
