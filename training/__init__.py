"""How the fitted parts of Vouch are made: data, seeds, fitting. Nothing here is needed to run Vouch."""
