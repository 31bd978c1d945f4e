"""Templates in data sheets: parsed by Jinja, bound to expressions."""
