"""What the business is made of: one package a feature, each with models, services, queries and refusals."""
