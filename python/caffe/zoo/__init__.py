"""The model zoo: where models come from, and what runs beside them."""
