"""Measurements: what the README claims comes from here. ``python -m bench`` runs them all."""
