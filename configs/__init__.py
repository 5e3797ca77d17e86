"""Every setting and its meaning; the only reader of environment and TOML; errors for the desk."""
