"""One module a folder of the landing: lived events in, files as a council would land them out."""
