"""Vouch: answers from your own documents, every sentence cited and checked."""
