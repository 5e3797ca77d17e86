"""Every setting and its meaning; the only reader of the environment and of TOML; errors for the person at the desk."""
