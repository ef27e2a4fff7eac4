"""Fakes that tests share: real behaviour, computable in the head."""
