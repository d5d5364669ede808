"""Inference kernels that know no missile: Kalman filters, mixtures, association, particles."""
